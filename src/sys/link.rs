//! A pair of connected sockets between two processes of ours.

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

/// Sends what a socket takes at once, and raises no SIGPIPE (send(2)).
///
/// # Errors
/// EAGAIN when it is full, EPIPE and what else send(2) lists.
pub fn send(fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
    socket::send(fd.as_raw_fd(), bytes, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL)
}

/// Takes what has come on a socket, and waits for nothing; 0 when the other end is closed
/// (recv(2)).
///
/// # Errors
/// EAGAIN when nothing has come.
pub fn receive(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<usize, Errno> {
    socket::recv(fd.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT)
}

/// From now on the kernel queues `signal` for us when something comes (F_SETSIG, O_ASYNC of
/// fcntl(2)).
///
/// # Errors
/// None for a socket and a signal that there is, unless a filter refuses it.
pub fn signal_input(fd: BorrowedFd<'_>, signal: Signal) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    unsafe {
        check(libc::fcntl(fd.as_raw_fd(), libc::F_SETOWN, getpid().as_raw()).into())?;
        check(libc::fcntl(fd.as_raw_fd(), F_SETSIG, signal.number()).into())?;
    }
    fcntl(fd, FcntlArg::F_SETFL(OFlag::O_ASYNC)).map(drop)
}

/// linux/fcntl.h; the same on all machines, and in no libc crate for musl.
const F_SETSIG: libc::c_int = 10;

/// All that comes until the other end is closed, as far as there is room.
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

/// Lets the other end read no more than what is on its way (shutdown(2)).
///
/// # Errors
/// None for a connected socket, unless a filter refuses it.
pub fn shut_down(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    socket::shutdown(fd.as_raw_fd(), socket::Shutdown::Write)
}

/// Would a small write to `fd` go through without waiting (poll(2))?
pub fn writable(fd: BorrowedFd<'_>) -> bool {
    ready(fd, PollFlags::POLLOUT, PollFlags::POLLOUT)
}

/// Is the other end of a socket closed (poll(2))?
pub fn hung_up(fd: BorrowedFd<'_>) -> bool {
    ready(fd, PollFlags::empty(), PollFlags::POLLHUP)
}

/// Waits for input or a hang-up, but no longer than so many milliseconds (poll(2)). Also true
/// when the wait is refused: a read then tells.
pub fn has_input(fd: BorrowedFd<'_>, milliseconds: u8) -> bool {
    let mut fds = [PollFd::new(fd, PollFlags::POLLIN)];
    !matches!(poll(&mut fds, PollTimeout::from(milliseconds)), Ok(0) | Err(Errno::EINTR))
}

fn ready(fd: BorrowedFd<'_>, asked: PollFlags, wanted: PollFlags) -> bool {
    let mut fds = [PollFd::new(fd, asked)];
    let polled = poll(&mut fds, PollTimeout::ZERO);
    let [fd] = fds;
    polled == Ok(1) && fd.revents().is_some_and(|found| found.contains(wanted))
}
