//! The controlling terminal.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

use super::check;

/// Makes a terminal the controlling terminal of our session (TIOCSCTTY).
///
/// # Errors
/// EPERM when another session has the terminal or when we lead no session; ENOTTY, EIO.
pub fn take_terminal(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCSCTTY, 0) }.into()).map(drop)
}

/// Gives up our controlling terminal (TIOCNOTTY). When we lead the session, the whole session
/// loses the terminal, and the kernel sends HUP and CONT to the foreground group.
///
/// # Errors
/// ENOTTY when it is not ours.
pub fn give_up_terminal(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCNOTTY) }.into()).map(drop)
}

/// Is this descriptor open, and a terminal (isatty(3))?
pub fn is_terminal(fd: u32) -> bool {
    // SAFETY: no memory is involved.
    unsafe { libc::isatty(fd as libc::c_int) == 1 }
}
