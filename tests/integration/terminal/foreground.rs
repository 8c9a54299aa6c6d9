//! The terminal's foreground goes to the main child and comes back. Each key reaches the app
//! once.

use nix::sys::termios::LocalFlags;

use crate::support::shell::*;
use crate::support::stages::*;
use crate::support::*;

/// The cases, with their names in the manual.
pub const CASES: &[(&str, Case)] = &[
    ("the app has the foreground from its first instruction on", given_before_the_start),
    ("a script can read again after it, however it ended", handed_back),
    ("a background job takes nothing", not_from_the_background),
    ("Ctrl-C, Ctrl-\\, Ctrl-Z and a resize reach the app once", each_key_once),
    ("an app that a key kills is 130 or 131", keys_that_kill),
    ("end-of-file is one", end_of_input),
    ("the app can read the terminal when it is not stdin", read_by_name),
    ("messages under `stty tostop` stop nobody", messages_under_tostop),
];

/// The probe with these arguments.
fn probe(words: &str) -> String {
    format!("{} {words}", probe_path().display())
}

/// The app has the terminal when it starts. bash may rarely take it away: it looks who has
/// the terminal, and gives it to the job again by what it saw.
pub fn given_before_the_start(stage: &Stage) {
    let mut shell = Shell::start(stage);
    let mut seen = Vec::new();
    for _ in 0..5 {
        shell.run_under(&probe("foreground"));
        seen.push(shell.prompt());
    }
    assert!(seen.iter().filter(|text| *text == "true\r\n").count() > 3, "{seen:?}");
}

/// A script has no job control, and can read again after the job, however that ended.
pub fn handed_back(stage: &Stage) {
    let scratch = Scratch::new();
    let script = scratch.path("script");
    let mut shell = Shell::start(stage);
    for command in ["true", "sh -c 'kill -9 $$'", "/nosuch"] {
        let under = shell.under(command);
        let text = format!("{under} 2>/dev/null\necho ran; read x; echo got:$x\n");
        std::fs::write(&script, text).unwrap();
        shell.line(&format!("sh {}", script.display()));
        shell.expect("ran\r\n");
        shell.line("typed");
        shell.expect("got:typed\r\n");
        shell.prompt();
    }
}

/// The app is a shell that is killed while a job of its own has the foreground. Without a
/// grace period, as under tini, the job keeps the foreground.
pub fn handed_back_by_a_job(stage: &Stage) {
    if stage.subject.name != "init" {
        return;
    }
    let mut shell = Shell::start(stage);
    let under = shell.under("bash --norc -ic 'sleep 1000; true'");
    shell.line(&format!("sh -c \"{under}; echo ran; read x; echo got:\\$x\""));
    let sleep = shell.find("sleep");
    shell.foreground(sleep);
    send(parent(sleep), libc::SIGKILL);
    shell.expect("ran\r\n");
    shell.line("typed");
    shell.expect("got:typed\r\n");
    shell.prompt();
}

/// A background job does not take the terminal.
pub fn not_from_the_background(stage: &Stage) {
    let mut shell = Shell::start(stage);
    let under = shell.under(&probe("foreground"));
    shell.line(&format!("{under} & wait"));
    assert!(shell.prompt().contains("false\r\n"));
    let under = shell.under("sleep 1000");
    shell.line(&format!("{under} &"));
    shell.prompt();
    shell.job();
    assert!(shell.run("echo a''b").contains("ab\r\n"));
}

/// Ctrl-C, Ctrl-\, Ctrl-Z and a new size of the window.
pub fn each_key_once(stage: &Stage) {
    for redirect in ["", " </dev/null"] {
        let mut shell = Shell::start(stage);
        shell.run_under(&format!("{}{redirect}", probe("signals")));
        shell.expect("ready ");
        shell.terminal.set(|settings| settings.local_flags.insert(LocalFlags::NOFLSH));
        let job = shell.job();
        for round in 1..4 {
            for (key, signal) in [("\x03", 2), ("\x1c", 3), ("\x1a", 20)] {
                shell.terminal.keys(key);
                let before = shell.expect(&format!("got {signal} "));
                assert!(!before.contains("got"), "{before:?} before {signal}");
            }
            shell.terminal.resize(24 + round);
            let before = shell.expect("got 28 ");
            assert!(!before.contains("got"), "{before:?} before the resize");
        }
        send(job.main, libc::SIGTERM);
        let before = shell.expect("got 15 ");
        assert!(!before.contains("got"), "{before:?} before the end");
        shell.prompt();
    }
}

/// A key that kills the app: the status tells it, and the prompt is back.
pub fn keys_that_kill(stage: &Stage) {
    let mut shell = Shell::start(stage);
    shell.run("ulimit -c 0");
    for (key, status) in [("\x03", 130), ("\x1c", 131)] {
        shell.run_under("cat");
        shell.job();
        shell.terminal.keys(key);
        shell.prompt();
        assert_eq!(shell.status(), status);
    }
}

/// The app sees the end of its input, on a terminal and on a pipe.
pub fn end_of_input(stage: &Stage) {
    let mut shell = Shell::start(stage);
    shell.run_under("cat");
    shell.line("typed");
    shell.expect("typed\r\n");
    shell.terminal.keys("\x04");
    shell.prompt();
    assert_eq!(shell.status(), 0);
    shell.run_under("cat </dev/null");
    shell.prompt();
    assert_eq!(shell.status(), 0);
}

/// The app opens and reads the terminal, and its standard input is another file.
pub fn read_by_name(stage: &Stage) {
    let mut shell = Shell::start(stage);
    shell.run_under("sh -c 'echo up; read x </dev/tty; echo got:$x' </dev/null");
    shell.expect("up\r\n");
    shell.line("typed");
    shell.expect("got:typed\r\n");
    shell.prompt();
    // A script reads the terminal after the app.
    let under = shell.under("sh -c 'read x </dev/tty' </dev/null");
    shell.line(&format!("sh -c \"{under}; echo ran; read y; echo got:\\$y\""));
    shell.line("first");
    shell.expect("ran\r\n");
    shell.line("second");
    shell.expect("got:second\r\n");
    shell.prompt();
}

/// With `stty tostop` only the foreground group may write. init's own messages with `-v` do
/// not stop init while the app has the foreground.
pub fn messages_under_tostop(stage: &Stage) {
    let mut shell = Shell::start(stage);
    shell.terminal.set(|settings| settings.local_flags.insert(LocalFlags::TOSTOP));
    let under = shell.under_talkative("sh -c 'echo up; read x; exit 3'");
    shell.line(&under);
    shell.expect("up\r\n");
    shell.line("");
    shell.prompt();
    assert_eq!(shell.status(), 3);
}

#[test]
fn the_main_child_starts_in_the_foreground() {
    everywhere(given_before_the_start);
}

#[test]
fn the_foreground_is_handed_back() {
    everywhere(handed_back);
}

#[test]
fn the_foreground_is_handed_back_after_the_survivors() {
    everywhere(handed_back_by_a_job);
}

#[test]
fn a_background_job_takes_nothing() {
    everywhere(not_from_the_background);
}

#[test]
fn what_is_typed_arrives_once() {
    everywhere(each_key_once);
}

#[test]
fn keys_kill() {
    everywhere(keys_that_kill);
}

#[test]
fn input_ends() {
    everywhere(end_of_input);
}

#[test]
fn a_terminal_that_is_not_stdin() {
    everywhere(read_by_name);
}

#[test]
fn messages_from_the_background_stop_nobody() {
    everywhere(messages_under_tostop);
}
