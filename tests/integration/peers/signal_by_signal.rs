//! Each signal is sent to a peer and to ours; the probe below them prints what arrives.

use crate::peers::side_by_side::*;
use crate::support::*;

impl Pair {
    /// Sends each signal to both programs. `key` names the expected difference, or is empty;
    /// `ours` is the expected result of ours.
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
                    Probing::new(
                        self.probe(side, options, &["signals"]).as_pid1(first).with_own_user(),
                    )
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

    /// Sends a signal to the program. Returns the program's state and what the probe printed.
    fn forwards(&mut self, signal: i32) -> String {
        let (init, app) = (self.init, self.app);
        send(init, signal);
        until("the signal has gone its way", || {
            // A program without its child ends, unless it is stopped.
            let left = is_dead(app) && state(init) == Some('T');
            self.run.ended() || settled(init) && (settled(app) || left)
        });
        if self.run.ended() {
            return "ended".to_owned();
        }
        let state = if state(init) == Some('T') { "stopped" } else { "runs" };
        if is_dead(app) {
            return format!("{state}, the child is gone");
        }
        let mut lines = Vec::new();
        if signal == libc::SIGCONT {
            lines.push(self.run.line());
        }
        // CONT, because the probe may be stopped. The program has forwarded all by now, so
        // every line before the answer to END belongs to the signal.
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

/// The signals that a program can get and forward.
pub fn signals() -> impl Iterator<Item = i32> {
    (1..=64).filter(|n| ![libc::SIGKILL, libc::SIGSTOP, libc::SIGCHLD].contains(n))
}

/// The result of [`Probing::forwards`] when the signal reaches the probe.
pub fn forwarded(signal: i32) -> String {
    match signal {
        libc::SIGTERM => "ended".to_owned(),
        libc::SIGCONT => "runs, got 18 0 0, got 18 0 0".to_owned(),
        _ => format!("runs, got {signal} 0 0, got 18 0 0"),
    }
}

/// Do faults of a program or abort(3) raise this signal?
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

/// The signal that is delivered last of all pending signals.
const END: i32 = 64;
