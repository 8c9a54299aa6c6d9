//! A process of a sandbox is killed at any moment: no process and no mount stays behind.

use crate::support::*;
use std::collections::BTreeSet;
use std::time::Duration;

/// Options for every step of a set-up; `-q` because root's own map is worth a warning.
const EVERYTHING: &[&str] = &[
    "--pid",
    "--mount",
    "--uts",
    "--ipc",
    "--net",
    "--cgroup",
    "--time",
    "--mount-proc",
    "--hostname=box",
    "--domainname=box",
    "--boottime=7",
    "--map-root-user",
    "--propagation=slave",
    "--cap-drop=ALL",
    "--no-new-privs",
    "-q",
];

/// The same with a root, and every kind of mount.
fn everything_with_a_root(root: &str) -> Vec<&str> {
    let more = [
        "--root",
        root,
        "--ipc",
        "--mount-sys",
        "--mount-dev",
        "--bind",
        "/etc",
        "/etc",
        "--ro-bind",
        "/usr",
        "/tmp/usr",
        "--tmpfs",
        "/tmp/t",
        "--read-only",
    ];
    EVERYTHING.iter().copied().chain(more).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Outer,
    Inner,
    App,
}

const VICTIMS: [Victim; 3] = [Victim::Outer, Victim::Inner, Victim::App];

impl Victim {
    /// Its pid, as soon as it runs.
    fn pid(self, outer: i32) -> Option<i32> {
        let child = |pid| children(pid).first().copied();
        match self {
            Victim::Outer => Some(outer),
            Victim::Inner => child(outer),
            Victim::App => child(child(outer)?),
        }
    }
}

#[track_caller]
fn nobody_is_left(mark: &str) {
    until("all of them are gone", || marked(mark).is_empty());
}

#[test]
fn at_random_moments() {
    let mut host = Host::new();
    let before = host.mounts();
    let Some(rootfs) = Rootfs::new("at_random_moments") else { return };
    let root = rootfs.word();
    let with_root = everything_with_a_root(&root);
    let machine = ["--pid", "--mount-proc", "--root", "/", "--mount-dev", "-q"];
    for user in users() {
        for (n, moment) in moments_within(Duration::from_millis(20), 300).enumerate() {
            let victim = VICTIMS[n % 3];
            let mark = marker();
            let options = match n % 4 {
                0 => EVERYTHING,
                1 => &["--pid", "--mount-proc", "-q"],
                2 => &with_root[..],
                _ => &machine,
            };
            let words = [options, &["sh", "-c", "sleep 1000 & sleep 1000"]].concat();
            let mut run = host.start(user, init(words).marked(&mark)).start();
            let outer = run.pid();
            wait(moment);
            let mut killed = None;
            until("it is there to be killed", || {
                killed = victim.pid(outer);
                killed.is_some()
            });
            send(killed.unwrap(), libc::SIGKILL);
            // Before `finish`, which kills all that is left.
            nobody_is_left(&mark);
            let done = run.finish().expect(137);
            if victim == Victim::Inner {
                let words = "init: the init of the sandbox was killed by SIGKILL\n";
                assert_eq!(done.stderr, words, "{user:?} {moment:?} {done:?}");
            }
        }
    }
    host.has_only(&before);
}

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

#[test]
fn hundreds_of_processes_go_too() {
    for user in users() {
        for victim in [Victim::Outer, Victim::Inner] {
            let mark = marker();
            let probe = probe_path();
            let crowd = format!("'{}' crowd 300 stubborn 0; sleep 1000", probe.display());
            let words = ["--pid", "--mount-proc", "sh", "-c", &crowd];
            let mut run = user.run(init(words).marked(&mark)).unwrap().start();
            run.expect("crowd");
            send(victim.pid(run.pid()).unwrap(), libc::SIGKILL);
            nobody_is_left(&mark);
            let done = run.finish().expect(137);
            assert_eq!(done.stderr.is_empty(), victim == Victim::Outer, "{done:?}");
        }
    }
}

/// Without a PID namespace the kernel kills only the app when outer dies.
#[test]
fn the_app_dies_with_outer() {
    for options in [&["--uts"][..], &["--time"]] {
        for user in users() {
            let mark = marker();
            let words = [options, &["sleep", "1000"]].concat();
            let mut run = user.run(init(words).marked(&mark)).unwrap().start();
            let outer = run.pid();
            let app = if options == ["--uts"] { Victim::Inner } else { Victim::App };
            until("the app runs", || {
                app.pid(outer).and_then(name).is_some_and(|name| name == "sleep")
            });
            send(outer, libc::SIGKILL);
            nobody_is_left(&mark);
            run.finish().expect(137);
        }
    }
}

/// The app compares its parent with the number that inner had before the fork: a parent that
/// died at once leaves another number, which the app must not take for its parent's.
#[test]
fn an_app_that_is_late_to_look_for_its_parent_dies_too() {
    if !installed("strace") {
        return skip("an_app_that_is_late_to_look_for_its_parent_dies_too", "needs strace");
    }
    let init = init_path();
    for options in [&["--time"][..], &["--uts"]] {
        let mark = marker();
        // Every look for the parent waits until outer is dead.
        let inject = "inject=getppid:delay_enter=300000";
        let strace = ["-f", "-qq", "-o", "/dev/null", "-e", inject, "--", init.to_str().unwrap()];
        let words = [&strace, options, &["/bin/sleep", "1000"]].concat();
        let start = Start::new("strace", words).marked(&mark);
        // strace delays by a timer, which takes a place in the signal queue.
        let mut run = User::Root.with_own_queue(start).start();
        let tracer = run.pid();
        let named = |pid: &i32| name(*pid).is_some_and(|name| name == "init");
        let app = if options == ["--time"] { Victim::App } else { Victim::Inner };
        let mut outer = None;
        until("the app looks for its parent", || {
            outer = children(tracer).into_iter().find(named);
            outer.and_then(|outer| app.pid(outer)).is_some_and(|pid| state(pid) == Some('t'))
        });
        send(outer.unwrap(), libc::SIGKILL);
        nobody_is_left(&mark);
        run.finish().expect(137);
    }
}

/// Without a PID namespace the app can signal inner. It can kill it, and then dies too, but not
/// keep it stopped, which would keep outer waiting for ever.
#[test]
fn an_inner_that_the_app_stops_goes_on() {
    for user in users() {
        for script in [
            "kill -STOP $PPID; exit 7",
            "kill -STOP $PPID; kill -STOP $PPID; sleep 0.1; kill -STOP $PPID; exit 7",
        ] {
            let start = user.run(init(["--time", "-q", "--", "sh", "-c", script])).unwrap();
            start.run().expect(7).silent();
        }
        // Also before inner can tell outer that the app runs.
        if installed("strace") {
            let init = init_path();
            let strace = ["-f", "-qq", "-o", "/dev/null", "-e", "inject=sendto:delay_enter=200000"];
            let words = ["--", init.to_str().unwrap(), "--time", "-q", "--", "sh", "-c"];
            let words = [&strace, &words[..], &["kill -STOP $PPID; exit 7"]].concat();
            user.run(Start::new("strace", words)).unwrap().run().expect(7).silent();
        }
        // That is inner's business: the app gets no CONT.
        let script = "trap 'echo CONT' CONT; kill -STOP $PPID; sleep 0.2; kill -STOP $PPID; :";
        let start = user.run(init(["--time", "-q", "--", "sh", "-c", script])).unwrap();
        let done = start.run().expect(0).silent();
        assert_eq!(done.stdout, "", "{user:?}");
    }
}
