//! A real shell with job control on a terminal, and the subject of a test started from it or
//! in its place.

use std::path::Path;
use std::time::Duration;

use super::containers;
use crate::support::pty::*;
use crate::support::stages::*;
use crate::support::*;

/// Nothing that a test types looks like this.
const PROMPT: &str = "READY>";

/// An interactive shell on a terminal of its own.
pub struct Shell {
    pub terminal: Terminal,
    pub pid: i32,
    stage: Stage,
    /// Its drop ends the shell and all that it started.
    _running: Running,
}

/// What the shell runs: the subject's process and its main child.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    pub init: i32,
    pub main: i32,
}

impl Shell {
    #[track_caller]
    pub fn start(stage: &Stage) -> Shell {
        let terminal = Terminal::new();
        let options: &[&str] = match stage.shell {
            "bash" => &["--norc", "--noprofile", "--noediting", "-i"],
            _ => &["-i"],
        };
        let env = [("PS1", PROMPT), ("PS2", ""), ("HISTFILE", "")];
        let words = [&[stage.shell], options].concat();
        let mark = marker();
        let start = match stage.place {
            Place::Here | Place::Namespace => Start::new(words[0], &words[1..]),
            Place::Run => containers::run(&init_path(), &words, &env, &mark),
            Place::Exec => containers::exec(&words, &env, &mark),
        };
        let start = env.into_iter().fold(start, |start, (key, value)| start.env(key, value));
        let start = start.as_pid1(stage.place == Place::Namespace).marked(&mark);
        let mut running = start.on(&terminal).start();
        let pid = match stage.place {
            Place::Here | Place::Namespace => running.pid(),
            Place::Run | Place::Exec => find_marked(&mark, stage.shell),
        };
        let mut shell = Shell { terminal, pid, stage: stage.clone(), _running: running };
        shell.prompt();
        // The container's own terminal echoes.
        if matches!(stage.place, Place::Run | Place::Exec) {
            shell.run("stty -echo");
        }
        shell
    }

    /// Types a line.
    pub fn line(&mut self, line: &str) {
        self.terminal.keys(&format!("{line}\n"));
    }

    /// Waits for the prompt; returns what appeared before it.
    #[track_caller]
    pub fn prompt(&mut self) -> String {
        let before = self.terminal.expect(PROMPT);
        self.foreground(self.pid);
        before
    }

    /// Types Ctrl-Z until the prompt is there. A shell's `fg` hands over the terminal and then
    /// sends CONT: a Ctrl-Z between the two is undone by the CONT, as without init.
    #[track_caller]
    pub fn stop_by_key(&mut self) {
        for _ in 0..patience().as_secs() {
            self.terminal.keys("\x1a");
            if self.terminal.appears(PROMPT, Duration::from_secs(1)) {
                break;
            }
        }
        self.prompt();
    }

    #[track_caller]
    pub fn expect(&mut self, text: &str) -> String {
        self.terminal.expect(text)
    }

    /// Types a line and returns what appears before the next prompt.
    #[track_caller]
    pub fn run(&mut self, line: &str) -> String {
        self.line(line);
        self.prompt()
    }

    /// Runs a command under the subject, in the foreground.
    pub fn run_under(&mut self, command: &str) -> &mut Shell {
        let words = self.under(command);
        self.line(&words);
        self
    }

    /// The command with the subject's words before it.
    pub fn under(&self, command: &str) -> String {
        self.stage.subject.before("", command)
    }

    /// As [`Shell::under`], with the subject's `--verbose`.
    pub fn under_talkative(&self, command: &str) -> String {
        let subject = &self.stage.subject;
        subject.before(subject.verbose, command)
    }

    /// The job that the shell runs. Waits until the main child has exec'd the command.
    #[track_caller]
    pub fn job(&mut self) -> Job {
        let (shell, name) = (self.pid, self.stage.subject.name.clone());
        let mut job = None;
        until("the job runs", || {
            job = children(shell).into_iter().find_map(|pid| job_of(pid, &name));
            job.is_some()
        });
        job.unwrap()
    }

    /// A descendant of the shell that has this name.
    #[track_caller]
    pub fn find(&self, name: &str) -> i32 {
        let mut found = None;
        until(&format!("{name} runs"), || {
            found = find_below(self.pid, name);
            found.is_some()
        });
        found.unwrap()
    }

    /// The last command's status, from the shell's `$?`.
    #[track_caller]
    pub fn status(&mut self) -> i32 {
        self.line("echo status:$?:");
        self.expect("status:");
        let status = self.expect(":").parse().unwrap();
        self.prompt();
        status
    }

    /// Closes the shell's terminal.
    pub fn hang_up(&mut self) {
        self.terminal = Terminal::new();
    }

    /// Waits until this process's group has the foreground.
    #[track_caller]
    pub fn foreground(&self, pid: i32) {
        let what = format!("{pid} has the foreground");
        until(&what, || self.holder() == group(pid));
    }

    /// Waits until the main child has the foreground; the job, when the main child is in
    /// another session and cannot have it.
    #[track_caller]
    pub fn lent(&self, job: Job) {
        let session = |pid| unsafe { libc::getsid(pid) };
        let lent = session(job.main) == session(self.pid);
        self.foreground(if lent { job.main } else { job.init });
    }

    /// The group that has the foreground of the shell's terminal.
    pub fn holder(&self) -> i32 {
        terminal_holder(self.pid)
    }
}

/// A test that fails prints its processes.
impl Drop for Shell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            show_below(self.pid);
        }
    }
}

fn show_below(pid: i32) {
    let field = |name| status_field(pid, name).unwrap_or_default();
    let [name, state, pending] = ["Name", "State", "ShdPnd"].map(field);
    println!("{pid} in group {}: {name}, {state}, {pending} pending", group(pid));
    children(pid).into_iter().for_each(show_below);
}

/// Field 8 of proc_pid_stat(5).
fn terminal_holder(pid: i32) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.nth(5).map_or(0, |group| group.parse().unwrap())
}

#[track_caller]
fn find_marked(mark: &str, wanted: &str) -> i32 {
    let mut found = None;
    until(&format!("{wanted} runs"), || {
        found = marked(mark).into_iter().find(|pid| name(*pid).is_some_and(|n| n == wanted));
        found.is_some()
    });
    found.unwrap()
}

fn find_below(pid: i32, wanted: &str) -> Option<i32> {
    children(pid).into_iter().find_map(|child| {
        let found = name(child).is_some_and(|name| name == wanted).then_some(child);
        found.or_else(|| find_below(child, wanted))
    })
}

fn job_of(pid: i32, subject: &str) -> Option<Job> {
    if subject.is_empty() {
        // There is no subject: wait until the shell's child has exec'd the command.
        let shells = ["bash", "dash"];
        let command = name(pid).filter(|name| !shells.contains(&name.as_str()));
        return command.map(|_| Job { init: pid, main: pid });
    }
    // An init that enters namespaces execs a copy of itself: before that has taken the old name, a
    // descriptor's number is its name.
    let is_init = |name: String| name == subject || name.bytes().all(|byte| byte.is_ascii_digit());
    if !is_init(name(pid)?) {
        return None;
    }
    let mut main = pid;
    while is_init(name(main)?) {
        main = *children(main).first()?;
    }
    Some(Job { init: pid, main })
}

/// The subject as the session leader of a terminal, without a shell.
pub struct Leader {
    pub terminal: Terminal,
    pub running: Running,
}

impl Leader {
    #[track_caller]
    pub fn start(stage: &Stage, command: &str) -> Leader {
        let terminal = Terminal::new();
        let line = stage.subject.before("", command);
        let words: Vec<&str> = line.split_whitespace().collect();
        let mark = marker();
        let start = match stage.place {
            Place::Here | Place::Namespace => Start::new(words[0], &words[1..]),
            Place::Run => containers::run(Path::new(words[0]), &words[1..], &[], &mark),
            Place::Exec => containers::exec(&words, &[], &mark),
        };
        let start = start.as_pid1(stage.place == Place::Namespace).marked(&mark);
        let running = start.on(&terminal).start();
        Leader { terminal, running }
    }
}
