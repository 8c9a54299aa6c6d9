//! A terminal for a test: what is typed on it, what appears on it, who has its foreground,
//! and a real shell with job control that is its user.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use crate::containers;
use crate::harness::*;

/// The emulator's side of a pseudo-terminal, without echo: what appears was written.
pub struct Terminal {
    emulator: File,
    /// Keeps the settings and what was written while nobody has the terminal open.
    program: OwnedFd,
    seen: String,
    /// Up to here it was waited for.
    read_to: usize,
}

impl Terminal {
    pub fn new() -> Terminal {
        let (emulator, program) = pty();
        let terminal = Terminal { emulator, program, seen: String::new(), read_to: 0 };
        terminal.set(|settings| settings.local_flags.remove(LocalFlags::ECHO));
        terminal
    }

    /// Changes the settings, as stty(1) would.
    pub fn set(&self, change: impl FnOnce(&mut Termios)) {
        let mut settings = tcgetattr(&self.program).unwrap();
        change(&mut settings);
        tcsetattr(&self.program, SetArg::TCSANOW, &settings).unwrap();
    }

    /// The program's side, once more.
    pub fn open(&self) -> OwnedFd {
        self.program.try_clone().unwrap()
    }

    /// Types; a control character is the key that makes it.
    pub fn keys(&mut self, keys: &str) {
        self.emulator.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this appears, after all that was waited for before; returns what came
    /// in between.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> String {
        let start = std::time::Instant::now();
        loop {
            if let Some(at) = self.seen[self.read_to..].find(text) {
                let before = self.seen[self.read_to..][..at].to_owned();
                self.read_to += at + text.len();
                return before;
            }
            let late = start.elapsed() > patience();
            assert!(!late, "no {text:?} appears: {:?}", &self.seen[self.read_to..]);
            self.read();
        }
    }

    /// Takes what is there, or waits a moment for it.
    fn read(&mut self) {
        let fd = unsafe { BorrowedFd::borrow_raw(self.emulator.as_raw_fd()) };
        let mut ready = [PollFd::new(fd, PollFlags::POLLIN)];
        if poll(&mut ready, PollTimeout::from(10_u8)) == Ok(1) {
            let mut bytes = [0; 4096];
            let n = self.emulator.read(&mut bytes).unwrap_or(0);
            self.seen += &String::from_utf8_lossy(&bytes[..n]);
        }
    }

    /// The foreground process group; 0 when it has no session.
    pub fn foreground(&self) -> i32 {
        let mut group = 0;
        unsafe { libc::ioctl(self.emulator.as_raw_fd(), libc::TIOCGPGRP, &mut group) };
        group
    }

    /// Makes the window this high.
    pub fn resize(&self, rows: u16) {
        let size = libc::winsize { ws_row: rows, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let fd = self.emulator.as_raw_fd();
        assert_eq!(unsafe { libc::ioctl(fd, libc::TIOCSWINSZ, &size) }, 0);
    }
}

/// A test that fails shows its terminals.
impl Drop for Terminal {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.read();
            let (before, after) = self.seen.split_at(self.read_to);
            println!("foreground {}, seen:\n{before}\n-- and then:\n{after}", self.foreground());
        }
    }
}

impl Start {
    /// Makes it the leader of a session on this terminal.
    pub fn on(self, terminal: &Terminal) -> Start {
        self.near(terminal).before_exec(|| unsafe {
            libc::setsid();
            libc::ioctl(0, libc::TIOCSCTTY, 0);
        })
    }

    /// Gives it this terminal, which is not that of its session.
    pub fn near(self, terminal: &Terminal) -> Start {
        (0..3).fold(self, |start, fd| start.stdio(fd, terminal.open()))
    }
}

/// Who is tested, and what for: the words before the command, and what its process is
/// called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub words: String,
    pub name: String,
    /// The option that makes it say what it does.
    pub verbose: &'static str,
}

impl Subject {
    /// The command with the subject's words and options before it.
    pub fn before(&self, options: &str, command: &str) -> String {
        // Some look for options behind the command as well.
        let end = if self.words.is_empty() { "" } else { "-- " };
        format!("{}{options}{end}{command}", self.words)
    }
}

/// Where it is tested.
#[derive(Clone, Debug)]
pub struct Stage {
    pub subject: Subject,
    /// `bash` or `dash`.
    pub shell: &'static str,
    pub place: Place,
}

/// Where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// As the test does.
    Here,
    /// As PID 1 of a PID namespace.
    Namespace,
    /// In a container that init is PID 1 of: `docker run -it`.
    Run,
    /// In a container that is there: `docker exec -it`.
    Exec,
}

/// Distinct from whatever is typed.
const PROMPT: &str = "READY>";

/// An interactive shell on a terminal of its own.
pub struct Shell {
    pub terminal: Terminal,
    pub pid: i32,
    stage: Stage,
    /// Ends it, and all that it started.
    _running: Running,
}

/// What a shell was told to run: the subject's process and its main child.
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
        // A container has a terminal of its own, with an echo.
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

    #[track_caller]
    pub fn expect(&mut self, text: &str) -> String {
        self.terminal.expect(text)
    }

    /// Types a line and returns what it makes appear.
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

    /// As [`Shell::under`], and the subject says what it does.
    pub fn under_talkative(&self, command: &str) -> String {
        let subject = &self.stage.subject;
        subject.before(subject.verbose, command)
    }

    /// What the shell runs: waits until the main child has become the command.
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

    /// A process below the shell that is called so.
    #[track_caller]
    pub fn find(&self, name: &str) -> i32 {
        let mut found = None;
        until(&format!("{name} runs"), || {
            found = find_below(self.pid, name);
            found.is_some()
        });
        found.unwrap()
    }

    /// The last command's status, as the shell has it.
    #[track_caller]
    pub fn status(&mut self) -> i32 {
        self.line("echo status:$?:");
        self.expect("status:");
        let status = self.expect(":").parse().unwrap();
        self.prompt();
        status
    }

    /// The terminal goes away, and the shell has none.
    pub fn hang_up(&mut self) {
        self.terminal = Terminal::new();
    }

    /// Waits until this process's group has the foreground.
    #[track_caller]
    pub fn foreground(&self, pid: i32) {
        let what = format!("{pid} has the foreground");
        until(&what, || self.holder() == group(pid));
    }

    /// Waits until the main child has the foreground, if its session can have it.
    #[track_caller]
    pub fn lent(&self, job: Job) {
        let session = |pid| unsafe { libc::getsid(pid) };
        if session(job.main) == session(self.pid) {
            self.foreground(job.main);
        }
    }

    /// The group that has the foreground of the shell's terminal.
    pub fn holder(&self) -> i32 {
        terminal_holder(self.pid)
    }
}

/// A test that fails shows its processes.
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
        // Nobody stands before the command, which has still to be seen as such.
        let shells = ["bash", "dash"];
        let command = name(pid).filter(|name| !shells.contains(&name.as_str()));
        return command.map(|_| Job { init: pid, main: pid });
    }
    if name(pid)? != subject {
        return None;
    }
    let mut main = pid;
    while name(main)? == subject {
        main = *children(main).first()?;
    }
    Some(Job { init: pid, main })
}

/// The parent.
pub fn parent(pid: i32) -> i32 {
    status_field(pid, "PPid").unwrap().parse().unwrap()
}

/// The process group.
pub fn group(pid: i32) -> i32 {
    unsafe { libc::getpgid(pid) }
}

/// Waits until a process is in this state: `T` stopped, `S` asleep.
#[track_caller]
pub fn in_state(pid: i32, wanted: char) {
    until(&format!("{pid} is in state {wanted}"), || state(pid) == Some(wanted));
}

/// Waits until a process has ended, and been reaped unless that is the shell's part.
#[track_caller]
pub fn ended(pid: i32) {
    until(&format!("{pid} has ended"), || matches!(state(pid), None | Some('Z')));
}

/// The subject itself leads the session of a terminal: there is no shell.
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
