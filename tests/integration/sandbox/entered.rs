//! The command in namespaces that `--join` has entered: signals, statuses, deaths, the terminal.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::support::places::own;
use crate::support::stages::*;
use crate::support::*;
use crate::terminal::jobs;

/// Every signal comes once, in a PID namespace that is entered too.
#[test]
fn signals_and_statuses() {
    for user in users() {
        let sandbox = Sandbox::start(user, &["--pid", "--mount-proc", "--map-root-user"]);
        let pid = sandbox.pid();
        let probe = probe_path();
        let words = ["--join", &pid, "--", probe.to_str().unwrap(), "signals"];
        let mut run = user.with_own_queue(user.run(init(words)).unwrap()).start();
        run.expect("ready ");
        let queues = user.can_queue("signals_and_statuses");
        for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGUSR1, libc::SIGWINCH, libc::SIGCONT] {
            run.signal(signal);
            run.expect(&format!("got {signal} {} 0", libc::SI_USER));
        }
        for signal in [libc::SIGHUP, libc::SIGUSR1, 64].into_iter().filter(|_| queues) {
            queue(run.pid(), signal, 7);
            run.expect(&format!("got {signal} {} 7", libc::SI_QUEUE));
        }
        run.signal(libc::SIGTERM);
        run.expect("got 15 ");
        run.finish().expect(0).silent();
        for (script, status) in [("exit 7", 7), ("kill -KILL $$", 137), ("kill -TERM $$", 143)] {
            let words = ["--join", &pid, "--", "sh", "-c", script];
            user.run(init(words)).unwrap().run().expect(status).silent();
        }
        user.run(init(["--join", &pid, "nosuch"])).unwrap().run().expect(127);
        let words = ["--join", &pid, "--timeout=100ms", "sleep", "1000"];
        user.run(init(words)).unwrap().run().expect(124);
        assert!(state(sandbox.app).is_some(), "the sandbox goes on");
    }
}

#[test]
fn the_app_dies_with_init_and_the_sandbox_does_not() {
    for user in users() {
        for options in [&["--pid", "--mount-proc"][..], &["--pid"], &["--net", "--pid"]] {
            let sandbox = Sandbox::start(user, options);
            let pid = sandbox.pid();
            let mark = marker();
            let words = ["--join", &pid, "--", "sleep", "1000"];
            let mut run = user.run(init(words).marked(&mark)).unwrap().start();
            let outer = run.pid();
            until("the app runs", || {
                children(outer).first().copied().and_then(name).is_some_and(|name| name == "sleep")
            });
            send(outer, libc::SIGKILL);
            until("the app is gone", || marked(&mark).is_empty());
            run.finish().expect(137);
            assert_eq!(name(sandbox.app).as_deref(), Some("sleep"));
        }
    }
}

/// Who has entered is asked to end like others, also where the visible `/proc` is of the machine,
/// whose process 2 is of the kernel.
#[test]
fn who_has_entered_is_told_of_the_end() {
    for user in users() {
        for options in [&["--pid"][..], &["--pid", "--mount-proc"]] {
            let sandbox = Sandbox::start(user, options);
            let script = "trap 'exit 6' TERM; echo ready; while :; do sleep 0.1; done";
            let words = ["--join", &sandbox.pid(), "--", "sh", "-c", script];
            let mut run = user.run(init(words)).unwrap().start();
            run.expect("ready");
            let mut outer = sandbox.run;
            outer.signal(libc::SIGTERM);
            outer.finish().expect(143);
            run.finish().expect(6);
        }
    }
}

/// Outside of its PID namespace a parent has no number: the child asks the channel.
#[test]
fn an_app_that_is_late_to_look_dies_too() {
    if !installed("strace") {
        return skip("an_app_that_is_late_to_look_dies_too", "needs strace");
    }
    let sandbox = Sandbox::start(User::Root, &["--pid", "--mount-proc"]);
    let mark = marker();
    let inject = "inject=prctl:delay_enter=300000";
    let init = init_path();
    let strace = ["-f", "-qq", "-o", "/dev/null", "-e", inject, "--", init.to_str().unwrap()];
    let pid = sandbox.pid();
    let words = [&strace[..], &["--join", &pid, "/bin/sleep", "1000"]].concat();
    let mut run = User::Root.with_own_queue(Start::new("strace", words).marked(&mark)).start();
    let tracer = run.pid();
    let named = |pid: &i32| name(*pid).is_some_and(|name| name == "init");
    let mut outer = None;
    until("the child asks to be killed with init", || {
        outer = children(tracer).into_iter().find(named);
        let app = outer.and_then(|outer| children(outer).first().copied());
        app.is_some_and(|app| state(app) == Some('t'))
    });
    send(outer.unwrap(), libc::SIGKILL);
    until("all of them are gone", || marked(&mark).is_empty());
    run.finish().expect(137);
}

#[test]
fn on_a_terminal() {
    let sandbox = Sandbox::start(User::Root, &["--pid", "--mount-proc", "--net"]);
    let words = format!("{} --join {} ", own(), sandbox.app);
    for shell in SHELLS {
        for case in [jobs::stop_and_foreground, jobs::background_and_foreground] {
            let subject = Subject { words: words.clone(), ..ours() };
            case(&Stage { subject, shell, place: Place::Here });
        }
    }
}

/// Who is root in the namespaces that are entered may replace what is run there by init itself
/// (CVE-2019-5736), to change the program's file.
#[test]
fn the_program_of_init_is_not_for_who_is_there() {
    let test = "the_program_of_init_is_not_for_who_is_there";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root");
    }
    let attack = b"#!/proc/self/exe\n";
    let target = rootfs.path().join("bin/target");
    make_executable(&target, attack);
    let copy = rootfs.beside("init");
    copy_program(&init_path(), &copy);
    let root = rootfs.word();
    let words = [
        "--pid",
        "--mount-proc",
        "--root",
        &root,
        "-q",
        "--",
        "/bin/sh",
        "-c",
        "echo ready; while :; do for p in /proc/[2-9]*; do grep -q -e init -e target $p/comm && \
         exe=$(readlink $p/exe) && chmod 4755 $p/exe && echo changed $exe; done 2>&-; done",
    ];
    let mut run = init(words).env("PATH", "/bin").start();
    run.expect("ready");
    let app = children(run.main_child())[0];
    let words = ["--join", &app.to_string(), "/bin/target", "--pause"];
    for _ in 0..20 {
        let joined = Start::new(&copy, words).start();
        // What runs there is the copy in memory.
        let line = run.expect("changed ");
        assert!(line.contains("memfd:"), "{line}");
        drop(joined);
        let mode = fs::metadata(&copy).unwrap();
        assert_eq!(mode.mode() & 0o7777, 0o755);
    }
}
