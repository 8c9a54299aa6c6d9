//! The end: survivors of the main child get TERM, time, and KILL; a warning names each one
//! killed.

use crate::support::*;
use std::time::{Duration, Instant};

/// The grace period of tests in which no survivor may use it up.
const FOREVER: &str = "--grace-period=1h";

fn crowd(options: &[&str], count: u32, what: &str, first: bool) -> Running {
    let count = count.to_string();
    let start = init_probe(options, &["crowd", &count, what, "7"]).as_pid1(first);
    // Without a terminal nobody gets HUP.
    let mut run = start.before_exec(|| _ = nix::unistd::setsid()).start();
    run.expect("crowd");
    run
}

/// init and the probe in a PID namespace of their own, as PID 1 or as a subreaper. No other
/// test's processes are in it.
fn alone(period: &str, probe: &[&str], first: bool) -> Start {
    let (init, path) = (init_path(), probe_path());
    let own = [init.to_str().unwrap(), "--grace-period", period, "--", path.to_str().unwrap()];
    let shell = ["sh", "-c", "\"$@\"; exit $?", "sh"];
    let words = [if first { &[][..] } else { &shell[..] }, &own, probe].concat();
    Start::new(words[0], &words[1..]).as_pid1(true)
}

/// How often the messages about the killed have this name. Other messages are a failure, but
/// that init waits.
#[track_caller]
fn named(done: &Finished, period: &str, name: &str) -> usize {
    let start = format!("init: killed after the grace period of {period}: ");
    let waits = |line: &&str| line.starts_with("init: still waiting for ");
    let lines = done.stderr.lines().filter(|line| !waits(line));
    let lines = lines.map(|line| line.strip_prefix(&start));
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
    // The probe prints a line when it runs. A forked shell that has not exec'd yet still has
    // the trap and would lose the signal.
    let survivor = "finish() { n=0; while [ $n -lt 3000 ]; do n=$((n+1)); echo $n >>work; done; \
                    echo complete >>work; exit; }; trap finish TERM; \
                    \"$PROBE\" signals & while :; do wait; done";
    let script = format!("({survivor}) & read line; exit 7");
    for (option, first, complete) in
        [(FOREVER, true, true), (FOREVER, false, true), ("--grace-period=0", true, false)]
    {
        let _ = std::fs::remove_file(&file);
        let (reader, writer) = pipe();
        let start = init([option, "sh", "-c", &script]).as_pid1(first).stdio(0, reader);
        let start = start.env("PROBE", probe_path().to_str().unwrap());
        let mut run = start.current_dir(&scratch.path("")).start();
        run.expect("ready ");
        drop(writer);
        run.finish().expect(7).calm();
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(text.ends_with("3000\ncomplete\n"), complete, "{option} {first}: {text}");
    }
}

#[test]
fn polite_and_stopped_ones_end_at_once() {
    for what in ["polite", "stopped"] {
        for first in [true, false] {
            crowd(&[FOREVER], 3, what, first).finish().expect(7).calm();
        }
    }
}

#[test]
fn stubborn_ones_die_at_the_deadline_by_name() {
    for what in ["stubborn", "headless"] {
        for first in [true, false] {
            let start = Instant::now();
            let run = crowd(&["--grace-period", "300ms"], 3, what, first);
            let done = run.finish().expect(7).one_line("after the grace period of 300ms: ");
            assert_eq!(named(&done, "300ms", "probe"), 3, "{done:?}");
            assert!(start.elapsed() >= Duration::from_millis(300), "{done:?}");
        }
    }
}

#[test]
fn ten_thousand_survivors() {
    // As many processes take their time to end on a busy machine.
    PATIENCE.set(Duration::from_secs(120));
    for first in [true, false] {
        let scratch = Scratch::new();
        let log = std::fs::File::create(scratch.path("log")).unwrap();
        let mut run =
            alone("2s", &["crowd", "10000", "stubborn", "7"], first).stdio(2, log).start();
        run.expect("crowd");
        let mut done = run.finish().expect(7);
        done.stderr = std::fs::read_to_string(scratch.path("log")).unwrap();
        assert_eq!(named(&done, "2s", "probe"), 10_000);
    }
}

#[test]
fn survivors_that_fork_when_told_to_end() {
    for first in [true, false] {
        let done = crowd(&["--grace-period", "2s"], 3, "forking", first).finish().expect(7);
        assert_eq!(named(&done, "2s", "probe"), 6, "{done:?}");
    }
}

/// Each process lives for a millisecond and leaves one child: a look into `/proc` may come too
/// late for some, and on a busy machine for all.
#[test]
fn survivors_on_the_run() {
    for first in [true, false] {
        let seen = (0..5).any(|_| {
            let mut run = alone("200ms", &["crowd", "5", "fleeing", "7"], first).start();
            run.expect("crowd");
            let done = run.finish().expect(7);
            // Processes born after the last look are not named, but kill(-1) kills them.
            named(&done, "200ms", "probe") >= 1
        });
        assert!(seen, "nobody was named");
    }
}

#[test]
fn the_main_child_ends_last_or_at_the_same_moment() {
    for first in [true, false] {
        let script = "for n in 1 2 3; do sleep 0 & done; wait; exit 4";
        init([FOREVER, "sh", "-c", script]).as_pid1(first).run().expect(4).calm();
        for _ in 0..10 {
            let script = "sleep 1000 & sleep 1000 & echo up; wait";
            let mut run = init([FOREVER, "sh", "-c", script]).as_pid1(first).start();
            run.expect("up");
            let group = run.main_child();
            send(-group, libc::SIGKILL);
            run.finish().expect(137).calm();
        }
    }
}

#[test]
fn signals_during_the_grace_period_go_to_the_survivors() {
    for first in [true, false] {
        let start = init_probe(&[FOREVER], &["crowd", "1", "listening", "7"]).as_pid1(first);
        let mut run = start.with_own_user().start();
        run.expect("crowd");
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
        run.finish().expect(7).calm();
    }
}

/// A child that a survivor starts in answer to TERM is left alone while its parent lives, and
/// gets TERM when the parent is gone.
#[test]
fn newcomers_are_asked_when_their_parents_are_gone() {
    let helper = "trap 'echo told' TERM; n=0; while [ $n -lt 30000 ]; do n=$((n+1)); done";
    let finish = "sh -c \"$HELPER\"; \"$PROBE\" crowd 1 polite 0; exit";
    let wait = "\"$PROBE\" signals & while :; do wait; done";
    let script = format!("(trap '{finish}' TERM; {wait}) &");
    for first in [true, false] {
        let (reader, writer) = pipe();
        let words = [FOREVER, "sh", "-c", &format!("{script} read line; exit 7")];
        let start = init(words).as_pid1(first).env("HELPER", helper);
        let mut run = start.env("PROBE", probe_path().to_str().unwrap()).stdio(0, reader).start();
        run.expect("ready ");
        drop(writer);
        let done = run.finish().expect(7).calm();
        assert!(done.stdout.contains("\ncrowd\n") && !done.stdout.contains("told"), "{done:?}");
    }
}

/// Not PID 1, and without `/proc`: init still finds its children, and orphans as they arrive.
#[test]
fn without_proc() {
    if !root() {
        return skip("without_proc", "needs root, to hide /proc");
    }
    let hide = "mount -t tmpfs none /proc && exec \"$@\"";
    // An orphan in its own session, an orphan in the main child's group, and an orphan that
    // ignores TERM.
    let leaves = "trap 'exit' TERM; setsid \"$PROBE\" signals & while :; do wait; done";
    let in_group = "exec \"$PROBE\" signals";
    let stubborn = "trap '' TERM; echo ready; exec sleep 1000";
    let init = init_path();
    let init = init.to_str().unwrap();
    for (period, before, script) in
        [("1h", "setsid", leaves), ("1h", "", in_group), ("300ms", "setsid", stubborn)]
    {
        let script =
            format!("{before} sh -c '{}' & read line; exit 7", script.replace('\'', "'\\''"));
        let (reader, writer) = pipe();
        let words = ["-m", "--", "sh", "-c", hide, "sh", init, "--grace-period", period];
        let words = [&words[..], &["sh", "-c", &script]].concat();
        let probe = probe_path();
        let start = Start::new("unshare", words).env("PROBE", probe.to_str().unwrap());
        let mut run = start.stdio(0, reader).start();
        run.expect("ready");
        drop(writer);
        let done = run.finish().expect(7);
        if period == "1h" {
            done.calm();
        } else {
            let nameless = "init: kill after the grace period of 300ms: no names from /proc: ";
            assert!(done.stderr.lines().any(|line| line.starts_with(nameless)), "{done:?}");
        }
    }
}

/// A daemon: its group and session are its own, and its parent is gone.
#[test]
fn daemons_are_found() {
    let script = "setsid sh -c 'setsid sleep 1000 & echo up' ; read line; exit 3";
    for first in [true, false] {
        let (reader, writer) = pipe();
        let start = init([FOREVER, "sh", "-c", script]).as_pid1(first).stdio(0, reader);
        let mut run = start.start();
        run.expect("up");
        drop(writer);
        run.finish().expect(3).calm();
    }
}

/// Between the main child's end and the deadline init looks at the survivors up to five times
/// a second, and sleeps.
#[test]
fn a_grace_period_is_no_busy_time() {
    for first in [true, false] {
        let mut run = crowd(&[FOREVER], 3, "listening", first);
        for _ in 0..6 {
            run.expect("got 1");
        }
        assert_rarely_woken(run.pid());
        run.signal(libc::SIGUSR2);
        run.finish().expect(7).calm();
    }
}

#[test]
fn who_may_not_be_signalled_is_named_once() {
    if !root() || !installed("setpriv") {
        return skip("who_may_not_be_signalled_is_named_once", "needs root and setpriv");
    }
    // init has no CAP_KILL, and the survivor is another user's.
    let probe = probe_path();
    let script = format!(
        "setpriv --reuid=54321 --clear-groups '{}' signals & read line; exit 7",
        probe.display()
    );
    let (reader, writer) = pipe();
    let mut run = init([FOREVER, "sh", "-c", &script])
        .stdio(0, reader)
        .before_exec(|| unsafe {
            libc::prctl(libc::PR_CAPBSET_DROP, 5, 0, 0, 0);
        })
        .start();
    run.expect("ready ");
    drop(writer);
    let done = run.finish().expect(7);
    done.one_line("init: not permitted to signal, so not waited for: ");
}
