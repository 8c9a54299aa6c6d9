//! Processes that cannot act when they are to end: traced by a debugger, or frozen. Stopped ones
//! are in `end::order`.

use std::time::Duration;

use crate::support::*;

const GIVES_UP: &str = "init: ";

/// A tracer that has stopped a process (ptrace(2)); it lets go when it is dropped.
struct Tracer(i32);

impl Tracer {
    fn of(pid: i32) -> Tracer {
        let nothing = std::ptr::null_mut::<u8>();
        unsafe {
            assert_eq!(libc::ptrace(libc::PTRACE_SEIZE, pid, nothing, nothing), 0);
            assert_eq!(libc::ptrace(libc::PTRACE_INTERRUPT, pid, nothing, nothing), 0);
        }
        in_state(pid, 't');
        // It has to be waited for before it can be let go.
        unsafe { libc::waitpid(pid, std::ptr::null_mut(), libc::__WALL) };
        Tracer(pid)
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        let nothing = std::ptr::null_mut::<u8>();
        unsafe {
            libc::ptrace(libc::PTRACE_DETACH, self.0, nothing, nothing);
            // One that was killed meanwhile is the tracer's until this call.
            libc::waitpid(self.0, std::ptr::null_mut(), libc::__WALL | libc::WNOHANG);
        }
    }
}

fn able(test: &str) -> bool {
    if !root() {
        skip(test, "needs root, to trace");
    }
    root()
}

#[test]
fn a_traced_main_child() {
    if !able("a_traced_main_child") {
        return;
    }
    for first in [true, false] {
        let mut run = init_probe(&[], &["signals"]).as_pid1(first).start();
        run.expect("ready ");
        let tracer = Tracer::of(run.main_child());
        run.signal(libc::SIGUSR1);
        run.signal(libc::SIGTERM);
        let init = run.pid();
        until("init has forwarded both", || settled(init));
        drop(tracer);
        run.expect("got ");
        run.finish().expect(0).silent();
    }
}

/// The main child and a survivor, which ignores TERM: its number.
fn with_a_survivor(first: bool) -> (Running, std::io::PipeWriter, i32) {
    let (reader, writer) = pipe();
    let script = "(trap '' TERM; exec sleep 1000) & echo up; read line; exit 7";
    let words = ["--grace-period=300ms", "sh", "-c", script];
    let mut run = init(words).as_pid1(first).stdio(0, reader).start();
    run.expect("up");
    let main = run.main_child();
    let mut survivor = None;
    until("the survivor runs", || {
        survivor = children(main).into_iter().find(|pid| name(*pid).as_deref() == Some("sleep"));
        survivor.is_some()
    });
    (run, writer, survivor.unwrap())
}

/// The kernel shows the death of a traced process to its tracer first: init does not wait for
/// that.
#[test]
fn a_traced_survivor() {
    if !able("a_traced_survivor") {
        return;
    }
    let (run, writer, survivor) = with_a_survivor(false);
    let tracer = Tracer::of(survivor);
    drop(writer);
    let done = run.finish().expect(7);
    assert!(done.stderr.starts_with(GIVES_UP), "{done:?}");
    drop(tracer);
}

/// As PID 1 the kernel lets init's end wait for the tracer.
#[test]
fn a_traced_survivor_in_a_namespace() {
    if !able("a_traced_survivor_in_a_namespace") {
        return;
    }
    let (mut run, writer, survivor) = with_a_survivor(true);
    let init = run.pid();
    let tracer = Tracer::of(survivor);
    drop(writer);
    until("init has ended, as far as it can", || {
        matches!(status_field(init, "State").as_deref(), None | Some("Z (zombie)"))
            || std::fs::read(format!("/proc/{init}/cmdline")).is_ok_and(|line| line.is_empty())
    });
    drop(tracer);
    run.finish().expect(7);
}

#[test]
fn a_frozen_main_child() {
    let Some(cgroup) = Cgroup::with("a_frozen_main_child", "freezer") else { return };
    for first in [true, false] {
        let mut run = init_probe(&[], &["signals"]).as_pid1(first).start();
        run.expect("ready ");
        cgroup.take(run.main_child());
        cgroup.freeze(true);
        run.signal(libc::SIGTERM);
        let init = run.pid();
        until("init has forwarded it", || settled(init));
        cgroup.freeze(false);
        run.expect("got 15 ");
        run.finish().expect(0).silent();
    }
}

/// In version 1 of cgroups not even SIGKILL ends a frozen process: init does not wait for it.
#[test]
fn a_frozen_survivor() {
    let Some(cgroup) = Cgroup::with("a_frozen_survivor", "freezer") else { return };
    let (run, writer, survivor) = with_a_survivor(false);
    cgroup.take(survivor);
    cgroup.freeze(true);
    drop(writer);
    let mut run = run;
    assert!(holds_within(Duration::from_secs(60), || run.ended()), "init runs on");
    cgroup.freeze(false);
    let done = run.finish().expect(7);
    assert!(done.stderr.starts_with(GIVES_UP), "{done:?}");
    ended(survivor);
}
