//! No zombie stays, and a stopped child is not a dead one.

use crate::support::*;

#[test]
fn orphans_by_the_ten_thousand() {
    for first in [true, false] {
        let probe = probe_path();
        let script = format!("'{}' orphans 10000; read line; exit 6", probe.display());
        let (reader, writer) = pipe();
        let mut run = init(["sh", "-c", &script]).as_pid1(first).stdio(0, reader).start();
        run.expect("done");
        let init = run.pid();
        // The last orphans may still run.
        until("the main child alone is left", || children(init).len() == 1);
        drop(writer);
        run.finish().expect(6).silent();
    }
}

#[test]
fn sigchld_ignored_by_the_caller() {
    let run = init(["sh", "-c", "exit 9"]).before_exec(|| unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
    });
    run.run().expect(9).silent();
}

#[test]
fn stopped_and_continued_is_not_dead() {
    for first in [false, true] {
        let mut run = init_probe(&[], &["signals"]).as_pid1(first).start();
        run.expect("ready ");
        let app = run.main_child();
        for _ in 0..3 {
            send(app, libc::SIGSTOP);
            until("it is stopped", || state(app) == Some('T'));
            send(app, libc::SIGCONT);
            run.expect("got 18 ");
        }
        run.signal(libc::SIGTERM);
        run.expect("got 15 ");
        run.finish().expect(0).silent();
    }
}

#[test]
fn warnings_name_what_was_reaped() {
    let script = "(sh -c 'exit 3' &) ; (sh -c 'kill -9 $$' &); read line";
    let (reader, writer) = pipe();
    let mut run = init(["-w", "sh", "-c", script]).stdio(0, reader).start();
    let init = run.pid();
    run.main_child();
    until("both orphans came and went", || {
        // The shell waits for two subshells; their children become init's.
        status_field(init, "voluntary_ctxt_switches").is_some()
            && children(init).len() == 1
            && children(run.main_child()).is_empty()
            && std::fs::read_to_string(format!("/proc/{}/syscall", run.main_child()))
                .is_ok_and(|call| call.starts_with("0 0x0 "))
    });
    drop(writer);
    let done = run.finish().expect(1);
    let reaped =
        done.stderr.lines().filter(|line| line.starts_with("init: reaped process ")).count();
    assert_eq!(reaped, 2, "{done:?}");
    assert!(done.stderr.contains(": exit code 3\n"), "{done:?}");
    assert!(done.stderr.contains(": SIGKILL\n"), "{done:?}");
}

/// A flood of USR1, whose number is lower than SIGCHLD's: the kernel hands it out first, but
/// init must reap all the same.
#[test]
fn a_flood_of_signals_does_not_starve_reaping() {
    let script = "trap '' USR1; (while kill -USR1 $PPID 2>/dev/null; do :; done) & \
                  n=0; while [ $n -lt 200 ]; do (true &); n=$((n+1)); done; exit 5";
    for first in [false, true] {
        let done = init(["--grace-period", "300ms", "sh", "-c", script]).as_pid1(first).run();
        assert_eq!(done.code(), 5, "{done:?}");
    }
}

/// Deaths that are slow to reap, as those of large processes are: init looks for signals between
/// them. strace(1) lets each take 10 ms at least, so the number in a row depends on no clock.
#[test]
fn a_flood_of_deaths_does_not_starve_signals() {
    let test = "a_flood_of_deaths_does_not_starve_signals";
    if !root() || !installed("strace") {
        return skip(test, "needs root, to trace a process, and strace");
    }
    let path = init_path();
    let own = path.file_name().and_then(|name| name.to_str());
    for (words, status) in [(&["-P"][..], 0), (&["sh", "-c", "read x"], 1)] {
        let (reader, writer) = pipe();
        let mut run = init(words).stdio(0, reader).before_exec(|| have_children(48)).start();
        let init = run.pid();
        let others = || {
            let all = children(init).into_iter();
            all.filter(|child| name(*child).as_deref() != Some("sh")).collect::<Vec<_>>()
        };
        until("init waits", || name(init).as_deref() == own && settled(init));
        assert_eq!(others().len(), 48);
        let most = most_deaths_in_a_row(init, || {
            others().into_iter().for_each(|child| send(child, libc::SIGKILL));
            until("they are reaped", || others().is_empty());
        });
        assert!((16..40).contains(&most), "{most} deaths without a look for signals");
        drop(writer);
        if status == 0 {
            run.signal(libc::SIGTERM);
        }
        run.finish().expect(status);
    }
}

/// Makes children that wait for their end.
fn have_children(count: u32) {
    for _ in 0..count {
        unsafe {
            if libc::fork() == 0 {
                // Whoever starts this program waits until its descriptor is closed.
                libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0);
                libc::pause();
                libc::_exit(0);
            }
        }
    }
}

/// How many children init reaps at most between two looks for signals, while `deaths` happen.
fn most_deaths_in_a_row(init: i32, deaths: impl FnOnce()) -> usize {
    let pid = init.to_string();
    let calls = ["-e", "trace=wait4,rt_sigtimedwait", "-e", "inject=wait4:delay_exit=10000"];
    // Its timer takes a place in the signal queue of its user.
    let strace = Start::new("strace", [&["-qq", "-p", &pid][..], &calls].concat());
    let mut strace = User::Root.with_own_queue(strace).start();
    let traced = || status_field(init, "TracerPid").is_some_and(|tracer| tracer != "0");
    until("it is traced", || traced() && settled(init));
    deaths();
    strace.signal(libc::SIGTERM);
    let log = strace.finish().stderr;
    let reaped = |line: &&str| line.starts_with("wait4(-1, [{");
    let turns = log.split("rt_sigtimedwait(");
    turns.map(|turn| turn.lines().filter(reaped).count()).max().unwrap()
}

#[test]
fn without_a_subreaper_orphans_go_elsewhere() {
    let script = "(sleep 1000 & echo started); read line";
    for (option, adopted) in [("--subreaper", true), ("--no-subreaper", false)] {
        let (reader, writer) = pipe();
        let mut run =
            init([option, "--grace-period=0", "sh", "-c", script]).stdio(0, reader).start();
        run.expect("started");
        let init = run.pid();
        let app = run.main_child();
        until("the subshell is gone", || children(app).is_empty());
        assert_eq!(children(init).len() == 2, adopted, "{option}");
        drop(writer);
        run.finish().expect(1).silent();
    }
}

/// The program that exec'd init had a child that has ended already: no SIGCHLD comes for it.
#[test]
fn zombies_from_before_the_start() {
    let probe = probe_path();
    for words in [&["--", probe.to_str().unwrap(), "signals"][..], &["-P"]] {
        let start = init(words).before_exec(|| unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::_exit(0);
            }
            let mut info = std::mem::zeroed();
            libc::waitid(libc::P_PID, child as u32, &mut info, libc::WEXITED | libc::WNOWAIT);
        });
        let mut run = start.start();
        let init = run.pid();
        until("it is reaped", || children(init).iter().all(|child| state(*child) != Some('Z')));
        if words != ["-P"] {
            run.expect("ready ");
        }
        run.signal(libc::SIGTERM);
        run.finish().expect(0).silent();
    }
}
