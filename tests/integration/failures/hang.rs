//! A file system that never answers, where the command is: nobody waits for ever but for an
//! exec without a limit, and nobody is left.

use crate::support::*;
use std::time::Duration;

/// init with these options and a command that hangs. Keep the file system until the end.
fn hanging(user: User, hang: &Hang, scratch: &Scratch, options: &[&str]) -> Start {
    let command = scratch.path("command").to_str().unwrap().to_owned();
    let start = init([options, &["--", &command]].concat());
    user.run(hang.over(&scratch.path(""), start)).unwrap()
}

/// Waits until it has ended by itself, with nobody left.
#[track_caller]
fn ends(mut run: Running, mark: &str) -> Finished {
    until("it ends by itself", || run.ended());
    until("nobody is left", || marked(mark).is_empty());
    run.finish()
}

const SANDBOXES: [&[&str]; 4] =
    [&["--pid", "-q"], &["--uts", "-q"], &["--time", "-q"], &["--root=/", "-q"]];

#[test]
fn a_timeout_ends_a_start_that_hangs() {
    for options in [&[&[][..]][..], &SANDBOXES].concat() {
        for user in users() {
            let Some(hang) = Hang::new("a_timeout_ends_a_start_that_hangs") else { return };
            let (scratch, mark) = (Scratch::new(), marker());
            // An ordinary user may not open the pipe anew.
            let report: &[&str] = if user == User::Root { &["--report=/dev/stdout"] } else { &[] };
            let options = [options, report, &["--timeout=300ms"]].concat();
            let start = hanging(user, &hang, &scratch, &options).marked(&mark);
            let done = ends(start.start(), &mark).expect(124);
            let line = format!("init: start {}: ", scratch.path("command").display());
            let done = done.one_line(&line).one_line("(it hung for the 300ms of --timeout)\n");
            let reason = "\"reason\":\"not_started\"";
            assert_eq!(done.stdout.contains(reason), user == User::Root, "{done:?}");
        }
    }
}

#[test]
fn a_signal_ends_a_sandbox_that_hangs() {
    let term = (User::Root, libc::SIGTERM, "SIGTERM");
    let int = (User::Ordinary, libc::SIGINT, "SIGINT");
    for (options, (user, signal, name)) in
        SANDBOXES.into_iter().zip([term, int].into_iter().cycle())
    {
        let Some(hang) = Hang::new("a_signal_ends_a_sandbox_that_hangs") else { return };
        let (scratch, mark) = (Scratch::new(), marker());
        let options = [options, &["--grace-period=1200ms"]].concat();
        let start = hanging(user, &hang, &scratch, &options).marked(&mark);
        let mut run = start.start();
        let outer = run.pid();
        until("it has come to the exec", || marked(&mark).len() >= 2);
        send(outer, signal);
        let done = ends(run, &mark).expect(128 + signal);
        done.one_line(&format!("(it hung for 1200ms after {name})\n"));
    }
}

/// What an orchestrator does at the end of its patience.
#[test]
fn sigkill_ends_a_start_that_hangs() {
    for options in [&[&[][..]][..], &SANDBOXES].concat() {
        for user in users() {
            let Some(hang) = Hang::new("sigkill_ends_a_start_that_hangs") else { return };
            let (scratch, mark) = (Scratch::new(), marker());
            let mut run = hanging(user, &hang, &scratch, options).marked(&mark).start();
            until("it has come to the exec", || marked(&mark).len() >= 2);
            run.signal(libc::SIGTERM);
            assert!(!holds_within(Duration::from_millis(20), || run.ended()));
            run.signal(libc::SIGKILL);
            ends(run, &mark).expect(137).silent();
        }
    }
}
