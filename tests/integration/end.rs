//! The end: survivors of the main child are told, given time, and killed by name.

use crate::harness::*;
use std::time::{Duration, Instant};

/// The grace period of tests in which nobody may need one.
const FOREVER: &str = "--grace-period=1h";

fn crowd(options: &[&str], count: u32, what: &str, first: bool) -> Running {
    let count = count.to_string();
    let mut run = init_probe(options, &["crowd", &count, what, "7"]).as_pid1(first).start();
    run.expect("crowd");
    run
}

/// How often a name stands in what was said about the killed; nothing else may be said.
#[track_caller]
fn named(done: &Finished, period: &str, name: &str) -> usize {
    let start = format!("init: killed after the grace period of {period}: ");
    let lines = done.stderr.lines().map(|line| line.strip_prefix(&start));
    let lines: Option<Vec<&str>> = lines.collect();
    lines
        .unwrap_or_else(|| panic!("{done:?}"))
        .iter()
        .flat_map(|line| line.split(", "))
        .filter(|entry| entry.ends_with(&format!(" ({name})")))
        .count()
}

#[test]
fn survivors_finish_their_work() {
    let scratch = Scratch::new();
    let file = scratch.path("work");
    let survivor = "finish() { n=0; while [ $n -lt 3000 ]; do n=$((n+1)); echo $n >>work; done; \
                    echo complete >>work; exit; }; trap finish TERM; \
                    sleep 1000 & echo up; while :; do wait; done";
    let script = format!("({survivor}) & read line; exit 7");
    for (option, first, complete) in
        [(FOREVER, true, true), (FOREVER, false, true), ("--grace-period=0", true, false)]
    {
        let _ = std::fs::remove_file(&file);
        let (reader, writer) = pipe();
        let start = init([option, "sh", "-c", &script]).as_pid1(first).stdio(0, reader);
        let mut run = start.current_dir(&scratch.path("")).start();
        run.expect("up");
        drop(writer);
        run.finish().expect(7).silent();
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(text.ends_with("3000\ncomplete\n"), complete, "{option} {first}: {text}");
    }
}

#[test]
fn polite_and_stopped_ones_end_at_once() {
    for what in ["polite", "stopped"] {
        for first in [true, false] {
            crowd(&[FOREVER], 3, what, first).finish().expect(7).silent();
        }
    }
}

#[test]
fn stubborn_ones_die_at_the_deadline_by_name() {
    for what in ["stubborn", "headless"] {
        for first in [true, false] {
            let run = crowd(&["--grace-period", "300ms"], 3, what, first);
            // The main child may have ended by now, a moment ago.
            let start = Instant::now();
            let done = run.finish().expect(7).one_line("after the grace period of 300ms: ");
            assert_eq!(named(&done, "300ms", "probe"), 3, "{done:?}");
            assert!(start.elapsed() > Duration::from_millis(200), "{done:?}");
        }
    }
}

#[test]
fn ten_thousand_survivors() {
    for first in [true, false] {
        let scratch = Scratch::new();
        let log = std::fs::File::create(scratch.path("log")).unwrap();
        let mut start = init_probe(&["--grace-period", "2s"], &["crowd", "10000", "stubborn", "7"]);
        start = start.as_pid1(first).stdio(2, log);
        let mut run = start.start();
        run.expect("crowd");
        let mut done = run.finish().expect(7);
        done.stderr = std::fs::read_to_string(scratch.path("log")).unwrap();
        assert_eq!(named(&done, "2s", "probe"), 10_000);
    }
}

#[test]
fn survivors_that_fork_when_told_to_end() {
    for first in [true, false] {
        let done = crowd(&["--grace-period", "300ms"], 3, "forking", first).finish().expect(7);
        assert_eq!(named(&done, "300ms", "probe"), 6, "{done:?}");
    }
}

/// Each lives for some microseconds, and leaves one child: whoever looks comes too late.
#[test]
fn survivors_on_the_run() {
    for first in [true, false] {
        let done = crowd(&["--grace-period", "200ms"], 5, "fleeing", first).finish().expect(7);
        // Who comes to be after the last look has no name; kill(-1) finds them all the same.
        assert!(named(&done, "200ms", "probe") >= 1, "{done:?}");
    }
}

#[test]
fn the_main_child_ends_last_or_at_the_same_moment() {
    for first in [true, false] {
        let script = "for n in 1 2 3; do sleep 0 & done; wait; exit 4";
        init([FOREVER, "sh", "-c", script]).as_pid1(first).run().expect(4).silent();
        for _ in 0..10 {
            let script = "sleep 1000 & sleep 1000 & echo up; wait";
            let mut run = init([FOREVER, "sh", "-c", script]).as_pid1(first).start();
            run.expect("up");
            let group = run.main_child();
            send(-group, libc::SIGKILL);
            run.finish().expect(137).silent();
        }
    }
}

#[test]
fn signals_during_the_grace_period_go_to_the_survivors() {
    for first in [true, false] {
        let mut run = crowd(&[FOREVER], 1, "listening", first);
        run.expect("got 15 ");
        run.expect("got 18 ");
        for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGINT, 64] {
            run.signal(signal);
            run.expect(&format!("got {signal} "));
        }
        let init = run.pid();
        queue(init, 40, 1234);
        run.expect(&format!("got 40 {} 1234", libc::SI_QUEUE));
        run.signal(libc::SIGUSR2);
        run.expect("got 12 ");
        run.finish().expect(7).silent();
    }
}

/// A daemon that has left group and session, and whose parent is gone.
#[test]
fn daemons_are_found() {
    let script = "setsid sh -c 'setsid sleep 1000 & echo up' ; read line; exit 3";
    for first in [true, false] {
        let (reader, writer) = pipe();
        let start = init([FOREVER, "sh", "-c", script]).as_pid1(first).stdio(0, reader);
        let mut run = start.start();
        run.expect("up");
        drop(writer);
        run.finish().expect(3).silent();
    }
}

/// Between the main child's end and the deadline init sleeps.
#[test]
fn a_grace_period_is_no_busy_time() {
    for first in [true, false] {
        let mut run = crowd(&[FOREVER], 3, "listening", first);
        for _ in 0..6 {
            run.expect("got 1");
        }
        assert_still(run.pid());
        run.signal(libc::SIGUSR2);
        run.finish().expect(7).silent();
    }
}

#[test]
fn who_may_not_be_killed_is_told_once() {
    if !root() || !installed("setpriv") {
        return skip("who_may_not_be_killed_is_told_once", "needs root and setpriv");
    }
    // init runs without CAP_KILL as somebody else than the survivor.
    let probe = probe_path();
    let script = format!(
        "setpriv --reuid=54321 --clear-groups '{}' signals & read line; exit 7",
        probe.display()
    );
    let (reader, writer) = pipe();
    let mut run = init(["--grace-period", "200ms", "sh", "-c", &script])
        .stdio(0, reader)
        .before_exec(|| unsafe {
            libc::prctl(libc::PR_CAPBSET_DROP, 5, 0, 0, 0);
        })
        .start();
    run.expect("ready ");
    drop(writer);
    let done = run.finish().expect(7);
    let lines: Vec<&str> =
        done.stderr.lines().map(|line| line.trim_start_matches("init: ")).collect();
    let refused = |signal: &str, line: &str| {
        line.starts_with(&format!("send {signal} to "))
            && line.ends_with(": Operation not permitted")
    };
    // CONT may be sent within a session.
    assert_eq!(lines.len(), 3, "{done:?}");
    assert!(refused("SIGTERM", lines[0]) && refused("SIGKILL", lines[1]), "{done:?}");
    assert!(lines[2].starts_with("give up: "), "{done:?}");
}
