//! catatonit (Debian's is 0.1.7, ours speaks 0.2) and ours in its place.

use crate::peers::side_by_side::*;
use crate::peers::signal_by_signal::*;
use crate::support::*;

const CASES: &[Case<'_>] = &[
    // The command, and where it starts.
    (&["true"], &[], 0, ""),
    (&["--", "sh", "-c", "exit 7"], &[], 7, ""),
    (&["--", "sh", "-c", "kill -9 $$"], &[], 137, ""),
    (&["-g", "--", "sh", "-c", "kill -TERM $$"], &[], 143, ""),
    (&["--", "sh", "-c", "echo out; echo err >&2"], &[], 0, ""),
    (&["--", "echo", "a", "--", "-b"], &[], 0, ""),
    (&["sh", "-c", "exit 7"], &[("POSIXLY_CORRECT", "")], 7, ""),
    (&["sh", "-c", "exit 7"], &[], 7, "permutes"),
    (&["echo", "-V"], &[], 0, "permutes"),
    // What cannot run.
    (&["nosuch"], &[], 127, "exec-message"),
    (&["/etc"], &[], 126, "exec-message"),
    (&["--", "--", "true"], &[], 127, "exec-message"),
    (&["-", "x"], &[], 127, "exec-message"),
    (&["true"], &[("PATH", "/nosuch")], 127, "exec-message"),
    // What is wrong.
    (&[], &[], 1, ""),
    (&["-g"], &[], 1, ""),
    (&["--"], &[], 1, ""),
    (&["-z", "true"], &[], 1, ""),
    (&["-gz", "true"], &[], 1, ""),
    (&["--foo", "true"], &[], 1, ""),
    (&["--pause"], &[], 1, ""),
    (&["--version=1", "true"], &[], 1, ""),
    (&["-v", "true"], &[], 1, ""),
    // Pages.
    (&["-V"], &[], 0, ""),
    (&["--version"], &[], 0, ""),
    (&["--v", "true"], &[], 0, ""),
    (&["-gV"], &[], 0, ""),
    (&["-h"], &[], 0, "help"),
    (&["-L"], &[], 0, "help"),
    // Variables.
    (&["true"], &[("CATATONIT_DEBUG", "")], 0, "debug"),
    (&["--", "sh", "-c", "exit 7"], &[("CATATONIT_DEBUG", "0")], 7, "debug"),
    (&["true"], &[("CATATONIT_LOG", "x")], 0, "reserved"),
];

#[test]
fn command_lines() {
    let Some(pair) = Pair::of("catatonit", "command_lines") else { return };
    pair.compare(CASES, true);
    pair.compare(CASES, false);
}

#[test]
fn signals_one_by_one() {
    let Some(pair) = Pair::of("catatonit", "signals_one_by_one") else { return };
    let key = |signal| match signal {
        libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => "stops",
        32 | 33 => "libc",
        signal if raised_by_faults(signal) => "faults",
        _ => "",
    };
    for first in [true, false] {
        for options in [&[][..], &["-g"]] {
            pair.compare_signals(options, first, key, forwarded);
        }
    }
}

#[test]
fn the_end_of_a_pods_pause() {
    let test = "the_end_of_a_pods_pause";
    if !root() {
        return skip(test, "needs root, to enter a PID namespace");
    }
    each(&["catatonit"], "pause-ends", test, |pair, side| {
        let mut run = pair.start(side, &["-P"]).as_pid1(true).start();
        let pause = run.pid();
        until("it waits", || settled(pause));
        let target = pause.to_string();
        let script = "trap 'exit 3' USR1; echo ready; while :; do sleep 0.02; done";
        let words = ["--target", &target, "--pid", "setsid", "sh", "-c", script];
        let mut other = Start::new("nsenter", words).start();
        other.expect("ready");
        let inside = other.main_child();
        send(pause, libc::SIGTERM);
        if side == Side::Theirs {
            run.finish().expect(0);
            return drop(other.finish().expect(137));
        }
        until("it has taken the signal", || settled(pause));
        send(inside, libc::SIGUSR1);
        other.finish().expect(3);
        run.finish().expect(0);
    });
}
