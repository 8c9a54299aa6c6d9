//! Job control: for the shell, init and the main child are one job.

use crate::support::pty::Terminal;
use crate::support::shell::*;
use crate::support::stages::*;
use crate::support::*;

/// The cases, with their names in the manual.
pub const CASES: &[(&str, Case)] = &[
    ("Ctrl-Z shows a prompt and a stopped job, `fg` continues it", stop_and_foreground),
    ("Ctrl-Z and `bg`, then `fg` and Ctrl-C", background_and_foreground),
    ("a background job that reads is stopped, and `fg` lets it", background_reader),
    ("`kill` ends a stopped job", told_to_end_while_stopped),
    ("Ctrl-Z and `fg` of `init cat | cat`", pipeline),
    ("`init pager` at the end of a pipeline reads the terminal", pager),
    ("another's pager behind `init app` reads the terminal", pager_of_another),
];

/// Types a line, and cat(1) repeats it: cat has the terminal.
#[track_caller]
fn cat_answers(shell: &mut Shell) {
    shell.line("typed");
    shell.expect("typed\r\n");
}

/// Waits until a process is blocked in read(2) (proc_pid_syscall(5)).
#[track_caller]
fn reads(pid: i32) {
    let read = format!("{} ", libc::SYS_read);
    let call = || std::fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap_or_default();
    until(&format!("{pid} reads"), || call().starts_with(&read) && state(pid) == Some('S'));
}

/// Ctrl-Z stops the job and the prompt comes, `fg` continues the job; several times.
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

/// `bg` continues the job without the terminal; `fg` gives it the terminal.
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
        // dash sends CONT to a job that runs, bash does not: then the main child gets the
        // terminal when it reads.
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

/// A background job that reads is stopped, the shell says so, and after `fg` it can read.
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

/// A stopped job ends when TERM comes.
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
    // The job has no terminal to hand back: the shell has the foreground.
    shell.run("");
}

/// Both members of a pipeline stop and go on together.
pub fn pipeline(stage: &Stage) {
    for after in [" | cat", " | cat | cat"] {
        let mut shell = Shell::start(stage);
        shell.run_under(&format!("cat{after}"));
        let job = shell.job();
        for _ in 0..2 {
            cat_answers(&mut shell);
            // dash gives the terminal to the pipeline's group each time it starts a member.
            // The app gets it back when it reads: it is stopped and continued then, and a
            // key between the two is discarded, as with a shell's `fg`.
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

/// At the end of a pipeline the app opens /dev/tty, as less(1) does.
pub fn pager(stage: &Stage) {
    let mut shell = Shell::start(stage);
    let under = shell.under("sh -c 'cat; read x </dev/tty; echo got:$x'");
    shell.line(&format!("echo data | {under}"));
    shell.expect("data\r\n");
    shell.line("typed");
    shell.expect("got:typed\r\n");
    shell.prompt();
}

/// Another member of the pipeline reads the terminal while the app has the foreground.
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

/// Another process stops the main child with SIGSTOP: init does not stop.
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

/// The same in the foreground: then init takes the terminal back from the stopped process.
pub fn stopped_by_somebody_in_the_foreground(stage: &Stage) {
    if stage.subject.words.is_empty() {
        return;
    }
    let mut shell = Shell::start(stage);
    shell.run_under("cat");
    cat_answers(&mut shell);
    let job = shell.job();
    // The init that stands right before the app, but outer in a sandbox.
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
    // After Ctrl-Z the shell has the terminal.
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

/// In a sandbox without a /proc of its own the numbers in /proc are those of outside.
#[test]
fn ctrl_z_in_a_sandbox_without_a_proc_of_its_own() {
    let test = "ctrl_z_in_a_sandbox_without_a_proc_of_its_own";
    if !root() {
        return skip(test, "needs root, for a sandbox in such a sandbox");
    }
    let mut terminal = Terminal::new();
    let shell = init(["-q", "--pid", "--", "dash", "-i"]).env("PS1", "prompt ");
    let _running = shell.on(&terminal).start();
    terminal.expect("prompt ");
    terminal.keys(&format!("{} -q --pid -- cat\n", init_path().display()));
    terminal.keys("typed\n");
    terminal.expect("typed\r\n");
    for _ in 0..2 {
        terminal.keys("\x1a");
        terminal.expect("prompt ");
        terminal.keys("fg\n");
        terminal.expect("cat\r\n");
        terminal.keys("again\n");
        terminal.expect("again\r\n");
    }
    terminal.keys("\x03");
    terminal.expect("prompt ");
    terminal.keys("echo is $?\n");
    terminal.expect("is 130\r\n");
}
