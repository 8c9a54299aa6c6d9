//! A process of a sandbox is killed at any moment: no process and no mount stays behind.

use crate::support::*;
use std::time::Duration;

/// Options for every step of a set-up; `-q` because root's own map is worth a warning.
pub const EVERYTHING: &[&str] = &[
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
pub fn everything_with_a_root(root: &str) -> Vec<&str> {
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
pub enum Victim {
    Outer,
    Inner,
    App,
}

const VICTIMS: [Victim; 3] = [Victim::Outer, Victim::Inner, Victim::App];

impl Victim {
    /// Its pid, as soon as it runs.
    pub fn pid(self, outer: i32) -> Option<i32> {
        let child = |pid| children(pid).first().copied();
        match self {
            Victim::Outer => Some(outer),
            Victim::Inner => child(outer),
            Victim::App => child(child(outer)?),
        }
    }
}

#[track_caller]
pub fn nobody_is_left(mark: &str) {
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
            let start = user.run(Start::new("strace", words)).unwrap();
            user.with_own_queue(start).run().expect(7).silent();
        }
        // That is inner's business: the app gets no CONT. Where the queue is full, the kernel drops
        // the mark of outer's CONT.
        let script = "trap 'echo CONT' CONT; kill -STOP $PPID; sleep 0.2; kill -STOP $PPID; :";
        let start = user.run(init(["--time", "-q", "--", "sh", "-c", script])).unwrap();
        let done = user.with_own_queue(start).run().expect(0).silent();
        assert_eq!(done.stdout, "", "{user:?}");
    }
}
