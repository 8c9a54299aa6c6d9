//! Socket activation and readiness pass through init: the descriptors, their names, the pid
//! that they are meant for, and the notify socket.

use crate::support::*;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;

const NAMES: [&str; 7] =
    ["init", "tini", "tini-static", "docker-init", "dumb-init", "catatonit", "podman-init"];

/// A shell that has two listening sockets and execs init under a name. `pid` is the shell's
/// word for LISTEN_PID.
fn passed_to(pid: &str, name: &str, listeners: &[UnixListener; 2], notify: &Path) -> Running {
    let scratch = Scratch::new();
    let init = scratch.path(name);
    std::os::unix::fs::symlink(init_path(), &init).unwrap();
    let script =
        format!("LISTEN_PID={pid} WATCHDOG_PID=$$ exec '{}' -- \"$0\" activated", init.display());
    let [one, other] = listeners.each_ref().map(AsRawFd::as_raw_fd);
    let mut run = Start::new("sh", ["-c", &script, probe_path().to_str().unwrap()])
        .env("LISTEN_FDS", "2")
        .env("LISTEN_FDNAMES", "web:admin")
        // systemd also names the pidfd of init; the app has another.
        .env("LISTEN_PIDFDID", "4711")
        .env("NOTIFY_SOCKET", notify.to_str().unwrap())
        // tini warns that it is no subreaper.
        .env("TINI_VERBOSITY", "0")
        .before_exec(move || unsafe {
            // Either socket may get the descriptor number of the other.
            let copies = [one, other].map(|fd| libc::fcntl(fd, libc::F_DUPFD, 10));
            libc::dup2(copies[0], 3);
            libc::dup2(copies[1], 4);
            let _ = copies.map(|fd| libc::close(fd));
        })
        .start();
    let shell = run.pid();
    until("it is init", || self::name(shell).is_some_and(|name| name != "sh"));
    run
}

#[test]
fn sockets_for_init_reach_the_app() {
    for name in NAMES {
        let scratch = Scratch::new();
        let paths = ["web", "admin"].map(|name| scratch.path(name));
        let listeners = paths.each_ref().map(|path| UnixListener::bind(path).unwrap());
        let notify = UnixDatagram::bind(scratch.path("notify")).unwrap();
        notify.set_read_timeout(Some(DEADLINE)).unwrap();
        let run = passed_to("$$", name, &listeners, &scratch.path("notify"));
        // init has closed the sockets: only the app holds them open.
        drop(listeners);
        let mut ready = [0; 64];
        let length = notify.recv(&mut ready).expect("a word that it is ready");
        assert_eq!(&ready[..length], b"READY=1", "{name}");
        for (path, expected) in paths.iter().zip(["web", "admin"]) {
            let mut greeting = String::new();
            UnixStream::connect(path).unwrap().read_to_string(&mut greeting).unwrap();
            assert_eq!(greeting, expected, "{name}");
        }
        run.finish().expect(0).silent();
        // A child of another test holds the socket between its fork and its exec.
        until("nobody holds the socket", || UnixStream::connect(&paths[0]).is_err());
    }
}

#[test]
fn sockets_for_others_are_left_alone() {
    let scratch = Scratch::new();
    let listeners = ["web", "admin"].map(|name| UnixListener::bind(scratch.path(name)).unwrap());
    for pid in ["1", "99999999", "$$0", "-1", "''", "x"] {
        let done = passed_to(pid, "init", &listeners, &scratch.path("none")).finish().expect(1);
        assert!(done.stdout.starts_with("LISTEN_PID is \""), "{done:?}");
    }
}
