//! A program that has ended: its status and what it said.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

pub(super) fn code(status: ExitStatus) -> Option<i32> {
    status.code().or_else(|| status.signal().map(|n| n + 128))
}

/// A program that has ended.
pub struct Finished {
    pub status: ExitStatus,
    /// The time from the call of `finish` to the end of the program.
    pub took: Duration,
    pub stdout: String,
    pub stderr: String,
    /// All of stdout, as bytes.
    pub raw: Vec<u8>,
    /// The command line.
    pub shown: String,
}

impl Finished {
    /// The exit code, or 128+N after death by signal N. (unshare(1) raises the signal that
    /// killed its child.)
    pub fn code(&self) -> i32 {
        code(self.status).unwrap()
    }

    /// Asserts the exit code. A failure shows all of the program's output.
    #[track_caller]
    pub fn expect(self, code: i32) -> Finished {
        assert_eq!(self.code(), code, "{self:?}");
        self
    }

    /// Asserts that stderr is one line that holds `text`.
    #[track_caller]
    pub fn one_line(self, text: &str) -> Finished {
        let lines = self.stderr.lines().count();
        assert!(lines == 1 && self.stderr.contains(text), "expected a line {text:?}: {self:?}");
        self
    }

    /// Asserts that nothing is on stderr but that init waits for survivors, which it says when
    /// they take longer than a second: on a busy machine anybody can.
    #[track_caller]
    pub fn calm(self) -> Finished {
        let waits = |line: &str| line.starts_with("init: still waiting for ");
        assert!(self.stderr.lines().all(waits), "{self:?}");
        self
    }

    /// Asserts that stderr is empty.
    #[track_caller]
    pub fn silent(self) -> Finished {
        assert!(self.stderr.is_empty(), "{self:?}");
        self
    }
}

impl std::fmt::Debug for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Finished { shown, status, took, stdout, stderr, .. } = self;
        write!(f, "\n{shown}\n{status} after {took:?}\nstdout: {stdout}\nstderr: {stderr}")
    }
}
