//! The pause process: it needs no argument, file, `/proc` or capability, and little memory.

use crate::support::*;

const TERM: i32 = libc::SIGTERM;
const INT: i32 = libc::SIGINT;

/// pause as PID 1 of a PID namespace, alone in a read-only root, as an ordinary user.
fn alone(scratch: &Scratch, words: &[&str]) -> Start {
    let dir = scratch.path("");
    copy_program(&init_path(), &scratch.path("pause"));
    let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && \
                  exec unshare --pid --fork --kill-child --root=\"$0\" --setgid=65535 \
                  --setuid=65535 /pause \"$@\"";
    let before = ["--mount", "sh", "-c", script, dir.to_str().unwrap()];
    Start::new("unshare", [&before[..], words].concat())
}

/// The pid of pause in the test's PID namespace.
fn pause_of(run: &mut Running) -> i32 {
    let outer = run.pid();
    let mut found = 0;
    until("pause waits", || {
        found = children(outer).first().copied().unwrap_or_default();
        name(found).as_deref() == Some("pause") && settled(found)
    });
    found
}

#[test]
fn without_anything() {
    if !root() {
        return skip("without_anything", "needs root, to change the root directory");
    }
    for (words, signal) in [(&[][..], TERM), (&[], INT), (&["x", "-z", "--"], TERM)] {
        let scratch = Scratch::new();
        let mut run = alone(&scratch, words).start();
        let pause = pause_of(&mut run);
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(status_field(pause, set).unwrap(), "0000000000000000", "{set}");
        }
        for other in [libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGTSTP, 34, 64] {
            send(pause, other);
        }
        until("it still waits", || settled(pause));
        send(pause, signal);
        run.finish().expect(0).silent();
    }
}

#[test]
fn version() {
    if !root() {
        return skip("version", "needs root, to change the root directory");
    }
    for flag in ["-v", "-V"] {
        let done = alone(&Scratch::new(), &["x", flag]).run().expect(0).silent();
        assert!(done.stdout.starts_with("pause "), "{done:?}");
    }
}

#[test]
fn reaps_orphans_of_everybody_in_its_namespace() {
    if !root() {
        return skip("reaps_orphans_of_everybody_in_its_namespace", "needs root");
    }
    let scratch = Scratch::new();
    let mut run = alone(&scratch, &[]).start();
    let pause = pause_of(&mut run);
    let target = pause.to_string();
    let probe = probe_path();
    let others: Vec<Running> = (0..3)
        .map(|_| {
            let words = ["--target", &target, "--pid", probe.to_str().unwrap(), "orphans", "1000"];
            Start::new("nsenter", words).start()
        })
        .collect();
    for other in others {
        other.finish().expect(0).silent();
    }
    until("no zombie is left", || children(pause).is_empty());
    send(pause, TERM);
    run.finish().expect(0).silent();
}

#[test]
fn elsewhere_than_as_pid_1_it_warns() {
    for name in ["pause", "init", "tini", "dumb-init", "catatonit"] {
        let scratch = Scratch::new();
        let program = scratch.path(name);
        std::os::unix::fs::symlink(init_path(), &program).unwrap();
        let words: &[&str] = if name == "pause" { &[] } else { &["-P"] };
        let mut run = Start::new(&program, words).start();
        let pid = run.pid();
        until("it waits", || descriptors(pid) == [2] && settled(pid));
        run.signal(INT);
        let done = run.finish().expect(0);
        // As a subreaper it reaps, and has nothing to warn about.
        let warns = name == "pause" || name == "tini";
        assert_eq!(done.stderr.lines().count(), usize::from(warns), "{done:?}");
    }
}

/// Rootless podman execs its pause process with all signals ignored.
#[test]
fn started_with_signals_ignored() {
    let scratch = Scratch::new();
    let program = scratch.path("catatonit");
    std::os::unix::fs::symlink(init_path(), &program).unwrap();
    let mut run = Start::new(&program, ["-P"])
        .before_exec(|| {
            for signal in 1..32 {
                unsafe { libc::signal(signal, libc::SIG_IGN) };
            }
        })
        .start();
    let pid = run.pid();
    until("it waits", || descriptors(pid) == [2] && settled(pid));
    run.signal(TERM);
    run.finish().expect(0).silent();
}

/// Kubernetes' own pause, built as it is released (static, with glibc), has 32 KiB of private
/// memory and 690 KiB in all. The stack is not counted, because the environment lies on it.
#[test]
fn weighs_little() {
    let test = "weighs_little";
    if !can_release(test) {
        return;
    }
    let scratch = Scratch::new();
    let program = scratch.path("pause");
    std::os::unix::fs::symlink(released(), &program).unwrap();
    let mut run = Start::new(&program, &[] as &[&str]).start();
    let pid = run.pid();
    until("it waits", || settled(pid));
    let smaps = std::fs::read_to_string(format!("/proc/{pid}/smaps")).unwrap();
    let (mut own, mut resident, mut stack) = (0, 0, false);
    for line in smaps.lines() {
        let mut words = line.split_whitespace();
        match (words.next().unwrap(), words.next().and_then(|word| word.parse::<u32>().ok())) {
            ("Rss:", Some(kib)) if !stack => resident += kib,
            ("Anonymous:", Some(kib)) if !stack => own += kib,
            (field, None) if !field.ends_with(':') => stack = line.ends_with("[stack]"),
            _ => {}
        }
    }
    assert!(own > 0 && own <= 28 && resident <= 400, "{own} of {resident} KiB\n{smaps}");
}

/// A process that the kernel shows to pause, but that is no child of it, as the processes of a
/// pod's other containers are. It says how it ended.
fn beside(pause: i32, options: &[&str], script: &str) -> Running {
    let target = pause.to_string();
    let enter = ["--target", &target, "--pid"];
    // In a session of its own: in the same session, anybody may send CONT.
    let words = [&enter[..], options, &["setsid", "sh", "-c", script]].concat();
    let mut other = Start::new("nsenter", words).start();
    other.expect("ready");
    other
}

const ENDS: &str = "trap 'exit 3' USR1; trap 'echo TERM; exit 4' TERM; echo ready; \
                    while :; do sleep 0.02; done";
const DEAF: &str = "trap 'echo TERM' TERM; trap 'echo CONT' CONT; echo ready; \
                    while :; do sleep 0.02; done";

#[test]
fn told_to_end_it_waits_for_the_others() {
    let test = "told_to_end_it_waits_for_the_others";
    if !root() {
        return skip(test, "needs root");
    }
    // Those that pause may not signal, and its own user's.
    for options in [&[][..], &["--setuid=65535"]] {
        let scratch = Scratch::new();
        let mut run = alone(&scratch, &[]).env("CONTAINER_INIT_GRACE_PERIOD", "15s").start();
        let pause = pause_of(&mut run);
        let mut others = [(); 2].map(|()| beside(pause, options, ENDS));
        send(pause, TERM);
        until("pause has taken it", || settled(pause));
        let [first, second] = others.each_mut().map(Running::main_child);
        send(first, libc::SIGUSR1);
        ended(first);
        until("pause waits for the second", || settled(pause));
        assert!(!run.ended());
        send(second, libc::SIGUSR1);
        for other in others {
            assert_eq!(other.finish().expect(3).stdout, "ready\n", "nobody else told it to end");
        }
        run.finish().expect(0).silent();
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    if !root() {
        return skip("a_second_signal_ends_it_at_once", "needs root");
    }
    for (first, second) in [(TERM, TERM), (INT, TERM), (TERM, INT)] {
        let scratch = Scratch::new();
        let mut run = alone(&scratch, &[]).env("CONTAINER_INIT_GRACE_PERIOD", "1h").start();
        let pause = pause_of(&mut run);
        let other = beside(pause, &[], DEAF);
        send(pause, first);
        until("pause waits", || settled(pause) && !run.ended());
        send(pause, second);
        run.finish().expect(0).silent();
        assert_eq!(other.finish().expect(137).stdout, "ready\n");
    }
}

/// Without `/proc` as well, for there is none in the root of these.
#[test]
fn who_outlives_the_grace_period_is_told_and_has_a_second() {
    let test = "who_outlives_the_grace_period_is_told_and_has_a_second";
    if !root() {
        return skip(test, "needs root");
    }
    let scratch = Scratch::new();
    let mut run = alone(&scratch, &[]).env("CONTAINER_INIT_GRACE_PERIOD", "300ms").start();
    let pause = pause_of(&mut run);
    let own = ["--setuid=65535"];
    let ends = beside(pause, &own, ENDS);
    let deaf = beside(pause, &own, DEAF);
    // nsenter(1) would stop with its child.
    let parent = format!("trap 'wait $!; exit $?' TERM; sh -c \"{ENDS}\" & wait");
    let mut stopped = beside(pause, &own, &parent);
    let stopped_pid = children(stopped.main_child())[0];
    send(stopped_pid, libc::SIGSTOP);
    in_state(stopped_pid, 'T');
    let start = std::time::Instant::now();
    send(pause, TERM);
    let done = run.finish().expect(0).one_line("end with processes left, which the kernel kills");
    assert!(start.elapsed().as_millis() >= 1300, "{done:?}");
    for other in [ends, stopped] {
        assert_eq!(other.finish().expect(4).stdout, "ready\nTERM\n");
    }
    let told = deaf.finish().expect(137).stdout;
    assert!(told.contains("TERM\n") && told.contains("CONT\n"), "{told}");
}

/// Nobody could be told, so there is nothing to wait for.
#[test]
fn who_may_not_be_told_has_the_grace_period_alone() {
    if !root() {
        return skip("who_may_not_be_told_has_the_grace_period_alone", "needs root");
    }
    let scratch = Scratch::new();
    let mut run = alone(&scratch, &[]).env("CONTAINER_INIT_GRACE_PERIOD", "300ms").start();
    let pause = pause_of(&mut run);
    let other = beside(pause, &[], DEAF);
    let start = std::time::Instant::now();
    send(pause, TERM);
    run.finish().expect(0).one_line("end with processes left");
    let took = start.elapsed().as_millis();
    assert!(took >= 300, "{took} ms");
    assert_eq!(other.finish().expect(137).stdout, "ready\n");
}

/// With no grace period it ends as other pause processes do; and so it does elsewhere than as
/// PID 1, where nobody dies with it.
#[test]
fn without_a_grace_period_it_waits_for_nobody() {
    if !root() {
        return skip("without_a_grace_period_it_waits_for_nobody", "needs root");
    }
    let scratch = Scratch::new();
    let mut run = alone(&scratch, &[]).env("CONTAINER_INIT_GRACE_PERIOD", "0").start();
    let pause = pause_of(&mut run);
    let other = beside(pause, &[], DEAF);
    send(pause, TERM);
    run.finish().expect(0).silent();
    assert_eq!(other.finish().expect(137).stdout, "ready\n");

    let program = init_path();
    let words = ["-c", "sleep 1000 & exec \"$0\" -P", program.to_str().unwrap()];
    let mut run = Start::new("sh", words).env("CONTAINER_INIT_GRACE_PERIOD", "1h").start();
    let pid = run.pid();
    until("it waits", || name(pid).as_deref() == Some("init") && settled(pid));
    run.signal(TERM);
    run.finish().expect(0).silent();
}
