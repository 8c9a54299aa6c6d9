//! `docker stop` with people in the container: an open shell, a process of root's, an app that
//! Ctrl-Z has stopped.

use std::time::{Duration, Instant};

use crate::support::engine::*;
use crate::support::pty::*;
use crate::support::*;

/// Far less than the grace period; an engine at work may take a second or two.
const AT_ONCE: Duration = Duration::from_secs(4);

/// Stops the container; returns its status.
#[track_caller]
fn stop_at_once(container: &Container<'_>) -> i32 {
    let start = Instant::now();
    let status = container.stop();
    assert!(start.elapsed() < AT_ONCE, "{:?}: {}", start.elapsed(), container.logs());
    status
}

const APP: [&str; 3] = ["sh", "-c", "echo ready; exec sleep 1000"];

#[test]
fn an_open_shell() {
    let Some(engine) = engine("an_open_shell") else { return };
    let container = engine.start_container(&[], &APP);
    container.wait_for("ready");
    let mut terminal = Terminal::new();
    let words = ["exec", "-it", "-e", "PS1=shell> ", &container.id, "sh"];
    let words: Vec<String> = words.map(str::to_owned).into();
    let client = engine.client(&words).on(&terminal).start();
    terminal.expect("shell> ");
    assert_eq!(stop_at_once(&container), 143);
    assert_eq!(container.logs(), "ready\n");
    drop(client);
}

#[test]
fn a_process_of_somebody_else() {
    let Some(engine) = engine("a_process_of_somebody_else") else { return };
    let container = engine.start_container(&["--user", "1000"], &APP);
    container.wait_for("ready");
    engine.run(&["exec", "--detach", "--user", "0", &container.id, "sleep", "777"]);
    until("it has entered", || container.exec(&["ps"]).contains("sleep 777"));
    assert_eq!(stop_at_once(&container), 143);
    let logs = container.logs();
    assert!(logs.contains("init: not permitted to signal, so not waited for: "), "{logs}");
}

/// Without a terminal, Docker's client forwards Ctrl-Z as a signal, and then Ctrl-C.
#[test]
fn an_app_that_ctrl_z_has_stopped() {
    let Some(engine) = engine("an_app_that_ctrl_z_has_stopped") else { return };
    let container = engine.start_container(&[], &APP);
    container.wait_for("ready");
    engine.run(&["kill", "--signal", "TSTP", &container.id]);
    until("the app is stopped", || container.exec(&["ps", "-o", "stat,args"]).contains("T "));
    assert_eq!(stop_at_once(&container), 143);
}
