//! Keys between init's start and the app's exec: none is lost, and no process hangs.

use std::time::Duration;

use crate::support::shell::*;
use crate::support::stages::*;
use crate::support::*;

/// A PATH that takes long to search: the main child execs the command late.
fn long_path() -> String {
    format!("{}{}", "/:".repeat(60_000), std::env::var("PATH").unwrap())
}

/// A shell in which `$LONG` is the long PATH.
fn start_shell(stage: &Stage) -> Shell {
    let scratch = Scratch::new();
    let script = scratch.path("long");
    std::fs::write(&script, format!("LONG={}\n", long_path())).unwrap();
    let mut shell = Shell::start(stage);
    shell.run(&format!(". {}", script.display()));
    shell
}

/// Starts `sleep`; returns when the main child has the foreground and has not exec'd yet.
fn start_slowly(shell: &mut Shell) {
    let under = shell.under("sleep 1000");
    let before = shell.holder();
    shell.line(&format!("PATH=$LONG {under}"));
    // The shell gives the foreground to the job: a key before that would be the shell's.
    until("the job has the foreground", || shell.holder() != before);
    // init gives it to the main child. Rarely bash gives it to the job again; then the keys go
    // to init.
    holds_within(Duration::from_secs(2), || {
        let holder = shell.holder();
        holder != before && !children(shell.pid).contains(&holder)
    });
}

/// Ctrl-Z must not stop the main child before its exec: init would wait for the child, and
/// the shell for init.
pub fn stop_before_exec(stage: &Stage) {
    if stage.subject.words.is_empty() {
        return;
    }
    let mut shell = start_shell(stage);
    for _ in 0..2 {
        start_slowly(&mut shell);
        shell.terminal.keys("\x1a");
        shell.prompt();
        assert!(shell.run("jobs").contains("Stopped"));
        shell.line("fg");
        let job = shell.job();
        shell.foreground(job.main);
        shell.terminal.keys("\x03");
        shell.prompt();
        assert_eq!(shell.status(), 130);
    }
}

/// Ctrl-C ends the main child before its exec.
pub fn interrupt_before_exec(stage: &Stage) {
    if stage.subject.words.is_empty() {
        return;
    }
    let mut shell = start_shell(stage);
    start_slowly(&mut shell);
    shell.terminal.keys("\x03");
    shell.prompt();
    assert_eq!(shell.status(), 130);
}

#[test]
fn ctrl_z_before_the_app_runs() {
    everywhere(stop_before_exec);
}

/// A process that becomes the app of a sandbox may share no memory with its parent.
#[test]
fn ctrl_z_before_the_app_of_a_sandbox_runs() {
    for options in ["--uts", "--time"] {
        let words = format!("{} {options} ", init_path().display());
        let subject = Subject { words, ..ours() };
        stop_before_exec(&Stage { subject, shell: "bash", place: Place::Here });
    }
}

#[test]
fn ctrl_c_before_the_app_runs() {
    everywhere(interrupt_before_exec);
}
