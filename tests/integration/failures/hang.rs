//! A file system that never answers, where the command is: nobody waits for ever but for an
//! exec without a limit, and nobody is left.

use crate::support::*;
use std::time::Duration;

/// init with these options and a command that hangs. Keep the file system until the end.
fn hanging(user: User, hang: &Hang, scratch: &Scratch, options: &[&str]) -> Start {
    let command = scratch.path("command").to_str().unwrap().to_owned();
    let start = init([options, &["--", &command]].concat());
    // A timer of the kernel needs a place in the signal queue (timer_create(2)).
    user.with_own_queue(user.run(hang.over(&scratch.path(""), start)).unwrap())
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
            let options = [options, report, &["--timeout=300ms", "--grace-period=0"]].concat();
            let start = hanging(user, &hang, &scratch, &options).marked(&mark);
            let done = ends(start.start(), &mark).expect(124);
            let line = format!("init: start {}: ", scratch.path("command").display());
            let done = done
                .one_line(&line)
                .one_line("(it hung for 1300ms: --timeout and the grace period)\n");
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

/// A script that puts the file system over a directory, and then goes on as `rest`.
fn mounts(hang: &Hang, directory: &str, options: &[&str], rest: &str) -> Start {
    let script = format!("{} {directory} && exec 9>&- && echo up; {rest}", Hang::MOUNT);
    let start = init([options, &["--", "sh", "-c", &script]].concat());
    hang.lend(start).before_exec(|| _ = nix::unistd::setsid())
}

#[test]
fn survivors_end_where_proc_hangs() {
    for first in [true, false] {
        let Some(hang) = Hang::new("survivors_end_where_proc_hangs") else { return };
        let rest = "trap '' TERM; sleep 1000 & exit 3";
        let mark = marker();
        let start = mounts(&hang, "/proc", &["--grace-period=300ms"], rest);
        let mut run = start.as_pid1(first).marked(&mark).start();
        run.expect("up");
        let done = ends(run, &mark).expect(3);
        done.one_line("no names from /proc: Operation timed out");
    }
}

#[test]
fn signals_arrive_where_proc_and_dev_hang() {
    for (directory, options) in [("/proc", "--forward-to=all"), ("/dev", "-q")] {
        let Some(hang) = Hang::new("signals_arrive_where_proc_and_dev_hang") else { return };
        let mark = marker();
        let start = mounts(&hang, directory, &[options], "exec sleep 1000");
        let mut run = start.marked(&mark).start();
        run.expect("up");
        // It looks for its terminal, and for those who are to get TERM.
        run.signal(libc::SIGCONT);
        run.signal(libc::SIGTERM);
        ends(run, &mark).expect(143);
    }
}

#[test]
fn a_counter_that_hangs_is_unknown() {
    let Some(hang) = Hang::new("a_counter_that_hangs_is_unknown") else { return };
    let mark = marker();
    let run = mounts(&hang, "/sys/fs/cgroup", &["--report=/dev/stdout"], "exit 3");
    let done = ends(run.marked(&mark).start(), &mark).expect(3).silent();
    assert!(done.stdout.contains("\"oom_kills\":null"), "{done:?}");
}
