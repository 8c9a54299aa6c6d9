//! Known bugs of tini, dumb-init and catatonit at work: each is shown in the peer and not in
//! ours.

use crate::peers::side_by_side::*;
use crate::support::*;

const TERM: i32 = libc::SIGTERM;
const USR1: i32 = libc::SIGUSR1;

#[test]
fn a_forward_that_is_refused() {
    if !root() {
        return skip("a_forward_that_is_refused", "needs root");
    }
    each(&["tini"], "refused", "a_forward_that_is_refused", |pair, side| {
        // The app becomes another user; without CAP_KILL init may not signal it.
        let probe = probe_path();
        let before = ["-s", "--", "setpriv", "--reuid=54321", "--clear-groups"];
        let words = [&before[..], &[probe.to_str().unwrap(), "signals"]].concat();
        let mut run = pair
            .start(side, &words)
            .before_exec(|| unsafe {
                libc::prctl(libc::PR_CAPBSET_DROP, 5, 0, 0, 0);
            })
            .start();
        run.expect("ready ");
        let init = run.pid();
        let app = run.main_child();
        send(init, USR1);
        if side == Side::Theirs {
            return assert_eq!(run.finish().code(), 1);
        }
        until("it was refused", || settled(init));
        send(app, TERM);
        run.expect("got 15 ");
        let done = run.finish().expect(0);
        assert!(done.stderr.contains("send SIGUSR1: Operation not permitted"), "{done:?}");
    });
}

fn wakeups(pid: i32) -> u64 {
    let field = |name| status_field(pid, name).map_or(0, |text| text.parse().unwrap());
    field("voluntary_ctxt_switches") + field("nonvoluntary_ctxt_switches")
}

#[test]
fn idle_wakeups() {
    let Some(pair) = Pair::of("tini", "idle_wakeups") else { return };
    pair.differs("wakeups");
    let mut runs = SIDES.map(|side| pair.probe(side, &["-s"], &["signals"]).start());
    runs.iter_mut().for_each(|run| drop(run.expect("ready ")));
    let [theirs, ours] = runs.each_mut().map(Running::pid);
    until("ours waits", || settled(ours));
    let before = [theirs, ours].map(wakeups);
    until("theirs has woken twice", || wakeups(theirs) >= before[0] + 2);
    assert_eq!(wakeups(ours), before[1]);
}

#[test]
fn what_the_app_alone_needs() {
    let names = ["tini", "dumb-init", "catatonit"];
    each(&names, "holds", "what_the_app_alone_needs", |pair, side| {
        let scratch = Scratch::new();
        let dir = scratch.path("");
        let start = pair.probe(side, pair.reaping(), &["signals"]).current_dir(&dir);
        let mut run = start
            .before_exec(|| unsafe {
                libc::dup2(0, 17);
            })
            .start();
        run.expect("ready ");
        let init = run.pid();
        until("it waits", || settled(init));
        let open = descriptors(init);
        if side == Side::Theirs {
            assert!(open.contains(&0) && open.contains(&1), "{open:?}");
        } else {
            assert_eq!(open, [2]);
        }
        let cwd = std::fs::read_link(format!("/proc/{init}/cwd")).unwrap();
        let leaves = cwd.to_str() == Some("/");
        match (side, pair.name) {
            (Side::Theirs, "tini") => assert!(!leaves, "{cwd:?}"),
            // catatonit has it since 0.2.
            (Side::Theirs, "catatonit") => {}
            (Side::Theirs | Side::Ours, _) => assert!(leaves, "{cwd:?}"),
        }
    });
}

#[test]
fn queued_values() {
    each(&["tini", "dumb-init", "catatonit"], "values", "queued_values", |pair, side| {
        let start = pair.probe(side, pair.reaping(), &["signals"]).with_own_user();
        let mut run = start.start();
        run.expect("ready ");
        for signal in [USR1, 40] {
            queue(run.pid(), signal, 7);
            run.expect(&match side {
                Side::Theirs => format!("got {signal} 0 0"),
                Side::Ours => format!("got {signal} -1 7"),
            });
        }
    });
}

#[test]
fn a_background_jobs_terminal() {
    use std::os::fd::AsRawFd;
    let names = ["tini", "catatonit"];
    each(&names, "terminal", "a_background_jobs_terminal", |pair, side| {
        let (main, terminal) = pty();
        let program = pair.path(side);
        let options = pair.reaping().join(" ");
        let script = format!("set -m; '{}' {options} sleep 1000 & wait", program.display());
        let start = Start::new("sh", ["-c", &script]).stdio(0, terminal);
        let mut run = start
            .before_exec(|| unsafe {
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY, 0);
            })
            .start();
        let shell = run.pid();
        let init = run.main_child();
        let mut app = None;
        until("the command runs", || {
            app = children(init)
                .first()
                .copied()
                .filter(|app| name(*app).as_deref() == Some("sleep"));
            app.is_some()
        });
        let foreground = unsafe { libc::tcgetpgrp(main.as_raw_fd()) };
        let expected = if side == Side::Theirs { app } else { Some(shell) };
        assert_eq!(Some(foreground), expected);
    });
}

#[test]
fn orphans_when_not_pid_1() {
    each(&["dumb-init"], "orphans", "orphans_when_not_pid_1", |pair, side| {
        let (reader, writer) = pipe();
        let script = "(sleep 1000 & echo started); read line";
        let mut run = pair.start(side, &["sh", "-c", script]).stdio(0, reader).start();
        run.expect("started");
        let init = run.pid();
        let app = run.main_child();
        until("the subshell is gone", || children(app).is_empty());
        assert_eq!(children(init).len() == 2, side == Side::Ours);
        drop(writer);
        run.finish().expect(1).silent();
    });
}

#[test]
fn survivors_of_docker_init() {
    each(&["docker-init"], "survivors", "survivors_of_docker_init", |pair, side| {
        let probe = probe_path();
        // The survivor prints its TERM, or it is killed without a TERM.
        let script = format!("'{}' signals & read line", probe.display());
        let (reader, writer) = pipe();
        let words = ["--", "sh", "-c", &script];
        let mut run = pair.start(side, &words).as_pid1(true).stdio(0, reader).start();
        run.expect("ready ");
        drop(writer);
        let done = run.finish().expect(1);
        assert_eq!(done.stdout.contains("got 15 "), side == Side::Ours, "{done:?}");
    });
}

#[test]
fn killed_outside_a_namespace() {
    let names = ["tini", "dumb-init", "catatonit"];
    each(&names, "killed", "killed_outside_a_namespace", |pair, side| {
        let mut run = pair.probe(side, pair.reaping(), &["signals"]).start();
        run.expect("ready ");
        let app = run.main_child();
        run.signal(libc::SIGKILL);
        if side == Side::Theirs {
            until("it is gone", || run.ended());
            send(app, USR1);
            run.expect("got 10 ");
        } else {
            until("the child is gone", || is_dead(app));
        }
    });
}
