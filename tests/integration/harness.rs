//! How tests start init, talk to it, and make sure that nothing stays behind.
//!
//! Every process of a test carries a marker in its environment; when the test ends,
//! well or not, whoever still has it is killed. Nothing here sleeps for a result:
//! conditions are polled, up to a deadline that only a failure reaches.

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use crate::system::*;

/// Only a failure takes this long.
pub const DEADLINE: Duration = Duration::from_secs(20);

thread_local! {
    /// How long this thread waits, where it expects failures: others' programs.
    pub static PATIENCE: Cell<Duration> = const { Cell::new(DEADLINE) };
}

/// How long a test waits for what should happen at once.
pub fn patience() -> Duration {
    PATIENCE.get()
}

/// The binary under test.
pub fn init_path() -> PathBuf {
    std::env::var_os("INIT_UNDER_TEST")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_init")), PathBuf::from)
}

/// The probe, an example that `cargo test` builds.
pub fn probe_path() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_init")).with_file_name("examples/probe");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/probe.rs");
    let age = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    // `cargo test --test integration` does not build examples.
    assert!(age(&path) >= age(&source), "{} is old: cargo build --examples", path.display());
    path
}

/// Says loudly that a test does not run, and why; in CI that is a failure.
pub fn skip(test: &str, why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{test} cannot run: {why}");
    show(&format!("SKIPPED {test}: {why}\n"));
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// Shows a text whether or not the test passes: what is printed is kept back by the test
/// program, what is written is not.
pub fn show(text: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
}

/// Is a program installed?
pub fn installed(program: &str) -> bool {
    find(program).is_some()
}

/// Where an installed program is.
#[track_caller]
pub fn which(program: &str) -> PathBuf {
    find(program).unwrap_or_else(|| panic!("{program} is not installed"))
}

pub fn root() -> bool {
    unsafe { libc::geteuid() == 0 }
}

/// Polls until `condition` holds.
#[track_caller]
pub fn until(what: &str, condition: impl FnMut() -> bool) {
    let time = patience();
    assert!(holds_within(time, condition), "still not so after {time:?}: {what}");
}

/// Does `condition` come to hold within `time`?
pub fn holds_within(time: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        match condition() {
            true => return true,
            false if start.elapsed() > time => return false,
            false => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// A fresh directory of the test's own, gone when the value is.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        let path = std::env::temp_dir().join(marker());
        std::fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn marker() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("init-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A program to be started: init unless said otherwise.
pub struct Start {
    program: OsString,
    args: Vec<OsString>,
    first: bool,
    env: Vec<(String, String)>,
    dir: Option<PathBuf>,
    stdio: [Stdio; 3],
    set_up: Vec<Box<dyn FnMut() + Send + Sync>>,
    marker: String,
}

/// init, with these arguments.
pub fn init<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Start {
    Start::new(init_path(), args)
}

/// init, running the probe with these arguments.
pub fn init_probe(options: &[&str], probe: &[&str]) -> Start {
    let path = probe_path();
    let words = options.iter().map(OsString::from).chain([OsString::from("--"), path.into()]);
    init(words.chain(probe.iter().map(OsString::from)).collect::<Vec<_>>())
}

impl Start {
    pub fn new<A: AsRef<OsStr>>(
        program: impl Into<OsString>,
        args: impl IntoIterator<Item = A>,
    ) -> Start {
        Start {
            program: program.into(),
            args: args.into_iter().map(|a| a.as_ref().to_owned()).collect(),
            first: false,
            env: Vec::new(),
            dir: None,
            stdio: [Stdio::null(), Stdio::piped(), Stdio::piped()],
            set_up: Vec::new(),
            marker: marker(),
        }
    }

    /// Runs it as PID 1 of a new PID namespace with its own /proc, or as it is.
    #[allow(clippy::wrong_self_convention)]
    pub fn as_pid1(mut self, first: bool) -> Start {
        self.first = first;
        self
    }

    pub fn env(mut self, key: &str, value: &str) -> Start {
        self.env.push((key.to_owned(), value.to_owned()));
        self
    }

    pub fn current_dir(mut self, dir: &Path) -> Start {
        self.dir = Some(dir.to_owned());
        self
    }

    /// Carries this marker instead of one of its own.
    pub fn marked(mut self, marker: &str) -> Start {
        self.marker = marker.to_owned();
        self
    }

    /// Gives it something else as descriptor 0, 1 or 2.
    pub fn stdio(mut self, fd: usize, stdio: impl Into<Stdio>) -> Start {
        self.stdio[fd] = stdio.into();
        self
    }

    /// Runs `set_up` in the new process right before its exec.
    pub fn before_exec(mut self, set_up: impl FnMut() + Send + Sync + 'static) -> Start {
        self.set_up.push(Box::new(set_up));
        self
    }

    fn words(&self) -> Vec<OsString> {
        let user = ["-U", "-r"].into_iter().filter(|_| !root());
        let unshare = ["-p", "-f", "--mount-proc", "--kill-child"].into_iter();
        let unshare = unshare.chain(user).chain(["--"]).map(OsString::from);
        // By its path: the program's PATH may be anything.
        let unshare = std::iter::once(which("unshare").into_os_string()).chain(unshare);
        let own = std::iter::once(&self.program).chain(&self.args);
        unshare.filter(|_| self.first).chain(own.cloned()).collect()
    }

    pub fn start(mut self) -> Running {
        let words = self.words();
        let shown = format!("{words:?}");
        let marker = self.marker;
        let mut command = Command::new(&words[0]);
        let [stdin, stdout, stderr] = self.stdio;
        command.args(&words[1..]).envs(self.env).env("INIT_TEST_MARKER", &marker);
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        if let Some(dir) = self.dir {
            command.current_dir(dir);
        }
        let mut set_up = std::mem::take(&mut self.set_up);
        if !set_up.is_empty() {
            let all = move || {
                set_up.iter_mut().for_each(|f| f());
                Ok(())
            };
            unsafe { command.pre_exec(all) };
        }
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{shown}: {e}"));
        let stdout = child.stdout.take().map(Lines::of);
        let stderr = child.stderr.take().map(collect);
        Running { child, shown, first: self.first, marker, stdout, stderr, init_pid: None }
    }

    /// Starts it and waits for its end.
    #[track_caller]
    pub fn run(self) -> Finished {
        self.start().finish()
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        let _ = pipe.read_to_end(&mut all);
        all
    })
}

/// The lines of a stream as they come.
struct Lines {
    receiver: Receiver<Vec<u8>>,
    seen: Vec<u8>,
}

impl Lines {
    fn of(pipe: impl Read + Send + 'static) -> Lines {
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            loop {
                let mut line = Vec::new();
                if !matches!(reader.read_until(b'\n', &mut line), Ok(n) if n > 0) {
                    break;
                }
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Lines { receiver, seen: Vec::new() }
    }

    fn next(&mut self, time: Duration) -> Result<Vec<u8>, RecvTimeoutError> {
        let line = self.receiver.recv_timeout(time)?;
        self.seen.extend(&line);
        Ok(line)
    }
}

/// A program that runs; everybody it started is killed when the value goes.
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
    /// The number of init, as the test sees it.
    pub fn pid(&mut self) -> i32 {
        let outer = self.child.id() as i32;
        if !self.first {
            return outer;
        }
        *self.init_pid.get_or_insert_with(|| {
            let mut found = None;
            // Until it has become init, it is still unshare(1).
            until("init is PID 1", || {
                found = children(outer).first().copied();
                found.is_some_and(|pid| name(pid).is_some_and(|name| name != "unshare"))
            });
            found.unwrap()
        })
    }

    /// Has it ended?
    pub fn over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// The number of the main child, as the test sees it.
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

    /// The next line of stdout, if it comes in that time.
    pub fn line_within(&mut self, time: Duration) -> Option<String> {
        let line = self.stdout.as_mut().unwrap().next(time).ok()?;
        Some(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned())
    }

    /// Waits for a line.
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

    /// The status, if it ends in that time, as [`Finished::code`] has it.
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

fn code(status: ExitStatus) -> Option<i32> {
    status.code().or_else(|| status.signal().map(|n| n + 128))
}

/// A program that has ended.
pub struct Finished {
    pub status: ExitStatus,
    /// From the call of `finish` on.
    pub took: Duration,
    pub stdout: String,
    pub stderr: String,
    /// All of stdout, as bytes.
    pub raw: Vec<u8>,
    shown: String,
}

impl Finished {
    /// The exit code, or 128+N as a shell has it: unshare(1) dies of what its child died of.
    pub fn code(&self) -> i32 {
        code(self.status).unwrap()
    }

    /// Asserts the exit code, and shows everything when it is another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Finished {
        assert_eq!(self.code(), code, "{self:?}");
        self
    }

    /// Asserts that stderr is one line that holds `text`.
    #[track_caller]
    pub fn one_line(self, text: &str) -> Finished {
        let lines = self.stderr.lines().count();
        assert!(lines == 1 && self.stderr.contains(text), "expected a line {text:?}: {self:?}");
        self
    }

    /// Asserts that nothing was said.
    #[track_caller]
    pub fn silent(self) -> Finished {
        assert!(self.stderr.is_empty(), "{self:?}");
        self
    }
}

impl std::fmt::Debug for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Finished { shown, status, took, stdout, stderr, .. } = self;
        write!(f, "\n{shown}\n{status} after {took:?}\nstdout: {stdout}\nstderr: {stderr}")
    }
}
