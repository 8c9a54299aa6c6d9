//! A terminal for a test: types keys, waits for output, finds the foreground group.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use crate::support::*;

/// The emulator's side of a pseudo-terminal. Echo is off: what appears was written by a
/// program.
pub struct Terminal {
    emulator: File,
    /// Kept open: without an open program's side, settings and output are lost.
    program: OwnedFd,
    seen: String,
    /// Where the next `expect` starts to search.
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

    /// Another descriptor of the program's side.
    pub fn open(&self) -> OwnedFd {
        self.program.try_clone().unwrap()
    }

    /// Types these keys. Control characters are typed with Ctrl.
    pub fn keys(&mut self, keys: &str) {
        self.emulator.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this text appears behind the text of the last wait; returns what stands
    /// between the two.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> String {
        let appears = self.appears(text, patience());
        assert!(appears, "no {text:?} appears: {:?}", &self.seen[self.read_to..]);
        let at = self.seen[self.read_to..].find(text).unwrap();
        let before = self.seen[self.read_to..][..at].to_owned();
        self.read_to += at + text.len();
        before
    }

    /// Does this text appear within `time`?
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

    /// Reads what has come, or waits a moment for more.
    fn read(&mut self) {
        let fd = unsafe { BorrowedFd::borrow_raw(self.emulator.as_raw_fd()) };
        let mut ready = [PollFd::new(fd, PollFlags::POLLIN)];
        if poll(&mut ready, PollTimeout::from(10_u8)) == Ok(1) {
            let mut bytes = [0; 4096];
            let n = self.emulator.read(&mut bytes).unwrap_or(0);
            self.seen += &String::from_utf8_lossy(&bytes[..n]);
        }
    }

    /// The foreground process group; 0 when the terminal belongs to no session.
    pub fn foreground(&self) -> i32 {
        let mut group = 0;
        unsafe { libc::ioctl(self.emulator.as_raw_fd(), libc::TIOCGPGRP, &mut group) };
        group
    }

    /// Changes the number of lines of the window.
    pub fn resize(&self, rows: u16) {
        let size = libc::winsize { ws_row: rows, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let fd = self.emulator.as_raw_fd();
        assert_eq!(unsafe { libc::ioctl(fd, libc::TIOCSWINSZ, &size) }, 0);
    }
}

/// A test that fails prints what its terminals showed.
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
    /// Makes the program the leader of a new session on this terminal.
    pub fn on(self, terminal: &Terminal) -> Start {
        self.near(terminal).before_exec(|| unsafe {
            libc::setsid();
            libc::ioctl(0, libc::TIOCSCTTY, 0);
        })
    }

    /// Makes the terminal the program's standard streams, but leaves its session as it is.
    pub fn near(self, terminal: &Terminal) -> Start {
        let start = (0..3).fold(self, |start, fd| start.stdio(fd, terminal.open()));
        // A script that runs the tests in the background ignores INT and QUIT, and nohup(1) ignores
        // HUP; the shell under test would inherit that.
        start.before_exec(|| {
            for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT] {
                unsafe { libc::signal(signal, libc::SIG_DFL) };
            }
        })
    }
}
