//! From a wait status to init's exit status: the one table.
//!
//! In: how the main child ended, or why it did not start. Out: a number for `_exit`. Pure.
//!
//! | status | meaning |
//! |-|-|
//! | 0 to 255 | the main child's own exit code |
//! | 128 + N | the main child was killed by signal N |
//! | 127 | the command was not found |
//! | 126 | the command was found and cannot be run |
//! | 125 | init itself failed: usage or set-up |
//! | 124 | `--timeout` ended the main child, or its start |

use std::fmt;

use nix::errno::Errno;

use crate::signals::Signal;

/// The command was not found.
pub const NOT_FOUND: u8 = 127;
/// The command was found, but the kernel cannot run it.
pub const NOT_RUNNABLE: u8 = 126;
/// Usage or set-up failed: no exec was tried.
pub const INIT_FAILED: u8 = 125;
/// `--timeout` ended the main child, whatever its own status is.
pub const TIMED_OUT: u8 = 124;

/// How a process ended (wait(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// It called `_exit` with this code.
    Exited(u8),
    /// This signal killed it; `true` when it dumped core.
    Signaled(Signal, bool),
}

impl Ended {
    /// The status that a shell reports: the code, or 128+N.
    pub fn status(self) -> u8 {
        match self {
            Ended::Exited(code) => code,
            // 64 is the highest signal: no overflow.
            Ended::Signaled(signal, _) => 128 + signal.number() as u8,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Exited(code) => write!(f, "exit code {code}"),
            Ended::Signaled(signal, _) => write!(f, "{signal}"),
        }
    }
}

/// The status for a command that execve(2) refused with `errno`, as in a shell.
pub fn exec_failed(errno: Errno) -> u8 {
    match errno {
        Errno::ENOENT => NOT_FOUND,
        _ => NOT_RUNNABLE,
    }
}

/// A set of exit codes, 0 to 255.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExitCodes([u64; 4]);

impl ExitCodes {
    /// Adds `code`.
    pub fn insert(&mut self, code: u8) {
        if let Some(word) = self.0.get_mut(usize::from(code >> 6)) {
            *word |= 1 << (code & 63);
        }
    }

    /// Is `code` in the set?
    pub fn contains(&self, code: u8) -> bool {
        self.0.get(usize::from(code >> 6)).is_some_and(|word| word & 1 << (code & 63) != 0)
    }

    /// What init exits with for `status`: 0 when the set contains it.
    pub fn remap(&self, status: u8) -> u8 {
        if self.contains(status) { 0 } else { status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_and_signal() {
        for code in 0..=255 {
            assert_eq!(Ended::Exited(code).status(), code);
        }
        for signal in Signal::all() {
            let status = Ended::Signaled(signal, false).status();
            assert_eq!(i32::from(status), 128 + signal.number());
        }
    }

    #[test]
    fn ends_have_names() {
        assert_eq!(Ended::Exited(7).to_string(), "exit code 7");
        assert_eq!(Ended::Signaled(Signal::TERM, false).to_string(), "SIGTERM");
    }

    #[test]
    fn exec_errors_are_a_shells() {
        assert_eq!(exec_failed(Errno::ENOENT), 127);
        for errno in [Errno::EACCES, Errno::ENOEXEC, Errno::EISDIR, Errno::E2BIG, Errno::ELOOP] {
            assert_eq!(exec_failed(errno), 126, "{errno}");
        }
    }

    #[test]
    fn remaps_only_what_was_named() {
        let mut codes = ExitCodes::default();
        for code in [0, 63, 64, 143, 255] {
            codes.insert(code);
        }
        for code in 0..=255 {
            let named = [0, 63, 64, 143, 255].contains(&code);
            assert_eq!(codes.remap(code), if named { 0 } else { code });
        }
    }
}
