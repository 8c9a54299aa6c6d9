//! A pair of connected sockets between two processes of ours.

use std::ffi::c_int;

use nix::errno::Errno;

use super::{check, close};
use crate::signals::Signal;

/// Connected stream sockets, close-on-exec and above the standard descriptors, some of
/// which may be closed (socketpair(2)).
///
/// # Errors
/// EMFILE, ENFILE, or what a filter says.
pub fn socket_pair() -> Result<[c_int; 2], Errno> {
    let mut pair = [-1; 2];
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
    // SAFETY: the kernel writes two descriptors.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, pair.as_mut_ptr()) }.into())?;
    let [one, other] = pair.map(above_standard);
    Ok([one?, other?])
}

fn above_standard(fd: c_int) -> Result<c_int, Errno> {
    if fd > libc::STDERR_FILENO {
        return Ok(fd);
    }
    // SAFETY: no memory is involved.
    let above = check(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) }.into());
    close(fd);
    above.map(|fd| fd as c_int)
}

/// Waits for bytes, and takes as many as there are and have room; none when the other
/// end is closed (read(2)).
///
/// # Errors
/// EINTR when we were stopped and continued; EBADF.
pub fn read(fd: c_int, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let n = check(unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) } as _)?;
    Ok(n as usize)
}

/// As [`read`], from a socket, but waits for nothing (recv(2)).
///
/// # Errors
/// EAGAIN when nothing has come.
pub fn receive(fd: c_int, buffer: &mut [u8]) -> Result<usize, Errno> {
    let (place, len) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let n = check(unsafe { libc::recv(fd, place, len, libc::MSG_DONTWAIT) } as _)?;
    Ok(n as usize)
}

/// From now on `signal` is queued for us, as one of the kernel's, when something comes
/// (F_SETSIG, O_ASYNC of fcntl(2)).
///
/// # Errors
/// None for a socket and a signal that there is, unless a filter refuses it.
pub fn signal_input(fd: c_int, signal: Signal) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    unsafe {
        check(libc::fcntl(fd, libc::F_SETOWN, libc::getpid()).into())?;
        check(libc::fcntl(fd, F_SETSIG, signal.number()).into())?;
        check(libc::fcntl(fd, libc::F_SETFL, libc::O_ASYNC).into()).map(drop)
    }
}

/// linux/fcntl.h; the same on all machines, and in no libc crate for musl.
const F_SETSIG: c_int = 10;

/// All that comes until the other end is closed, as far as there is room.
pub fn read_all(fd: c_int, buffer: &mut [u8]) -> &[u8] {
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
pub fn shut_down(fd: c_int) {
    // SAFETY: no memory is involved.
    unsafe { libc::shutdown(fd, libc::SHUT_WR) };
}

/// Is the other end of a socket closed (poll(2))?
pub fn hung_up(fd: c_int) -> bool {
    let mut poll = libc::pollfd { fd, events: 0, revents: 0 };
    // SAFETY: one pollfd that outlives the call.
    unsafe { libc::poll(&mut poll, 1, 0) == 1 && poll.revents & libc::POLLHUP != 0 }
}
