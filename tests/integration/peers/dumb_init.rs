//! dumb-init 1.2.5 and ours in its place.

use crate::peers::side_by_side::*;
use crate::peers::signal_by_signal::*;

const CASES: &[Case<'_>] = &[
    // The command, and where it starts.
    (&["true"], &[], 0, ""),
    (&["sh", "-c", "exit 7"], &[], 7, ""),
    (&["--", "sh", "-c", "kill -9 $$"], &[], 137, ""),
    (&["-c", "sh", "-c", "kill -TERM $$"], &[], 143, ""),
    (&["sh", "-c", "echo out; echo err >&2"], &[], 0, ""),
    (&["echo", "-V", "--", "-h", ""], &[], 0, ""),
    (&["--", "--", "true"], &[], 127, "exec-status"),
    (&["-", "x"], &[], 127, "exec-status"),
    // What cannot run.
    (&["nosuch"], &[], 127, "exec-status"),
    (&["/etc"], &[], 126, "exec-status"),
    (&["/etc/passwd"], &[], 126, "exec-status"),
    (&["true"], &[("PATH", "/nosuch")], 127, "exec-status"),
    // -r.
    (&["-r", "15:3", "true"], &[], 0, ""),
    (&["-r15:3", "-r", " 1:+31", "true"], &[], 0, ""),
    (&["--rewrite=15:0", "true"], &[], 0, ""),
    (&["--rew", "15:3:4x", "true"], &[], 0, ""),
    (&["-cr", "15:3", "true"], &[], 0, ""),
    (&["-r", "", "true"], &[], 1, ""),
    (&["-r", "15", "true"], &[], 1, ""),
    (&["-r", "15:", "true"], &[], 1, ""),
    (&["-r", "15::3", "true"], &[], 1, ""),
    (&["-r", "15 :3", "true"], &[], 1, ""),
    (&["-r", "TERM:HUP", "true"], &[], 1, ""),
    (&["-r", "0:1", "true"], &[], 1, ""),
    (&["-r", "1:32", "true"], &[], 1, ""),
    (&["-r", "32:1", "true"], &[], 1, ""),
    (&["-r", "1:-1", "true"], &[], 1, ""),
    (&["-r", "15:3", "-r", "x", "true"], &[], 1, ""),
    (&["-r"], &[], 1, ""),
    (&["--rewrite"], &[], 1, ""),
    // Wrong options, and abbreviated options.
    (&[], &[], 1, ""),
    (&["-c"], &[], 1, ""),
    (&["--"], &[], 1, ""),
    (&["-z", "true"], &[], 1, ""),
    (&["-cz", "true"], &[], 1, ""),
    (&["--yolo", "true"], &[], 1, ""),
    (&["--yolo=1", "true"], &[], 1, ""),
    (&["--ver"], &[], 1, ""),
    (&["--single-child=1", "true"], &[], 1, ""),
    (&["--he=1", "true"], &[], 1, ""),
    (&["--single", "true"], &[], 0, ""),
    // Pages.
    (&["-V"], &[], 0, "help"),
    (&["--vers"], &[], 0, "help"),
    (&["-h"], &[], 0, "help"),
    (&["--help", "true"], &[], 0, "help"),
    // Messages.
    (&["-cv", "true"], &[], 0, ""),
    (&["-c", "--verb", "sh", "-c", "exit 7"], &[], 7, ""),
    (&["-vc", "sh", "-c", "kill -9 $$"], &[], 137, ""),
    (&["-v", "true"], &[], 0, "debug"),
    // Variables.
    (&["-c", "true"], &[("DUMB_INIT_DEBUG", "1")], 0, "debug"),
    (&["true"], &[("DUMB_INIT_DEBUG", "true")], 0, ""),
    (&["true"], &[("DUMB_INIT_DEBUG", "")], 0, ""),
    (&["-v", "true"], &[("DUMB_INIT_SETSID", "0")], 0, "debug"),
];

#[test]
fn command_lines() {
    let Some(pair) = Pair::of("dumb-init", "command_lines") else { return };
    pair.compare(CASES, true);
    pair.compare(CASES, false);
}

#[test]
fn sessions_and_groups() {
    let Some(pair) = Pair::of("dumb-init", "sessions_and_groups") else { return };
    const SHOW: &[&str] = &["ps", "-o", "pid,sid,pgid"];
    pair.compare(
        &[
            (SHOW, &[], 0, ""),
            (SHOW, &[("DUMB_INIT_SETSID", "")], 0, ""),
            (SHOW, &[("DUMB_INIT_SETSID", "no")], 0, ""),
            (SHOW, &[("DUMB_INIT_SETSID", "0")], 0, "group"),
            (&[&["-c"], SHOW].concat(), &[("DUMB_INIT_SETSID", "1")], 0, "group"),
        ],
        true,
    );
}

#[test]
fn signals_one_by_one() {
    let Some(pair) = Pair::of("dumb-init", "signals_one_by_one") else { return };
    let stops = |signal| [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU].contains(&signal);
    let key = |signal| if signal == 32 || signal == 33 { "libc" } else { "" };
    for first in [true, false] {
        for options in [&[][..], &["-c"], &["-r1:2", "-r20:15", "-r21:20", "-r10:0"]] {
            let rewritten = options.len() > 2;
            pair.compare_signals(options, first, key, |signal| match signal {
                libc::SIGHUP if rewritten => forwarded(libc::SIGINT),
                libc::SIGUSR1 if rewritten => "runs, got 18 0 0".to_owned(),
                libc::SIGTSTP if rewritten && first => forwarded(libc::SIGTERM),
                // dumb-init stops itself before it sees the child's end.
                libc::SIGTSTP if rewritten => "stopped, the child is gone".to_owned(),
                _ if !stops(signal) => forwarded(signal),
                _ => {
                    let state = if first { "runs" } else { "stopped" };
                    match signal {
                        libc::SIGTTIN if rewritten => format!("{state}, got 20 0 0, got 18 0 0"),
                        _ if options == ["-c"] => format!("{state}, got {signal} 0 0, got 18 0 0"),
                        _ => format!("{state}, got 18 0 0"),
                    }
                }
            });
        }
    }
}
