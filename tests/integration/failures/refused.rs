//! System calls that a seccomp filter refuses. Before the app runs init carries on or ends with
//! one line; after that it warns at most.

use crate::support::*;

/// init with a refused system call; with `all`, its children too. In a PID namespace of its
/// own: a kill with a refused call's result as pid could reach every process.
fn refused(call: &str, error: &str, all: bool, words: &[&str]) -> Option<Start> {
    if !installed("strace") {
        skip("system calls that are refused", "needs strace");
        return None;
    }
    let inject = format!("inject={call}:error={error}");
    let init = init_path();
    let strace = ["-qq", "-o", "/dev/null", "-e", &inject];
    let follow = ["-f"].into_iter().filter(|_| all);
    let strace = strace.into_iter().chain(follow).chain(["--", init.to_str().unwrap()]);
    let words = strace.chain(words.iter().copied()).collect::<Vec<_>>();
    Some(Start::new("strace", words).as_pid1(true))
}

/// Docker's older filters refuse unknown system calls with EPERM.
#[test]
fn survivors_are_told_and_killed_without_pidfd_send_signal() {
    let probe = probe_path();
    let script = format!(
        "'{}' signals & (trap '' TERM; echo ready; exec sleep 1000) & read line; exit 3",
        probe.display()
    );
    for error in ["ENOSYS", "EPERM"] {
        let words = ["--grace-period=300ms", "sh", "-c", &script];
        let (reader, writer) = pipe();
        let Some(start) = refused("pidfd_send_signal", error, false, &words) else { return };
        let mut run = start.stdio(0, reader).start();
        run.expect("ready");
        run.expect("ready");
        drop(writer);
        run.expect("got 15 ");
        run.finish().expect(3).one_line("init: killed after the grace period of 300ms: ");
    }
}

#[test]
fn a_queued_signal_arrives_without_its_value() {
    let probe = probe_path();
    for options in [&[][..], &["-g"], &["--forward-to=all"]] {
        for call in ["rt_sigqueueinfo", "/rt_sigqueueinfo|pidfd_send_signal"] {
            let words = options.iter().copied().chain(["--", probe.to_str().unwrap(), "signals"]);
            let words = words.collect::<Vec<_>>();
            let Some(start) = refused(call, "EPERM", false, &words) else { return };
            let mut run = start.start();
            run.expect("ready ");
            // The child of strace is init.
            let init = run.main_child();
            queue(init, libc::SIGUSR1, 7);
            run.expect("got 10 ");
            send(init, libc::SIGTERM);
            run.expect("got 15 ");
            run.finish().expect(0).silent();
        }
    }
}

/// Without its wait call init could only loop, and never see an end.
#[test]
fn init_does_not_start_where_it_can_take_no_signals() {
    for (words, error) in [(&["true"][..], "EPERM"), (&["-P"], "EPERM"), (&["true"], "ENOSYS")] {
        let Some(start) = refused("rt_sigtimedwait", error, true, words) else { return };
        start.run().expect(125).one_line("init: wait for signals: ");
    }
}

#[test]
fn each_refusal_before_the_start_has_its_line() {
    for (call, line) in [
        ("getpid", "init: getpid: Operation not permitted\n"),
        ("clone", "init: clone: Operation not permitted\n"),
        ("setpgid", "init: setpgid: Operation not permitted\n"),
        ("getppid", "init: be killed with init: "),
    ] {
        let Some(start) = refused(call, "EPERM", true, &["sleep", "1000"]) else { return };
        start.run().expect(125).one_line(line);
    }
}

#[test]
fn init_does_not_start_where_it_cannot_block_signals() {
    for (call, line) in [
        ("rt_sigprocmask", "init: block signals: Operation not permitted\n"),
        ("rt_sigaction", "init: reset SIGCHLD: Operation not permitted\n"),
    ] {
        for options in [&[][..], &["--pid"], &["--time"], &["-P"]] {
            let command = if options == ["-P"] { &[][..] } else { &["--", "echo", "started"] };
            let words = [options, command].concat();
            let Some(start) = refused(call, "EPERM", true, &words) else { return };
            assert_eq!(start.run().expect(125).one_line(line).stdout, "");
        }
    }
}

/// strace counts the calls of each process. The shell that becomes init makes the first
/// call, so only the app's own process, whose first call it is, is refused it.
#[test]
fn no_app_starts_with_blocked_signals() {
    if !installed("strace") || !installed("bash") {
        return skip("no_app_starts_with_blocked_signals", "needs strace and bash");
    }
    for option in ["--", "--pid", "--uts", "--time"] {
        let words = format!("exec '{}' {option} echo started", init_path().display());
        let inject = "inject=rt_sigprocmask:error=EPERM:when=1";
        let words = ["-f", "-qq", "-o", "/dev/null", "-e", inject, "--", "bash", "-c", &words];
        let done = Start::new("strace", words).run().expect(125);
        let done = done.one_line("init: set the signal mask: Operation not permitted\n");
        assert_eq!(done.stdout, "");
    }
}

/// Without wait4 init does with waitid, and only misses what the app has used.
#[test]
fn every_end_is_seen_without_wait4() {
    for error in ["EPERM", "ENOSYS"] {
        for (script, status) in [("exit 3", 3), ("kill -TERM $$", 143), ("sleep .1 & exit 5", 5)] {
            let Some(start) = refused("wait4", error, false, &["sh", "-c", script]) else { return };
            start.run().expect(status).silent();
        }
    }
}

/// init could never learn that the app has ended.
#[test]
fn the_app_ends_where_init_cannot_wait_for_children() {
    let line = "init: wait for children: Operation not permitted\n";
    let calls = "/wait4|waitid";
    let Some(start) = refused(calls, "EPERM", false, &["sleep", "1000"]) else { return };
    start.run().expect(125).one_line(line);
    let Some(start) = refused(calls, "EPERM", false, &["-P"]) else { return };
    start.run().expect(125).one_line(line);
}

/// init then hears no signal, but deaths and deadlines as before.
#[test]
fn the_end_is_seen_where_init_cannot_wait_for_signals() {
    for (words, status) in [
        (&["sh", "-c", "sleep .1; exit 3"][..], 3),
        (&["--timeout=100ms", "sleep", "1000"], 124),
        (&["--pid", "-q", "sh", "-c", "sleep .1; exit 3"], 3),
    ] {
        let Some(start) = refused("rt_sigtimedwait", "EPERM", false, words) else { return };
        start.run().expect(status).silent();
    }
}

/// Without `/proc` entries, init still tells and kills the main child's group.
#[test]
fn survivors_are_told_when_descriptors_run_out() {
    let probe = probe_path();
    let script = format!(
        "'{}' signals & (trap '' TERM; echo ready; exec sleep 1000) & read line; exit 3",
        probe.display()
    );
    let (reader, writer) = pipe();
    let mut run = init(["--grace-period=300ms", "sh", "-c", &script]).stdio(0, reader).start();
    run.expect("ready");
    run.expect("ready");
    let limit = libc::rlimit { rlim_cur: 3, rlim_max: 3 };
    let init = run.pid();
    let nothing = std::ptr::null_mut();
    assert_eq!(unsafe { libc::prlimit(init, libc::RLIMIT_NOFILE, &limit, nothing) }, 0);
    drop(writer);
    run.expect("got 15 ");
    let done = run.finish().expect(3);
    done.one_line("init: kill after the grace period of 300ms: no names from /proc: ");
}
