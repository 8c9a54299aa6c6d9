//! The controlling terminal.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

use super::check;

/// Makes a terminal that no session has the controlling one of ours (TIOCSCTTY).
///
/// # Errors
/// EPERM when another session has it or we lead none; ENOTTY, EIO.
pub fn take_terminal(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCSCTTY, 0) }.into()).map(drop)
}

/// Gives up our controlling terminal (TIOCNOTTY). When we lead the session, all of the
/// session loses it, and the foreground group is sent HUP and CONT.
///
/// # Errors
/// ENOTTY when it is not ours.
pub fn give_up_terminal(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCNOTTY) }.into()).map(drop)
}
