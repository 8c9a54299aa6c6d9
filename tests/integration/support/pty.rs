//! A terminal for a test: what is typed on it, what appears on it, who has its foreground.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use crate::support::*;

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
        let appears = self.appears(text, patience());
        assert!(appears, "no {text:?} appears: {:?}", &self.seen[self.read_to..]);
        let at = self.seen[self.read_to..].find(text).unwrap();
        let before = self.seen[self.read_to..][..at].to_owned();
        self.read_to += at + text.len();
        before
    }

    /// Does this text appear in that time?
    pub fn appears(&mut self, text: &str, time: Duration) -> bool {
        let start = Instant::now();
        while !self.seen[self.read_to..].contains(text) {
            if start.elapsed() > time {
                return false;
            }
            self.read();
        }
        true
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
            // Ignored, they would stay so: as for tests that a script runs in the background.
            for key in [libc::SIGINT, libc::SIGQUIT] {
                libc::signal(key, libc::SIG_DFL);
            }
            libc::setsid();
            libc::ioctl(0, libc::TIOCSCTTY, 0);
        })
    }

    /// Gives it this terminal, which is not that of its session.
    pub fn near(self, terminal: &Terminal) -> Start {
        (0..3).fold(self, |start, fd| start.stdio(fd, terminal.open()))
    }
}
