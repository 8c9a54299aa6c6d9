//! The order of the end: roots of trees first, older children a second later, everybody else
//! when their parent is gone or at half of the grace period; HUP for terminals; and nobody is
//! waited for whom init may not signal.

use crate::support::pty::*;
use crate::support::*;
use std::time::Duration;

/// The grace period of tests in which no survivor may use it up, or half of it.
const FOREVER: &str = "--grace-period=1h";

/// Long enough for an end that waits for nothing, also on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(10);

/// init with a main child that runs `survivor` in the background, in a shell of its own, waits
/// until it writes `up`, and exits with 7 when the returned pipe is closed.
fn left_behind(options: &[&str], survivor: &str, first: bool) -> (Running, std::io::PipeWriter) {
    let (reader, writer) = pipe();
    let script = "sh -c \"$SURVIVOR\" & read line; exit 7";
    let words = options.iter().copied().chain(["sh", "-c", script]);
    let start = init(words).as_pid1(first).stdio(0, reader);
    let start = start.env("SURVIVOR", survivor).env("WORKER", WORKER);
    let mut run = start.env("PROBE", probe_path().to_str().unwrap()).start();
    run.expect("up");
    (run, writer)
}

/// The main child ends, and the survivors with it.
#[track_caller]
fn end((run, writer): (Running, std::io::PipeWriter)) -> Finished {
    drop(writer);
    run.finish().expect(7)
}

/// It works on a task until the file `$STOP` is there. TERM makes it drop the task.
const WORKER: &str = "trap 'echo dropped; exit' TERM; while [ ! -e \"$STOP\" ]; do sleep 0.01; \
                      done; n=0; while [ $n -lt 100000 ]; do n=$((n+1)); done; echo finished";

/// As celery does: the master lets its workers finish their tasks, and a worker that gets TERM
/// itself drops its task.
#[test]
fn a_master_stops_its_own_workers() {
    for first in [true, false] {
        let scratch = Scratch::new();
        let stop = scratch.path("stop");
        let master = format!(
            "export STOP={}; trap 'touch $STOP; wait; echo master; exit' TERM; \
             for n in 1 2 3; do sh -c \"$WORKER\" & done; echo up; while :; do wait; done",
            stop.display()
        );
        let done = end(left_behind(&[FOREVER], &master, first)).calm();
        assert_eq!(done.stdout, "up\nfinished\nfinished\nfinished\nmaster\n", "{done:?}");
    }
}

/// A shell acts on TERM when its foreground child has ended; that is asked at half of the
/// grace period.
#[test]
fn a_trap_has_half_of_the_grace_period() {
    for first in [true, false] {
        // The shell's trap runs when its foreground child, the probe, has ended.
        let shell = "trap 'echo trapped; exit' TERM; echo up; \"$PROBE\" signals; :";
        let mut left = left_behind(&["--grace-period=6s"], shell, first);
        left.0.expect("ready ");
        let done = end(left);
        assert!(done.stdout.ends_with("\ntrapped\n"), "{done:?}");
        assert!(done.took >= Duration::from_millis(2900), "{done:?}");
    }
}

#[test]
fn trees_of_polite_processes_end_at_once() {
    let shell = "echo up; sleep 1000; :";
    let deep = "(((echo up; sleep 1000; :); :); :); :";
    for first in [true, false] {
        for tree in [shell, deep] {
            let done = end(left_behind(&[FOREVER], tree, first)).calm();
            assert!(done.took < AT_ONCE, "{done:?}");
        }
    }
}

/// Ancestors are looked up once for all of a tree, also outside a PID namespace.
#[test]
fn a_very_deep_tree() {
    for first in [true, false] {
        let deep = "exec \"$PROBE\" chain 1500";
        let done = end(left_behind(&["--grace-period=3s"], deep, first));
        // Everybody is asked at half of the time.
        assert!(done.took < AT_ONCE, "{done:?}");
    }
}

/// A process whose parent dies without a signal to init is found all the same.
#[test]
fn orphans_of_orphans_are_asked() {
    // The middle process ends by itself, and its own parent reaps it.
    let tree = "trap 'echo top; exit' TERM; \
                (sh -c 'trap \"echo bottom; exit\" TERM; while :; do sleep 0.01; done' & \
                echo up; sleep 0.5); while :; do sleep 0.01; done";
    for first in [true, false] {
        let done = end(left_behind(&[FOREVER], tree, first)).calm();
        assert!(done.stdout.contains("top\n") && done.stdout.contains("bottom\n"), "{done:?}");
        assert!(done.took < AT_ONCE, "{done:?}");
    }
}

/// A number that a survivor had which was asked and reaped belongs to another process later.
#[test]
fn a_number_that_comes_again() {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap_or(0));
    let version: (u32, u32) = (numbers.next().unwrap(), numbers.next().unwrap());
    if !root() || version < (6, 14) {
        let why = "needs root, and Linux 6.14, where each PID namespace has its own pid_max";
        return show(&format!("SKIPPED a_number_that_comes_again: {why}\n"));
    }
    // After 399, numbers begin again with 300. All of them were survivors' that are gone.
    let few = "echo 400 >/proc/sys/kernel/pid_max && n=2 && \
               while [ $n -lt 290 ]; do (:); n=$((n+1)); done && exec \"$@\"";
    let last = "trap 'sleep 0.5; until [ $n -ge 300 ] && [ $n -lt 340 ]; do \
                n=$(sh -c \"echo \\$\\$\"); done; \
                (trap \"echo asked; exit\" TERM; echo left; while :; do :; done) & exit' TERM; \
                n=0; echo ready; while :; do :; done";
    let script = "sh -c \"$LAST\" & \"$PROBE\" crowd 90 polite 0; read line; exit 7";
    let (reader, writer) = pipe();
    let init = init_path();
    let words = ["-c", few, "sh", init.to_str().unwrap(), FOREVER, "sh", "-c", script];
    let start = Start::new("sh", words).as_pid1(true).stdio(0, reader).env("LAST", last);
    let mut run = start.env("PROBE", probe_path().to_str().unwrap()).start();
    let mut lines = [run.line(), run.line()];
    lines.sort();
    assert_eq!(lines, ["crowd", "ready"]);
    drop(writer);
    let done = run.finish().expect(7).calm();
    assert!(done.stdout.ends_with("left\nasked\n") && done.took < AT_ONCE, "{done:?}");
}

/// `init` as it is started by a shell that has children already: by `exec`.
fn with_older(older: &str, main: &str, first: bool) -> Start {
    let script = format!("{older} exec \"$INIT\" {FOREVER} -- {main}");
    let start = Start::new("sh", ["-c", &script]).as_pid1(first);
    start.env("INIT", init_path().to_str().unwrap())
}

/// As in `exec init -- app > >(tee log)`: the last lines are in the log.
#[test]
fn an_older_child_reads_to_the_end() {
    for first in [true, false] {
        let scratch = Scratch::new();
        let older = "mkfifo pipe; (while read line; do sleep 0.1; echo $line; done <pipe >log) &";
        let start = with_older(older, "seq 3 >pipe", first).current_dir(&scratch.path(""));
        let done = start.run().expect(0).calm();
        let log = std::fs::read_to_string(scratch.path("log")).unwrap();
        assert_eq!(log, "1\n2\n3\n", "{done:?}");
    }
}

/// As in `redis & exec init -- app`: an older child that does not end by itself is asked after
/// a second.
#[test]
fn an_older_child_is_asked_after_a_second() {
    for first in [true, false] {
        let done = with_older("sleep 1000 &", "true", first).run().expect(0).calm();
        assert!(done.took >= Duration::from_millis(900) && done.took < AT_ONCE, "{done:?}");
    }
}

/// An interactive shell ignores TERM and ends on HUP.
#[test]
fn interactive_shells_end_at_once() {
    let test = "interactive_shells_end_at_once";
    if !root() || !installed("nsenter") {
        return skip(test, "needs root and nsenter");
    }
    let (reader, writer) = pipe();
    let script = "echo up; read line; exit 7";
    let mut run = init([FOREVER, "sh", "-c", script]).as_pid1(true).stdio(0, reader).start();
    run.expect("up");
    let mut terminal = Terminal::new();
    let target = run.pid().to_string();
    let words = ["-t", &target, "-p", "-m", "--", "setsid", "-c", "sh", "-i"];
    let _shell = Start::new("nsenter", words).near(&terminal).env("PS1", "$ ").start();
    terminal.expect("$ ");
    drop(writer);
    let done = run.finish().expect(7).calm();
    assert!(done.took < AT_ONCE, "{done:?}");
}

/// `docker run --user 1000` and `docker exec -u 0`.
#[test]
fn nobody_waits_for_processes_of_others() {
    let test = "nobody_waits_for_processes_of_others";
    if !root() || !installed("setpriv") || !installed("nsenter") {
        return skip(test, "needs root, setpriv and nsenter");
    }
    let scratch = Scratch::new();
    let init = scratch.path("init");
    copy_program(&init_path(), &init);
    let (reader, writer) = pipe();
    let user = ["--reuid=54321", "--clear-groups", init.to_str().unwrap(), FOREVER];
    let words = user.iter().copied().chain(["sh", "-c", "echo up; read line; exit 7"]);
    let mut run = Start::new("setpriv", words).as_pid1(true).stdio(0, reader).start();
    run.expect("up");
    let target = run.pid().to_string();
    let probe = probe_path();
    let words = ["-t", &target, "-p", "-m", "--", probe.to_str().unwrap(), "signals"];
    let mut stranger = Start::new("nsenter", words).start();
    stranger.expect("ready ");
    drop(writer);
    let done = run.finish().expect(7);
    let done = done.one_line("init: not permitted to signal, so not waited for: ");
    assert!(done.stderr.ends_with(" (probe)\n") && done.took < AT_ONCE, "{done:?}");
}

/// A TERM that finds the main child stopped is followed by CONT.
#[test]
fn a_stopped_main_child_ends() {
    for first in [true, false] {
        for options in [&[][..], &["-g"], &["--forward-to=all"]] {
            let words = options.iter().copied().chain(["sh", "-c", "echo up; exec sleep 1000"]);
            let mut run = init(words).as_pid1(first).start();
            run.expect("up");
            let main = run.main_child();
            send(main, libc::SIGSTOP);
            in_state(main, 'T');
            run.signal(libc::SIGTERM);
            run.finish().expect(143).silent();
        }
    }
}

#[test]
fn who_is_waited_for_is_said_after_a_second() {
    for first in [true, false] {
        let survivor = "trap '' TERM; echo up; exec sleep 1000";
        let done = end(left_behind(&["--grace-period=1500ms"], survivor, first));
        let lines: Vec<&str> = done.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{done:?}");
        assert!(lines[0].starts_with("init: still waiting for "), "{done:?}");
        assert!(lines[0].contains(" (sleep): SIGKILL in "), "{done:?}");
        assert!(lines[1].starts_with("init: killed after the grace period of 1500ms: "));
    }
}
