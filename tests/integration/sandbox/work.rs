//! The plain init's options work in a sandbox too; nested sandboxes.

use crate::support::engine::engine;
use crate::support::*;

const SANDBOX: [&str; 2] = ["--pid", "--mount-proc"];

fn words<'a>(options: &[&'a str], command: &[&'a str]) -> Vec<&'a str> {
    [&SANDBOX, options, &["--"], command].concat()
}

#[test]
fn every_signal_once_through_outer() {
    for options in [
        &["--pid"][..],
        &["--pid", "--mount-proc", "-g"],
        &["--pid", "--mount-proc", "--forward-to=all"],
        &["--time"],
        &["--uts"],
    ] {
        probe_as_each(options, &["signals"], |user, start| {
            let mut run = user.with_own_queue(start).start();
            run.expect("ready ");
            let kept = [libc::SIGKILL, libc::SIGSTOP, libc::SIGCHLD, libc::SIGTERM];
            for signal in (1..=64).filter(|n| !kept.contains(n)) {
                run.signal(signal);
                run.expect(&format!("got {signal} {} 0", libc::SI_USER));
                let value = 0xbeef_0000 + signal as usize;
                queue(run.pid(), signal, value);
                let line = run.expect(&format!("got {signal} {} ", libc::SI_QUEUE));
                assert!(line.ends_with(&format!(" {value}")), "{user:?} {options:?}: {line}");
            }
            run.signal(libc::SIGTERM);
            run.expect("got 15 ");
            run.finish().expect(0).silent();
        });
    }
}

#[test]
fn a_signal_to_the_group_of_outer_comes_once() {
    probe_as_each(&["--pid"], &["signals"], |user, start| {
        let start = user.with_own_queue(start).before_exec(|| unsafe {
            libc::setpgid(0, 0);
        });
        let mut run = start.start();
        run.expect("ready ");
        let group = -run.pid();
        for n in 0..20 {
            send(group, 40);
            run.expect("got 40 ");
            queue(run.pid(), 41, n);
            run.expect(&format!("got 41 -1 {n}"));
        }
        run.signal(libc::SIGTERM);
        run.expect("got 15 ");
        run.finish().expect(0).silent();
    });
}

/// The kernel signals input on outer's channel with SIGIO when the signal queue is full. This
/// SIGIO is no signal for the app.
#[test]
fn a_full_signal_queue_does_not_reach_the_app() {
    for _ in 0..50 {
        as_each(&["--pid", "--time", "-q", "--", "sh", "-c", "exit 7"], |_, start| {
            let start = start.before_exec(|| unsafe {
                let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
                libc::setrlimit(libc::RLIMIT_SIGPENDING, &none);
            });
            start.run().expect(7).silent();
        });
    }
}

#[test]
fn survivors_have_their_grace_period_inside() {
    let options = ["--pid", "--mount-proc", "--grace-period=30s"];
    probe_as_each(&options, &["crowd", "20", "polite", "3"], |_, start| {
        let done = start.run().expect(3).silent();
        assert!(done.took < patience(), "{done:?}");
    });
    let options = ["--pid", "--mount-proc", "--grace-period=100ms"];
    probe_as_each(&options, &["crowd", "3", "stubborn", "4"], |_, start| {
        let done = start.run().expect(4);
        assert!(done.stderr.contains("killed after the grace period of 100ms: "), "{done:?}");
    });
    probe_as_each(
        &["--pid", "--grace-period=0"],
        &["crowd", "300", "stubborn", "5"],
        |_, start| {
            start.run().expect(5);
        },
    );
}

#[test]
fn deadlines_are_kept_inside() {
    as_each(&words(&["--timeout=100ms"], &["sleep", "1000"]), |_, start| {
        start.run().expect(124);
    });
    let probe = probe_path();
    let signals = [probe.to_str().unwrap(), "signals"];
    as_each(
        &words(&["--kill-after=50ms"], &["sh", "-c", "trap '' TERM; echo up; sleep 1000"]),
        |_, start| {
            let mut run = start.start();
            run.expect("up");
            run.signal(libc::SIGTERM);
            run.finish().expect(137);
        },
    );
    as_each(&words(&["--rewrite=HUP:USR1", "--delay=40=1h"], &signals), |user, start| {
        let mut run = user.with_own_queue(start).start();
        run.expect("ready ");
        run.signal(libc::SIGHUP);
        run.expect("got 10 ");
        // The second signal releases the first.
        run.signal(40);
        run.signal(40);
        run.expect("got 40 ");
        run.signal(libc::SIGTERM);
        run.expect("got 15 ");
        run.finish().expect(0).silent();
    });
    as_each(
        &words(&["--wait-all"], &["sh", "-c", "(sleep 0.3; echo late) & exit 3"]),
        |_, start| {
            assert_eq!(start.run().expect(3).silent().stdout, "late\n");
        },
    );
}

#[test]
fn the_report_is_of_the_app() {
    for user in users() {
        let scratch = Scratch::new();
        std::fs::set_permissions(
            scratch.path(""),
            std::os::unix::fs::PermissionsExt::from_mode(0o777),
        )
        .unwrap();
        let file = scratch.path("report");
        let report = ["--report", file.to_str().unwrap()];
        let read = || std::fs::read_to_string(&file).unwrap();
        user.run(init(words(&report, &["sh", "-c", "kill -9 $$"]))).unwrap().run().expect(137);
        let text = read();
        assert!(text.contains("\"pid\":2,") && text.contains("\"signal\":9"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        user.run(init(words(&report, &["nosuch"]))).unwrap().run().expect(127);
        let text = read();
        assert!(text.contains("\"reason\":\"not_started\"") && text.lines().count() == 1, "{text}");
        // With and without an inner, in a process of its own that was to become the app.
        for option in ["--uts", "--time"] {
            let words = [&[option][..], &report, &["--", "nosuch"]].concat();
            let stderr = user.run(init(words)).unwrap().run().expect(127).stderr;
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            let text = read();
            assert!(text.contains("\"reason\":\"not_started\""), "{text}");
        }
    }
}

#[test]
fn closed_standard_descriptors_stay_closed() {
    let script = "for n in 0 1 2 3; do (exec 9<&$n) 2>&- && exit 1; done; exit 0";
    for options in [&SANDBOX[..], &["--uts"], &["--time"]] {
        as_each(&[options, &["--", "sh", "-c", script]].concat(), |_, start| {
            let start = start.before_exec(|| unsafe {
                (0..3).for_each(|fd| {
                    libc::close(fd);
                });
            });
            start.run().expect(0);
        });
    }
}

#[test]
fn five_deep() {
    let (init, probe) = (init_path(), probe_path());
    let level = [init.to_str().unwrap(), "--pid", "--mount", "--uts", "--mount-proc", "-q"];
    let level = [&level[..], &["--map-root-user", "--"]].concat();
    let all = [&level[1..], &level, &level, &level, &level].concat();
    as_each(&[&all[..], &[probe.to_str().unwrap(), "signals"]].concat(), |user, start| {
        let mut run = user.with_own_queue(start).start();
        run.expect("ready 2");
        if user.can_queue("five_deep") {
            queue(run.pid(), 50, 7);
            run.expect("got 50 -1 7");
        }
        run.signal(libc::SIGUSR1);
        run.expect("got 10 ");
        run.signal(libc::SIGTERM);
        run.expect("got 15 ");
        run.finish().expect(0).silent();
    });
}

#[test]
fn five_deep_in_a_container() {
    let Some(engine) = engine("five_deep_in_a_container") else { return };
    let level = ["/usr/bin/init", "--pid", "--mount", "--uts", "--mount-proc", "-q"];
    let level = [&level[..], &["--map-root-user", "--"]].concat();
    let all = [&level[1..], &level, &level, &level, &level, &["sh", "-c", "echo $$; exit 7"]];
    let free =
        ["seccomp=unconfined", "systempaths=unconfined"].map(|o| format!("--security-opt={o}"));
    let run = |options: &[&str]| {
        let more = [&free[0], &free[1], "--entrypoint=/usr/bin/init"];
        let container = engine.start_container(&[options, &more].concat(), &all.concat());
        (container.wait(), container.logs())
    };
    let well = (7, "2\n".to_owned());
    assert_eq!(run(&["--user=0"]), well);
    assert_eq!(run(&["--user=1000", "--cap-drop=ALL"]), well);
    let (status, logs) = run(&["--user=0", "--cap-drop=ALL"]);
    assert!(status == 125 && logs.contains("(mapping user 0 needs CAP_SETFCAP; "), "{logs}");
}
