//! A program that runs: its lines, its processes, its end.

use std::process::Child;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::finished::code;
use super::streams::{Lines, collect};
use super::*;

/// A program that runs. When the value is dropped, every process with its marker is killed.
pub struct Running {
    child: Child,
    shown: String,
    first: bool,
    marker: String,
    stdout: Option<Lines>,
    stderr: Option<JoinHandle<Vec<u8>>>,
    init_pid: Option<i32>,
}

impl Running {
    /// `first`: the child is unshare(1), and init is its child.
    pub(super) fn of(mut child: Child, shown: String, first: bool, marker: String) -> Running {
        let stdout = child.stdout.take().map(Lines::of);
        let stderr = child.stderr.take().map(collect);
        Running { child, shown, first, marker, stdout, stderr, init_pid: None }
    }

    /// The pid of init in the test's PID namespace.
    pub fn pid(&mut self) -> i32 {
        let outer = self.child.id() as i32;
        if !self.first {
            return outer;
        }
        *self.init_pid.get_or_insert_with(|| {
            let mut found = None;
            // unshare(1) forks first, and its child execs init after that.
            until("init is PID 1", || {
                found = children(outer).first().copied();
                found.is_some_and(|pid| name(pid).is_some_and(|name| name != "unshare"))
            });
            found.unwrap()
        })
    }

    /// The pid of the main child in the test's PID namespace.
    pub fn main_child(&mut self) -> i32 {
        let init = self.pid();
        let mut found = None;
        until("init has a child", || {
            found = children(init).first().copied();
            found.is_some()
        });
        found.unwrap()
    }

    /// The next line of stdout, without its line feed.
    #[track_caller]
    pub fn line(&mut self) -> String {
        self.line_within(DEADLINE).unwrap_or_else(|| {
            let shown = self.shown.clone();
            panic!("no line from {shown}\n{}", self.post_mortem());
        })
    }

    /// The next line of stdout, if it comes within `time`.
    pub fn line_within(&mut self, time: Duration) -> Option<String> {
        let line = self.stdout.as_mut().unwrap().next(time).ok()?;
        Some(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned())
    }

    /// Waits for the next line and asserts how it starts.
    #[track_caller]
    pub fn expect(&mut self, start: &str) -> String {
        let line = self.line();
        assert!(line.starts_with(start), "expected {start:?} from {}, got {line:?}", self.shown);
        line
    }

    #[track_caller]
    pub fn signal(&mut self, signal: i32) {
        send(self.pid(), signal);
    }

    /// Has the program ended?
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    fn post_mortem(&mut self) -> String {
        kill_marked(&self.marker);
        let _ = self.child.wait();
        let stderr = self.stderr.take().and_then(|t| t.join().ok()).unwrap_or_default();
        format!("stderr: {}", String::from_utf8_lossy(&stderr))
    }

    /// The status as in [`Finished::code`], if the program ends within `time`.
    pub fn finish_within(mut self, time: Duration) -> Option<i32> {
        let mut status = None;
        holds_within(time, || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.and_then(code)
    }

    /// Waits until the program has ended, up to the deadline.
    #[track_caller]
    pub fn finish(mut self) -> Finished {
        let start = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if start.elapsed() > patience() => {
                    let shown = self.shown.clone();
                    panic!("{shown} does not end\n{}", self.post_mortem());
                }
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        let took = start.elapsed();
        kill_marked(&self.marker);
        let mut stdout = Vec::new();
        if let Some(mut lines) = self.stdout.take() {
            while lines.next(DEADLINE).is_ok() {}
            stdout = lines.seen;
        }
        let stderr = self.stderr.take().map(|t| t.join().unwrap()).unwrap_or_default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Finished {
            status,
            took,
            stdout: text(&stdout),
            stderr: text(&stderr),
            raw: stdout,
            shown: self.shown.clone(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        kill_marked(&self.marker);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
