//! No signal is lost: each one that comes in goes out once, with its value.

use crate::support::*;

const TERM: i32 = libc::SIGTERM;

fn forwarded() -> impl Iterator<Item = i32> {
    let not = [libc::SIGKILL, libc::SIGSTOP, libc::SIGCHLD, TERM];
    (1..=64).filter(move |n| !not.contains(n))
}

fn probe_ready(options: &[&str], first: bool) -> Running {
    let mut run = init_probe(options, &["signals"]).as_pid1(first).with_own_user().start();
    run.expect("ready ");
    run
}

fn end(mut run: Running) {
    run.signal(TERM);
    run.expect("got 15 ");
    run.finish().expect(0).silent();
}

#[test]
fn every_signal_once() {
    for first in [false, true] {
        for options in [&[][..], &["-g"], &["--forward-to", "all"]] {
            let mut run = probe_ready(options, first);
            for signal in forwarded() {
                run.signal(signal);
                run.expect(&format!("got {signal} {} 0", libc::SI_USER));
            }
            end(run);
        }
    }
}

#[test]
fn queued_values_in_order() {
    for first in [false, true] {
        for options in [&[][..], &["-g"], &["--forward-to", "all"]] {
            let mut run = probe_ready(options, first);
            let init = run.pid();
            for signal in forwarded() {
                let value = 0xdead_beef_0000 + signal as usize;
                queue(init, signal, value);
                run.expect(&format!("got {signal} {} {value}", libc::SI_QUEUE));
            }
            for value in 0..1000 {
                queue(init, 40, value);
            }
            for value in 0..1000 {
                run.expect(&format!("got 40 {} {value}", libc::SI_QUEUE));
            }
            end(run);
        }
    }
}

#[test]
fn a_group_gets_what_a_group_is_sent() {
    // Two probes in one group; each prints its pid.
    let probe = probe_path();
    let script = format!("'{0}' signals & exec '{0}' signals", probe.display());
    for (options, both) in [(&[][..], false), (&["-g"][..], true), (&["--forward-to=all"], true)] {
        let words: Vec<&str> = options.iter().copied().chain(["sh", "-c", &script]).collect();
        let mut run = init(words).with_own_user().start();
        let ready = [run.expect("ready "), run.expect("ready ")];
        assert_ne!(ready[0], ready[1]);
        run.signal(libc::SIGUSR1);
        run.expect("got 10 ");
        if both {
            run.expect("got 10 ");
        }
        queue(run.pid(), 50, 7);
        run.expect("got 50 -1 7");
        if both {
            run.expect("got 50 -1 7");
        }
        run.signal(TERM);
        run.expect("got 15 ");
        // The other probe is told TERM as a survivor, at the latest.
        run.expect("got 15 ");
        run.finish().expect(0).silent();
    }
}

/// The main child's first group is empty then, and the signals go to the main child.
#[test]
fn a_main_child_that_has_left_its_group_is_found() {
    for first in [false, true] {
        let mut run = init_probe(&["-g"], &["leave"]).as_pid1(first).with_own_user().start();
        run.expect("ready ");
        run.signal(libc::SIGUSR1);
        run.expect("got 10 0 0");
        queue(run.pid(), 50, 7);
        run.expect("got 50 -1 7");
        end(run);
    }
}

#[test]
fn what_was_pending_or_ignored_before_the_start_arrives() {
    let run = init_probe(&[], &["signals"]).before_exec(|| unsafe {
        libc::signal(libc::SIGHUP, libc::SIG_IGN);
        let mask = u64::MAX;
        let nothing: *mut u64 = std::ptr::null_mut();
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &mask, nothing, 8);
        libc::raise(libc::SIGUSR1);
        libc::raise(libc::SIGHUP);
    });
    let mut run = run.start();
    run.expect("ready ");
    let mut got = [run.line(), run.line()];
    got.sort();
    assert!(got[0].starts_with("got 1 ") && got[1].starts_with("got 10 "), "{got:?}");
    end(run);
}

#[test]
fn own_broken_pipe_is_not_forwarded() {
    // -vvv makes init write to a stderr without a reader.
    let (reader, writer) = pipe();
    drop(reader);
    let mut run = init_probe(&["-vvv"], &["signals"]).stdio(2, writer).start();
    run.expect("ready ");
    for signal in [libc::SIGUSR1, libc::SIGPIPE, libc::SIGUSR2] {
        run.signal(signal);
        run.expect(&format!("got {signal} 0 0"));
    }
    end(run);
}

#[test]
fn a_forward_that_is_refused_is_survived() {
    if !root() {
        return skip("a_forward_that_is_refused_is_survived", "needs root");
    }
    // init runs as one user, and setpriv(1) makes the app another user.
    let probe = probe_path();
    let mut run =
        init(["setpriv", "--reuid=54321", "--clear-groups", probe.to_str().unwrap(), "signals"])
            .before_exec(|| unsafe {
                // Without CAP_KILL init may not signal another user's process.
                libc::prctl(libc::PR_CAPBSET_DROP, 5, 0, 0, 0);
                libc::prctl(libc::PR_SET_SECUREBITS, 0, 0, 0, 0);
            })
            .start();
    run.expect("ready ");
    let init = run.pid();
    run.signal(libc::SIGUSR1);
    run.signal(libc::SIGWINCH);
    let app = run.main_child();
    until("both were refused", || {
        status_field(init, "ShdPnd").is_some_and(|p| p == "0000000000000000")
    });
    send(app, TERM);
    run.expect("got 15 ");
    let done = run.finish().expect(0);
    assert!(done.stderr.contains("send SIGUSR1: Operation not permitted"), "{done:?}");
}

/// Between clone and setpgid the main child is in init's group. strace(1) makes this moment
/// long.
#[test]
fn to_the_group_and_to_the_main_child_alone() {
    if !installed("strace") {
        return skip("to_the_group_and_to_the_main_child_alone", "needs strace");
    }
    let [init, probe] = [init_path(), probe_path()].map(|path| path.display().to_string());
    let delay = "inject=setpgid:delay_enter=1000000";
    let strace = ["-DD", "-f", "-qq", "-o", "/dev/null", "-e", "trace=setpgid", "-e", delay];
    let words = [&strace[..], &[&init, "--", &probe, "signals"]].concat();
    // All signals are blocked from the start, so that none kills the app before it listens.
    let start = Start::new("strace", words).before_exec(|| unsafe {
        libc::setsid();
        let all = u64::MAX;
        let nothing: *mut u64 = std::ptr::null_mut();
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &all, nothing, 8);
    });
    let mut run = start.with_own_user().start();
    let init = run.pid();
    let is_init = |pid: &i32| name(*pid).as_deref() == Some("init");
    until("strace has become init", || is_init(&init));
    let mut main = None;
    until("init has a child", || {
        main = children(init).into_iter().find(is_init);
        main.is_some()
    });
    let main = main.unwrap();
    assert_eq!(unsafe { libc::getpgid(main) }, init, "too late");
    send(-init, libc::SIGUSR1);
    send(main, libc::SIGUSR2);
    run.expect("ready ");
    let mut got = [run.line(), run.line()];
    got.sort();
    assert_eq!(got, ["got 10 0 0", "got 12 0 0"]);
    end(run);
}
