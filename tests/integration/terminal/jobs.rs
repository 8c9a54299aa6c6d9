//! Job control: to the shell, init and the main child are one job.

use crate::support::shell::*;
use crate::support::stages::*;
use crate::support::*;

/// As the manual has them.
pub const CASES: &[(&str, Case)] = &[
    ("Ctrl-Z shows a prompt and a stopped job, `fg` continues it", stop_and_foreground),
    ("Ctrl-Z and `bg`, then `fg` and Ctrl-C", background_and_foreground),
    ("a background job that reads is stopped, and `fg` lets it", background_reader),
    ("`kill` ends a stopped job", told_to_end_while_stopped),
    ("Ctrl-Z and `fg` of `init cat | cat`", pipeline),
    ("`init pager` at the end of a pipeline reads the terminal", pager),
    ("another's pager behind `init app` reads the terminal", pager_of_another),
];

/// Types a line that cat(1) repeats: it has the terminal.
#[track_caller]
fn cat_answers(shell: &mut Shell) {
    shell.line("typed");
    shell.expect("typed\r\n");
}

/// Waits until a process waits for what it reads (proc_pid_syscall(5)).
#[track_caller]
fn reads(pid: i32) {
    let read = format!("{} ", libc::SYS_read);
    let call = || std::fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap_or_default();
    until(&format!("{pid} reads"), || call().starts_with(&read) && state(pid) == Some('S'));
}

/// Ctrl-Z shows a stopped job and a prompt, `fg` continues it; again and again.
pub fn stop_and_foreground(stage: &Stage) {
    let mut shell = Shell::start(stage);
    shell.run_under("cat");
    let job = shell.job();
    cat_answers(&mut shell);
    for _ in 0..3 {
        shell.terminal.keys("\x1a");
        shell.prompt();
        in_state(job.main, 'T');
        assert!(shell.run("jobs").contains("Stopped"));
        shell.line("fg");
        shell.lent(job);
        cat_answers(&mut shell);
    }
    shell.terminal.keys("\x04");
    shell.prompt();
    assert_eq!(shell.status(), 0);
    assert!(!shell.run("jobs").contains("cat"));
}

/// `bg` continues it without the terminal; `fg` makes it the job that keys are for.
pub fn background_and_foreground(stage: &Stage) {
    let mut shell = Shell::start(stage);
    shell.run_under("sleep 1000");
    let job = shell.job();
    for _ in 0..2 {
        shell.stop_by_key();
        shell.run("bg");
        in_state(job.main, 'S');
        in_state(job.init, 'S');
        assert!(shell.run("echo a''b").contains("ab\r\n"));
        assert!(shell.run("jobs").contains("Running"));
        shell.line("fg");
        // dash says CONT to a job that runs, bash says nothing: then the terminal is lent
        // to the main child when it wants it.
        if stage.shell == "dash" {
            shell.lent(job);
        } else {
            shell.foreground(job.init);
        }
    }
    shell.terminal.keys("\x03");
    shell.prompt();
    assert_eq!(shell.status(), 130);
}

/// A background job that reads is stopped, as the shell says, and `fg` lets it.
pub fn background_reader(stage: &Stage) {
    let mut shell = Shell::start(stage);
    let under = shell.under("cat");
    shell.line(&format!("{under} &"));
    shell.prompt();
    let job = shell.job();
    in_state(job.main, 'T');
    in_state(job.init, 'T');
    assert!(shell.run("jobs").contains("Stopped"));
    shell.line("fg");
    cat_answers(&mut shell);
    shell.terminal.keys("\x04");
    shell.prompt();
}

/// A stopped job ends when it is told to.
pub fn told_to_end_while_stopped(stage: &Stage) {
    let mut shell = Shell::start(stage);
    shell.run_under("cat");
    let job = shell.job();
    shell.terminal.keys("\x1a");
    shell.prompt();
    in_state(job.main, 'T');
    shell.run("kill %1; kill -CONT %1");
    ended(job.main);
    ended(job.init);
    // It had nothing to hand back: the shell has the foreground.
    shell.run("");
}

/// In a pipeline both members stop, and go on.
pub fn pipeline(stage: &Stage) {
    for after in [" | cat", " | cat | cat"] {
        let mut shell = Shell::start(stage);
        shell.run_under(&format!("cat{after}"));
        let job = shell.job();
        for _ in 0..2 {
            cat_answers(&mut shell);
            // dash hands the terminal to the whole pipeline with each member that it
            // starts: the app has it again once it reads, and is continued then. A key
            // between these two is thrown away, as it is with a shell's `fg`.
            reads(job.main);
            shell.terminal.keys("\x1a");
            shell.prompt();
            in_state(job.main, 'T');
            shell.line("fg");
        }
        cat_answers(&mut shell);
        shell.terminal.keys("\x04");
        shell.prompt();
    }
}

/// At the end of a pipeline, the app reads the terminal by name, as less(1) does.
pub fn pager(stage: &Stage) {
    let mut shell = Shell::start(stage);
    let under = shell.under("sh -c 'cat; read x </dev/tty; echo got:$x'");
    shell.line(&format!("echo data | {under}"));
    shell.expect("data\r\n");
    shell.line("typed");
    shell.expect("got:typed\r\n");
    shell.prompt();
}

/// The other member of the pipeline reads the terminal, while the app has the foreground.
pub fn pager_of_another(stage: &Stage) {
    if stage.subject == nested() {
        return;
    }
    let mut shell = Shell::start(stage);
    shell.run_under(
        "sh -c 'echo data; exec sleep 1000' | sh -c 'read y; read x </dev/tty; echo got:$x'",
    );
    shell.line("typed");
    shell.expect("got:typed\r\n");
    shell.terminal.keys("\x03");
    shell.prompt();
}

/// SIGSTOP for the main child from somewhere else is not init's business.
pub fn stopped_by_somebody(stage: &Stage) {
    if stage.subject.words.is_empty() {
        return;
    }
    let mut shell = Shell::start(stage);
    let under = shell.under("sleep 1000");
    shell.line(&format!("{under} &"));
    shell.prompt();
    let job = shell.job();
    send(job.main, libc::SIGSTOP);
    in_state(job.main, 'T');
    assert!(shell.run("jobs").contains("Running"));
    in_state(job.init, 'S');
    send(job.main, libc::SIGCONT);
    in_state(job.main, 'S');
    shell.run("kill %1");
    ended(job.main);
}

/// In the foreground too, but then the terminal is not left with who cannot use it.
pub fn stopped_by_somebody_in_the_foreground(stage: &Stage) {
    if stage.subject.words.is_empty() {
        return;
    }
    let mut shell = Shell::start(stage);
    shell.run_under("cat");
    cat_answers(&mut shell);
    let job = shell.job();
    // Outside a sandbox, and the inner one of two that are nested.
    let init = if stage.subject == sandboxed() { job.init } else { parent(job.main) };
    for _ in 0..2 {
        send(job.main, libc::SIGSTOP);
        shell.foreground(init);
        in_state(job.main, 'T');
        in_state(init, 'S');
        send(job.main, libc::SIGCONT);
        shell.lent(job);
        cat_answers(&mut shell);
    }
    // Ctrl-Z leaves it to the shell.
    send(job.main, libc::SIGSTOP);
    shell.foreground(init);
    shell.terminal.keys("\x1a");
    shell.prompt();
    assert!(shell.run("jobs").contains("Stopped"));
    shell.line("fg");
    shell.lent(job);
    cat_answers(&mut shell);
    shell.terminal.keys("\x04");
    shell.prompt();
}

#[test]
fn ctrl_z_and_fg() {
    everywhere(stop_and_foreground);
}

#[test]
fn ctrl_z_bg_and_fg() {
    everywhere(background_and_foreground);
}

#[test]
fn a_reader_in_the_background() {
    everywhere(background_reader);
}

#[test]
fn a_stopped_job_is_told_to_end() {
    everywhere(told_to_end_while_stopped);
}

#[test]
fn pipelines() {
    everywhere(pipeline);
}

#[test]
fn pagers() {
    everywhere(pager);
}

#[test]
fn somebody_elses_pager() {
    everywhere(pager_of_another);
}

#[test]
fn a_stop_by_somebody_else() {
    everywhere(stopped_by_somebody);
}

#[test]
fn a_stop_by_somebody_else_in_the_foreground() {
    everywhere(stopped_by_somebody_in_the_foreground);
}
