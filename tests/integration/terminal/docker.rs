//! Terminals in containers: `docker run -it` and `docker exec -it` on a terminal of the test's.

use super::{foreground, jobs};
use crate::support::engine::engine;
use crate::support::shell::*;
use crate::support::stages::*;
use crate::support::*;

/// Runs cases in `place`, under init and without an init.
fn in_containers(test: &str, place: Place, cases: &[(&str, Case)]) {
    if engine(test).is_none() {
        return;
    }
    for shell in SHELLS {
        let stage = Stage { subject: ours(), shell, place };
        for (name, case) in cases {
            println!("{name}: {stage:?}");
            case(&stage);
        }
    }
}

#[test]
fn the_foreground_in_a_container() {
    let cases = foreground::CASES;
    in_containers("the_foreground_in_a_container", Place::Exec, cases);
}

#[test]
fn jobs_in_a_container() {
    in_containers("jobs_in_a_container", Place::Exec, jobs::CASES);
}

/// The shell is the main child of PID 1.
#[test]
fn a_shell_as_the_containers_app() {
    let cases = [foreground::CASES[0], jobs::CASES[0], jobs::CASES[1]];
    in_containers("a_shell_as_the_containers_app", Place::Run, &cases);
}

/// An app under init as PID 1, with `docker run -it`.
fn app(subject: Subject, script: &str) -> Leader {
    let stage = Stage { subject, shell: "", place: Place::Run };
    let scratch = Scratch::new();
    let path = scratch.path("app");
    std::fs::write(&path, format!("stty -echo; echo up; {script}")).unwrap();
    let mut leader = Leader::start(&stage, &format!("sh {}", path.display()));
    leader.terminal.expect("up\r\n");
    leader
}

#[test]
fn keys_in_a_container() {
    if engine("keys_in_a_container").is_none() {
        return;
    }
    let mut leader = app(ours(), &format!("exec {} signals", probe_path().display()));
    leader.terminal.expect("ready ");
    for round in 1..4 {
        for (key, signal) in [("\x03", 2), ("\x1c", 3), ("\x1a", 20)] {
            leader.terminal.keys(key);
            let before = leader.terminal.expect(&format!("got {signal} "));
            // The client may pass on the window's size at any moment.
            let got = before.matches("got").count() - before.matches("got 28").count();
            assert_eq!(got, 0, "{before:?} before {signal}");
        }
        leader.terminal.resize(30 + round);
        leader.terminal.expect("got 28 ");
    }
}

#[test]
fn a_windows_size_in_a_container() {
    if engine("a_windows_size_in_a_container").is_none() {
        return;
    }
    let mut leader = app(ours(), "trap 'stty size' WINCH; while :; do sleep 0.01; done");
    for rows in [31, 32, 33] {
        leader.terminal.resize(rows);
        leader.terminal.expect(&format!("{rows} 80\r\n"));
    }
    leader.terminal.keys("\x03");
    leader.running.finish().expect(130);
}

/// As PID 1 init does not stop itself after Ctrl-Z: the app goes on.
#[test]
fn ctrl_z_in_a_container() {
    if engine("ctrl_z_in_a_container").is_none() {
        return;
    }
    let mut new_session = ours();
    new_session.words += "--new-session ";
    for subject in [ours(), new_session] {
        let mut leader = app(subject, "exec cat");
        for word in ["one", "two", "three"] {
            leader.terminal.keys("\x1a");
            leader.terminal.keys(&format!("{word}\n"));
            leader.terminal.expect(&format!("{word}\r\n"));
        }
        leader.terminal.keys("\x04");
        leader.running.finish().expect(0);
    }
}
