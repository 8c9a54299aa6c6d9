//! Known bugs of tini, dumb-init and catatonit at the start: each is shown in the peer and not
//! in ours.

use crate::peers::side_by_side::*;
use crate::support::*;

const TERM: i32 = libc::SIGTERM;
const USR1: i32 = libc::SIGUSR1;

#[test]
fn an_ignored_sigchld() {
    each(&["tini", "catatonit"], "sigchld", "an_ignored_sigchld", |pair, side| {
        let (reader, writer) = pipe();
        let words = [pair.reaping(), &["--", "sh", "-c", "echo up; read line; exit 9"]].concat();
        let start = pair.start(side, &words).stdio(0, reader).before_exec(|| unsafe {
            libc::signal(libc::SIGCHLD, libc::SIG_IGN);
        });
        let mut run = start.start();
        run.expect("up");
        let init = run.pid();
        drop(writer);
        if side == Side::Theirs {
            until("the child is gone", || children(init).is_empty());
            until("nobody has told it", || settled(init));
            assert!(!run.ended());
        } else {
            run.finish().expect(9).silent();
        }
    });
}

#[test]
fn a_closed_stdin() {
    each(&["tini"], "stdin", "a_closed_stdin", |pair, side| {
        let start = pair.start(side, &["-s", "true"]).before_exec(|| unsafe {
            libc::close(0);
        });
        start.run().expect(if side == Side::Theirs { 1 } else { 0 });
    });
}

#[test]
fn a_refused_subreaper() {
    if !installed("strace") {
        return skip("a_refused_subreaper", "needs strace");
    }
    each(&["tini", "catatonit"], "subreaper", "a_refused_subreaper", |pair, side| {
        let program = pair.path(side);
        let before = ["-qq", "-o", "/dev/null", "-e", "inject=prctl:error=EPERM", "--"];
        let words = [&before[..], &[program.to_str().unwrap()], pair.reaping(), &["true"]].concat();
        let done = Start::new("strace", words).run();
        done.expect(if side == Side::Theirs { 1 } else { 0 });
    });
}

#[test]
fn the_apps_mask_and_ignored_signals() {
    const SHOW: [&str; 4] = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"];
    fn set_up(start: Start) -> Start {
        start.before_exec(|| unsafe {
            libc::signal(libc::SIGHUP, libc::SIG_IGN);
            let mask = 1_u64 << (USR1 - 1);
            let nothing: *mut u64 = std::ptr::null_mut();
            libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &mask, nothing, 8);
        })
    }
    let direct = set_up(Start::new(SHOW[0], &SHOW[1..])).run().expect(0).stdout;
    let names = ["dumb-init", "catatonit"];
    each(&names, "mask", "the_apps_mask_and_ignored_signals", |pair, side| {
        let words = [&["--"], &SHOW[..]].concat();
        let under = set_up(pair.start(side, &words)).run().expect(0).stdout;
        assert_eq!(under == direct, side == Side::Ours, "{under} {direct}");
    });
}

/// strace(1) delays the new process for a second in a system call before its exec. TERM is
/// sent then; returns whether it arrives.
fn term_while_starting(pair: &Pair, side: Side, options: &[&str], call: &str) -> bool {
    let program = pair.path(side);
    let inject = format!("inject={call}:delay_exit=1s");
    let inject = if call == "setpgid" { inject.replace("exit", "enter") } else { inject };
    let before = ["-f", "-qq", "-o", "/dev/null", "-e", &inject, "--", program.to_str().unwrap()];
    let words = [&before[..], options, &["--", "sleep", "1000"]].concat();
    let mut run = Start::new("strace", words).with_own_user().start();
    let strace = run.pid();
    let mut init = 0;
    // strace first tests ptrace(2) on other children.
    until("the program runs", || {
        init = children(strace).first().copied().unwrap_or_default();
        name(init).as_deref() == Some(pair.name)
    });
    let mut app = 0;
    let number = if call == "setpgid" { libc::SYS_setpgid } else { libc::SYS_setsid };
    until("the new process is held before its exec", || {
        app = children(init).first().copied().unwrap_or_default();
        std::fs::read_to_string(format!("/proc/{app}/syscall"))
            .is_ok_and(|text| text.starts_with(&format!("{number} ")))
    });
    send(init, TERM);
    until("the signal has gone its way, or the command runs", || {
        run.ended() || name(app).is_some_and(|name| name == "sleep") && settled(init)
    });
    // A signal on its way arrives before strace lets the process wait.
    until("the command waits, or all is over", || run.ended() || settled(app));
    until("and nothing is left to forward", || run.ended() || settled(init));
    if run.ended() {
        assert_eq!(run.finish().code(), 143);
        return true;
    }
    false
}

#[test]
fn a_signal_between_fork_and_exec() {
    if !installed("strace") {
        return skip("a_signal_between_fork_and_exec", "needs strace");
    }
    each(&["dumb-init"], "swallowed", "a_signal_between_fork_and_exec", |pair, side| {
        assert_eq!(term_while_starting(pair, side, &[], "setsid"), side == Side::Ours);
    });
    each(&["tini", "catatonit"], "early", "a_signal_between_fork_and_exec", |pair, side| {
        let options = if pair.name == "tini" { "-sg" } else { "-g" };
        assert_eq!(term_while_starting(pair, side, &[options], "setpgid"), side == Side::Ours);
    });
}

#[test]
fn version_lines() {
    each(&["tini", "dumb-init", "catatonit"], "version", "version_lines", |pair, side| {
        let flag = if pair.name == "tini" { "--version" } else { "-V" };
        let done = pair.start(side, &[flag]).run().expect(0);
        let text = format!("{}{}", done.stdout, done.stderr);
        let (name, more) = match pair.name {
            "tini" => ("tini version 0.19.0", text.strip_prefix("tini version 0.19.0")),
            "dumb-init" => ("dumb-init v1.2.5", text.strip_prefix("dumb-init v1.2.5")),
            _ => ("catatonit", text.split_once("_catatonit").map(|(_, more)| more)),
        };
        let more = more.unwrap_or_else(|| panic!("{name}: {done:?}")).trim_end();
        let ours = more.starts_with(" - git.") && more.contains(" - init ");
        assert!(if side == Side::Ours { ours } else { more.is_empty() }, "{done:?}");
    });
}

#[test]
fn pause_under_every_name() {
    each(&["tini", "dumb-init"], "pause", "pause_under_every_name", |pair, side| {
        let mut run = pair.start(side, &["-P"]).start();
        if side == Side::Theirs {
            return drop(run.finish().expect(1));
        }
        let init = run.pid();
        until("it waits", || settled(init) && descriptors(init) == [2]);
        run.signal(TERM);
        run.finish().expect(0);
    });
}
