//! A process of a sandbox is killed at each system call of its start: nothing stays behind.

use std::collections::BTreeSet;

use super::deaths::{EVERYTHING, Victim, everything_with_a_root, nobody_is_left};
use crate::support::*;

/// The system calls of outer, inner and the app up to the app's exec, and how often each is
/// made: the moments at which a test can kill.
fn calls(words: &[&str]) -> BTreeSet<(String, usize)> {
    let scratch = Scratch::new();
    let log = scratch.path("log");
    let init = init_path();
    let strace = ["-f", "-qq", "-o", log.to_str().unwrap(), "--", init.to_str().unwrap()];
    Start::new("strace", strace.iter().chain(words).copied()).run().expect(0);
    let text = std::fs::read_to_string(&log).unwrap();
    let mut counts = std::collections::BTreeMap::new();
    let mut found = BTreeSet::new();
    for line in text.lines().skip(1) {
        let (pid, call) = line.split_once(' ').unwrap();
        let name = call.trim_start().split('(').next().unwrap();
        // init becomes a copy of itself.
        if call.contains("execve(\"/proc/self/fd/") {
            continue;
        }
        if name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            let count = counts.entry((pid, name)).or_insert(0);
            *count += 1;
            found.insert((name.to_owned(), *count));
        }
        // Calls of the app itself.
        if name == "execve" {
            break;
        }
    }
    found
}

/// strace delays the N-th system call of a kind before the kernel sees it. The caller is
/// killed there, or another process of the sandbox is killed meanwhile.
#[test]
fn at_moments_of_system_calls() {
    if !installed("strace") {
        return skip("at_moments_of_system_calls", "needs strace");
    }
    killed_at_every_call(EVERYTHING, 1);
}

/// The same for the mounts of a root, of which each third moment will do.
#[test]
fn at_moments_of_the_mounts_of_a_root() {
    let test = "at_moments_of_the_mounts_of_a_root";
    if !installed("strace") {
        return skip(test, "needs strace");
    }
    let Some(rootfs) = Rootfs::new(test) else { return };
    killed_at_every_call(&everything_with_a_root(&rootfs.word()), 3);
}

/// The same with what confines the app, and a user namespace below inner's.
#[test]
fn at_moments_of_what_confines_the_app() {
    if !installed("strace") {
        return skip("at_moments_of_what_confines_the_app", "needs strace");
    }
    let options = [
        "--pid",
        "--map-root-user",
        "--no-new-user-ns",
        "--setuid=0",
        "--setgid=0",
        "--rlimit=core=0",
        "--clearenv",
        "--cap-drop=ALL",
        "-q",
    ];
    killed_at_every_call(&options, 2);
}

fn killed_at_every_call(options: &[&str], step: usize) {
    let mut host = Host::new();
    let before = host.mounts();
    let points = calls(&[options, &["/bin/true"]].concat());
    let words = [options, &["/bin/sleep", "1000"]].concat();
    assert!(points.len() > 40, "{points:?}");
    let points: Vec<_> = points.into_iter().step_by(step).collect();
    for user in users() {
        for (n, (call, nth)) in points.iter().enumerate() {
            let kill = format!("inject={call}:signal=SIGKILL:when={nth}");
            let hold = format!("inject={call}:delay_enter=30000:when={nth}");
            // Half of them as root, the other half as an ordinary user.
            let turn = usize::from(user == User::Root);
            match n % 2 == turn {
                true => traced(&mut host, user, &kill, &words, None),
                false => traced(&mut host, user, &hold, &words, Some(Victim::Outer)),
            }
            if n % 4 == turn {
                traced(&mut host, user, &hold, &words, Some(Victim::Inner));
            }
        }
    }
    host.has_only(&before);
}

/// Runs init under strace, kills the victim during the delay, and returns who is left.
fn traced(host: &mut Host, user: User, inject: &str, words: &[&str], victim: Option<Victim>) {
    let mark = marker();
    let init = init_path();
    let strace = ["-f", "-qq", "-o", "/dev/null", "-e", inject, "--", init.to_str().unwrap()];
    let start = Start::new("strace", strace.iter().chain(words).copied()).marked(&mark);
    // strace delays by a timer, which takes a place in the signal queue.
    let mut run = host.start(user, user.with_own_queue(start)).start();
    let tracer = run.pid();
    // strace first tests itself on children of its own.
    let is = |pid: i32, wanted| name(pid).is_some_and(|name| name == wanted);
    let held = |pid: &i32| state(*pid) == Some('t');
    // The delayed process may also have been missed.
    until("somebody is held, or the app runs, or all is over", || {
        let Some(outer) = children(tracer).into_iter().find(|pid| is(*pid, "init")) else {
            return run.ended();
        };
        let inner = children(outer).first().copied();
        let app = inner.and_then(|inner| children(inner).first().copied());
        let runs = app.is_some_and(|app| is(app, "sleep"));
        let anybody = [Some(outer), inner, app].iter().flatten().any(held);
        let pid = match victim {
            Some(victim) if anybody || runs => victim.pid(outer),
            None if runs => Some(outer),
            _ => None,
        };
        match pid {
            Some(pid) => {
                unsafe { libc::kill(pid, libc::SIGKILL) };
                true
            }
            None => run.ended(),
        }
    });
    nobody_is_left(&mark);
    let done = run.finish();
    assert!([125, 137].contains(&done.code()), "{user:?} {inject} {victim:?} {done:?}");
}
