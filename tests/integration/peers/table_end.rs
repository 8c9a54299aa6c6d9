//! The cases of the peers' table that are about an end: of the app, of survivors, of init.

use std::os::fd::OwnedFd;

use super::table::{PATIENCE, Peer};
use crate::support::pty::*;
use crate::support::*;

pub fn orphans(peer: &Peer) -> bool {
    let (reader, writer) = pipe();
    let script = format!("'{}' orphans 10000; read line; exit 6", probe_path().display());
    let start = peer.start(&["sh", "-c", &script]).as_pid1(true).stdio(0, OwnedFd::from(reader));
    let mut run = start.start();
    run.line_within(DEADLINE);
    let init = run.pid();
    let reaped = holds_within(DEADLINE, || children(init).len() == 1);
    drop(writer);
    reaped && run.finish_within(PATIENCE) == Some(6)
}

pub fn survivors(peer: &Peer) -> bool {
    let script = "(trap 'echo told; exit' TERM; echo ready; while :; do sleep 0.01; done) & \
                  read line; exit 0";
    let (reader, writer) = pipe();
    let start = peer.start(&["sh", "-c", script]).as_pid1(true).stdio(0, OwnedFd::from(reader));
    let mut run = start.start();
    run.line_within(PATIENCE);
    drop(writer);
    run.line_within(PATIENCE) == Some("told".to_owned())
}

pub fn killed(peer: &Peer) -> bool {
    let mut run = peer.probe(&["signals"]).start();
    run.line_within(PATIENCE);
    let app = run.main_child();
    run.signal(libc::SIGKILL);
    holds_within(PATIENCE, || is_dead(app))
}

pub fn stopped_app(peer: &Peer) -> bool {
    let mut run = peer.ready();
    let app = run.main_child();
    send(app, libc::SIGSTOP);
    until("the app is stopped", || state(app) == Some('T'));
    run.signal(libc::SIGTERM);
    run.finish_within(PATIENCE) == Some(0)
}

/// A shell on a terminal, as of `docker exec -it`. Does the stop end in time, and is the shell
/// told to end?
pub fn open_shell(peer: &Peer) -> (bool, bool) {
    let mut run = peer.start(&["sleep", "1000"]).as_pid1(true).start();
    let (init, app) = (run.pid(), run.main_child());
    until("the app runs", || name(app).as_deref() == Some("sleep"));
    let (init, mut terminal, scratch) = (init.to_string(), Terminal::new(), Scratch::new());
    let shell = ["bash", "--norc", "--noprofile", "--noediting", "-i"];
    let words = [&["--target", &init, "--pid", "--mount", "--"], &shell[..]].concat();
    let _shell = Start::new("nsenter", words).env("PS1", "READY>").on(&terminal).start();
    terminal.expect("READY>");
    let told = scratch.path("told");
    terminal.keys(&format!("trap 'echo >{}; exit' HUP\n", told.display()));
    terminal.expect("READY>");
    run.signal(libc::SIGTERM);
    let in_time = run.finish_within(PATIENCE) == Some(143);
    (in_time, told.exists())
}

/// A master that has left the main child, and tells its worker to end by WINCH. The worker
/// loses its task when it gets TERM itself.
pub fn daemon(peer: &Peer) -> bool {
    let worker = "trap 'echo lost; exit' TERM; trap 'echo finished; exit' WINCH; echo up; \
                  while :; do sleep 0.01; done";
    let master = "sh -c \"$WORKER\" & worker=$!; trap 'kill -WINCH $worker; wait; exit' TERM; \
                  while :; do sleep 0.01; done";
    let script = "setsid sh -c \"$MASTER\" & read line; exit 0";
    let (reader, writer) = pipe();
    let start = peer.start(&["sh", "-c", script]).env("MASTER", master).env("WORKER", worker);
    let mut run = start.as_pid1(true).stdio(0, OwnedFd::from(reader)).start();
    run.line_within(PATIENCE);
    drop(writer);
    run.line_within(PATIENCE) == Some("finished".to_owned())
}
