//! Each signal to a peer and to ours, and what the probe below them sees of it.

use crate::peers::side_by_side::*;
use crate::support::*;

impl Pair {
    /// Sends each signal to both sides; `key` names the difference that is to be seen, if
    /// any, and ours has to be `ours`.
    #[track_caller]
    pub fn compare_signals(
        &self,
        options: &[&str],
        first: bool,
        key: impl Fn(i32) -> &'static str,
        ours: impl Fn(i32) -> String,
    ) {
        let mut wrong = Vec::new();
        let mut sides = SIDES.map(|_| None);
        for signal in signals() {
            let mut seen = SIDES.into_iter().zip(&mut sides).map(|(side, probing)| {
                let mut run = probing.take().unwrap_or_else(|| {
                    Probing::new(self.probe(side, options, &["signals"]).as_pid1(first))
                });
                let seen = run.forwards(signal);
                *probing = seen.starts_with("runs, got").then_some(run);
                seen
            });
            let (theirs, got) = (seen.next().unwrap(), seen.next().unwrap());
            let key = key(signal);
            if !key.is_empty() {
                self.differs(key);
            }
            if got != ours(signal) || (theirs == got) != key.is_empty() {
                wrong.push(format!("{signal} {key}: theirs {theirs}; ours {got}"));
            }
        }
        assert!(wrong.is_empty(), "{} {options:?}, {first}:\n{}", self.name, wrong.join("\n"));
    }
}

/// A program that runs the probe.
struct Probing {
    run: Running,
    init: i32,
    app: i32,
}

impl Probing {
    fn new(start: Start) -> Probing {
        let mut run = start.start();
        run.expect("ready ");
        let (init, app) = (run.pid(), run.main_child());
        until("it waits for signals", || settled(init));
        Probing { run, init, app }
    }

    /// What the probe sees of a signal that is sent to the program, and what becomes of
    /// that.
    fn forwards(&mut self, signal: i32) -> String {
        let (init, app) = (self.init, self.app);
        send(init, signal);
        until("the signal has gone its way", || {
            // Without its child it ends, unless it is stopped.
            let left = gone(app) && state(init) == Some('T');
            self.run.ended() || settled(init) && (settled(app) || left)
        });
        if self.run.ended() {
            return "ended".to_owned();
        }
        let state = if state(init) == Some('T') { "stopped" } else { "runs" };
        if gone(app) {
            return format!("{state}, the child is gone");
        }
        let mut lines = Vec::new();
        if signal == libc::SIGCONT {
            lines.push(self.run.line());
        }
        // It may have been stopped. Whatever went to the probe is there already: what
        // comes before the last of these is all.
        send(app, libc::SIGCONT);
        queue(app, END, 4711);
        loop {
            match self.run.line().as_str() {
                "got 64 -1 4711" => return format!("{state}, {}", lines.join(", ")),
                line => lines.push(line.to_owned()),
            }
        }
    }
}

/// Every signal that a program can be sent and pass on.
pub fn signals() -> impl Iterator<Item = i32> {
    (1..=64).filter(|n| ![libc::SIGKILL, libc::SIGSTOP, libc::SIGCHLD].contains(n))
}

/// What [`Pair::forwards`] finds when a signal goes to the probe.
pub fn forwarded(signal: i32) -> String {
    match signal {
        libc::SIGTERM => "ended".to_owned(),
        libc::SIGCONT => "runs, got 18 0 0, got 18 0 0".to_owned(),
        _ => format!("runs, got {signal} 0 0, got 18 0 0"),
    }
}

/// Does the kernel raise it for faults, and C's abort(3)?
pub fn raised_by_faults(signal: i32) -> bool {
    [
        libc::SIGABRT,
        libc::SIGBUS,
        libc::SIGFPE,
        libc::SIGILL,
        libc::SIGSEGV,
        libc::SIGSYS,
        libc::SIGTRAP,
    ]
    .contains(&signal)
}

/// A signal that comes last whatever else is pending.
const END: i32 = 64;

fn gone(pid: i32) -> bool {
    matches!(state(pid), None | Some('Z'))
}
