//! A pair of connected sockets between two processes of ours.

use std::ffi::c_short;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{self, AddressFamily, MsgFlags, SockFlag, SockType};
use nix::unistd::{getpid, read};

use super::{above_standard, check};
use crate::signals::Signal;

/// Connected stream sockets, close-on-exec and above the standard descriptors, some of
/// which may be closed (socketpair(2)).
///
/// # Errors
/// EMFILE, ENFILE, or what a filter says.
pub fn socket_pair() -> Result<[OwnedFd; 2], Errno> {
    let (domain, kind) = (AddressFamily::Unix, SockType::Stream);
    let (one, other) = socket::socketpair(domain, kind, None, SockFlag::SOCK_CLOEXEC)?;
    Ok([above_standard(one)?, above_standard(other)?])
}

/// Sends as much as a socket takes without waiting, and raises no SIGPIPE (send(2)).
///
/// # Errors
/// EAGAIN when it is full, EPIPE and what else send(2) lists.
pub fn send(fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
    socket::send(fd.as_raw_fd(), bytes, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL)
}

/// Receives without waiting; 0 bytes when the other end is closed (recv(2)).
///
/// # Errors
/// EAGAIN when nothing has come.
pub fn receive(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<usize, Errno> {
    socket::recv(fd.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT)
}

/// Makes the kernel queue `signal` for us whenever input comes (fcntl(2): F_SETSIG, O_ASYNC).
///
/// # Errors
/// None by the kernel for a socket and a valid signal; a seccomp filter may refuse the call.
pub fn signal_input(fd: BorrowedFd<'_>, signal: Signal) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    unsafe {
        check(libc::fcntl(fd.as_raw_fd(), libc::F_SETOWN, getpid().as_raw()).into())?;
        check(libc::fcntl(fd.as_raw_fd(), F_SETSIG, signal.number()).into())?;
    }
    fcntl(fd, FcntlArg::F_SETFL(OFlag::O_ASYNC)).map(drop)
}

/// From linux/fcntl.h, the same on all machines; the libc crate lacks it for musl.
const F_SETSIG: libc::c_int = 10;

/// Reads until the other end is closed or the buffer is full.
pub fn read_all<'a>(fd: BorrowedFd<'_>, buffer: &'a mut [u8]) -> &'a [u8] {
    let mut len = 0;
    while let Some(rest) = buffer.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match read(fd, rest) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(Errno::EINTR) => {}
            Err(_) => break,
        }
    }
    buffer.get(..len).unwrap_or_default()
}

/// Ends what we send: the other end reads what is on its way, then end-of-file (shutdown(2)).
///
/// # Errors
/// None for a connected socket, unless a filter refuses it.
pub fn shut_down(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    socket::shutdown(fd.as_raw_fd(), socket::Shutdown::Write)
}

/// Would a small write to `fd` go through without waiting (poll(2))?
pub fn writable(fd: BorrowedFd<'_>) -> bool {
    ready(fd, libc::POLLOUT, libc::POLLOUT)
}

/// Is the other end of a socket closed, or has it ended what it sends (poll(2))?
pub fn hung_up(fd: BorrowedFd<'_>) -> bool {
    ready(fd, libc::POLLRDHUP, libc::POLLRDHUP | libc::POLLHUP)
}

/// Waits for input or a hang-up, but no longer than so many milliseconds (poll(2)). Also true
/// when the wait is refused: a read then tells.
pub fn has_input(fd: BorrowedFd<'_>, milliseconds: u8) -> bool {
    let mut fds = [PollFd::new(fd, PollFlags::POLLIN)];
    !matches!(poll(&mut fds, PollTimeout::from(milliseconds)), Ok(0) | Err(Errno::EINTR))
}

/// nix does not know POLLRDHUP.
fn ready(fd: BorrowedFd<'_>, asked: c_short, wanted: c_short) -> bool {
    let mut fd = libc::pollfd { fd: fd.as_raw_fd(), events: asked, revents: 0 };
    // SAFETY: one element, which outlives the call.
    unsafe { libc::poll(&mut fd, 1, 0) == 1 && fd.revents & wanted != 0 }
}
