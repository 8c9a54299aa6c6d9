//! tini 0.19 and ours in its place.

use crate::peers::side_by_side::*;
use crate::peers::signal_by_signal::*;

/// As PID 1, where tini does not warn.
const CASES: &[Case<'_>] = &[
    // The command, and where it starts.
    (&["true"], &[], 0, ""),
    (&["false"], &[], 1, ""),
    (&["--", "sh", "-c", "exit 7"], &[], 7, ""),
    (&["--", "sh", "-c", "kill -9 $$"], &[], 137, ""),
    (&["--", "sh", "-c", "kill -TERM $$"], &[], 143, ""),
    (&["--", "sh", "-c", "echo out; echo err >&2"], &[], 0, ""),
    (&["--", "echo", "a", "--", "-b"], &[], 0, ""),
    (&["echo", "a b", "", "c"], &[], 0, ""),
    (&["-", "x"], &[], 127, "exec-cause"),
    (&["--", "--", "true"], &[], 127, "exec-cause"),
    (&["sh", "-c", "exit 7"], &[("POSIXLY_CORRECT", "1")], 7, ""),
    (&["sh", "-c", "exit 7"], &[], 7, "permutes"),
    (&["echo", "-l"], &[], 0, "permutes"),
    (&["echo", "x", "-e"], &[], 0, "permutes"),
    (&["true", "-g"], &[], 0, ""),
    // What cannot run.
    (&["nosuch"], &[], 127, "exec-cause"),
    (&["/nosuch/nosuch"], &[], 127, "exec-cause"),
    (&[""], &[], 127, "exec-cause"),
    (&["/etc"], &[], 126, "exec-cause"),
    (&["/etc/passwd"], &[], 126, "exec-cause"),
    (&["/etc/passwd/x"], &[], 126, "exec-status"),
    (&["true"], &[("PATH", "/nosuch")], 127, "exec-cause"),
    // -e.
    (&["-e143", "--", "sh", "-c", "kill -TERM $$"], &[], 0, ""),
    (&["-e", "143", "--", "sh", "-c", "exit 143"], &[], 0, ""),
    (&["-e", "7", "-e8", "--", "sh", "-c", "exit 8"], &[], 0, ""),
    (&["-e", "7", "--", "sh", "-c", "exit 8"], &[], 8, ""),
    (&["-e", "", "--", "sh", "-c", "exit 8"], &[], 8, ""),
    (&["-e", " 8", "--", "sh", "-c", "exit 8"], &[], 0, ""),
    (&["-e", "+8", "--", "sh", "-c", "exit 8"], &[], 0, ""),
    (&["-e", "0", "false"], &[], 1, ""),
    (&["-e", "-1", "true"], &[], 1, ""),
    (&["-e256", "true"], &[], 1, ""),
    (&["-e=8", "true"], &[], 1, ""),
    (&["-e", "8x", "true"], &[], 1, ""),
    (&["-e", "x", "true"], &[], 1, ""),
    (&["-e", "\n", "true"], &[], 1, "one-line"),
    (&["-e"], &[], 1, "usage"),
    // -p: names that tini knows, and names that only ours knows.
    (&["-p", "SIGTERM", "true"], &[], 0, ""),
    (&["-pSIGKILL", "true"], &[], 0, ""),
    (&["-p", "FOO", "true"], &[], 1, ""),
    (&["-p", "", "true"], &[], 1, ""),
    (&["-p", "TERM", "true"], &[], 0, "signal-names"),
    (&["-p", "15", "true"], &[], 0, "signal-names"),
    (&["-p", "SIGPWR", "true"], &[], 0, "signal-names"),
    (&["-p"], &[], 1, "usage"),
    // Switches, alone and in clusters.
    (&["-s", "true"], &[], 0, ""),
    (&["-g", "true"], &[], 0, ""),
    (&["-w", "true"], &[], 0, ""),
    (&["-gsw", "true"], &[], 0, ""),
    (&["-gse143", "--", "sh", "-c", "exit 143"], &[], 0, ""),
    (&["-gspSIGTERM", "true"], &[], 0, ""),
    (&["-g", "-s", "-w", "--", "sh", "-c", "exit 3"], &[], 3, ""),
    // What is wrong.
    (&[], &[], 1, "usage"),
    (&["-g"], &[], 1, "usage"),
    (&["--"], &[], 1, "usage"),
    (&["-z", "true"], &[], 1, "usage"),
    (&["-gz", "true"], &[], 1, "usage"),
    (&["--help"], &[], 1, "usage"),
    (&["--foo=1", "true"], &[], 1, "usage"),
    (&["--version", "true"], &[], 1, "usage"),
    (&["-g", "--version"], &[], 1, "usage"),
    // Pages.
    (&["--version"], &[], 0, ""),
    (&["-h"], &[], 0, "help"),
    (&["-l"], &[], 0, "help"),
    (&["-gl", "true"], &[], 0, "help"),
    (&["-h", "-e", "x"], &[], 0, "help"),
    // Messages.
    (&["-v", "true"], &[], 0, "stdout"),
    (&["-vv", "true"], &[], 0, "stdout"),
    (&["-vvv", "true"], &[], 0, "stdout"),
    (&["-w", "--", "sh", "-c", "(true &) ; sleep 0.1"], &[], 0, ""),
    (&["-vvw", "--", "sh", "-c", "exit 2"], &[], 2, "stdout"),
    // Variables.
    (&["true"], &[("TINI_VERBOSITY", "0")], 0, ""),
    (&["nosuch"], &[("TINI_VERBOSITY", "0")], 127, "exec-cause"),
    (&["nosuch"], &[("TINI_VERBOSITY", "-3")], 127, "verbosity"),
    (&["true"], &[("TINI_VERBOSITY", "2")], 0, "stdout"),
    (&["-vvv", "true"], &[("TINI_VERBOSITY", "1")], 0, ""),
    (&["-vvv", "true"], &[("TINI_VERBOSITY", "")], 0, ""),
    (&["true"], &[("TINI_VERBOSITY", "x3")], 0, ""),
    (&["true"], &[("TINI_VERBOSITY", " 3x")], 0, "stdout"),
    (&["true"], &[("TINI_SUBREAPER", "")], 0, ""),
    (&["true"], &[("TINI_KILL_PROCESS_GROUP", "")], 0, ""),
];

/// Not as PID 1 tini warns that it does not reap, unless it is a subreaper or quiet.
const NOT_FIRST: &[Case<'_>] = &[
    (&["true"], &[], 0, "warning"),
    (&["-g", "--", "sh", "-c", "exit 7"], &[], 7, "warning"),
    (&["-s", "true"], &[], 0, ""),
    (&["true"], &[("TINI_SUBREAPER", "")], 0, ""),
    (&["true"], &[("TINI_SUBREAPER", "0")], 0, ""),
    (&["true"], &[("TINI_VERBOSITY", "0")], 0, ""),
    (&["nosuch"], &[("TINI_VERBOSITY", "0")], 127, "exec-cause"),
    (&["-s", "nosuch"], &[], 127, "exec-cause"),
    (&["-e256", "true"], &[], 1, ""),
    (&["--version"], &[], 0, ""),
];

#[test]
fn command_lines() {
    for name in ["tini", "tini-static"] {
        let Some(pair) = Pair::of(name, "command_lines") else { return };
        pair.compare(CASES, true);
        pair.compare(NOT_FIRST, false);
    }
}

#[test]
fn signals_one_by_one() {
    let Some(pair) = Pair::of("tini", "signals_one_by_one") else { return };
    let key = |signal| match signal {
        libc::SIGTTIN | libc::SIGTTOU => "stops",
        32 | 33 => "libc",
        signal if raised_by_faults(signal) => "faults",
        _ => "",
    };
    for first in [true, false] {
        for options in [&["-s"][..], &["-sg"]] {
            pair.compare_signals(options, first, key, forwarded);
        }
    }
}
