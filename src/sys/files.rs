//! Files and descriptors.

use std::ffi::{CStr, c_int};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::unistd::dup2_stderr;

use super::check;

/// Standard input.
pub const STDIN: BorrowedFd<'static> = standard(libc::STDIN_FILENO);
/// Standard output.
pub const STDOUT: BorrowedFd<'static> = standard(libc::STDOUT_FILENO);
/// Standard error.
pub const STDERR: BorrowedFd<'static> = standard(libc::STDERR_FILENO);

/// The descriptor may be closed: then a call says EBADF.
const fn standard(fd: c_int) -> BorrowedFd<'static> {
    // SAFETY: the number is not -1, and is only ever lent to single system calls. No file of
    // ours has it (`above_standard`).
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// The same file under a number above the standard descriptors: where one of those was
/// closed, the kernel hands out its number. Close-on-exec.
///
/// # Errors
/// EMFILE.
pub fn above_standard(fd: OwnedFd) -> Result<OwnedFd, Errno> {
    if fd.as_raw_fd() > libc::STDERR_FILENO {
        return Ok(fd);
    }
    let above = fcntl(&fd, FcntlArg::F_DUPFD_CLOEXEC(libc::STDERR_FILENO + 1))?;
    // SAFETY: the kernel has just made the descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(above) })
}

/// The next entries of a directory, in the kernel's form (getdents64(2)); none at its end.
///
/// # Errors
/// EINVAL when not even one entry fits into the buffer.
pub fn read_directory<'a>(fd: BorrowedFd<'_>, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let n = check(unsafe {
        libc::syscall(libc::SYS_getdents64, fd.as_raw_fd(), buffer.as_mut_ptr(), buffer.len())
    })?;
    Ok(buffer.get(..n as usize).unwrap_or_default())
}

/// Where a symbolic link points, cut at the end of the buffer (readlink(2)). nix's call
/// allocates.
///
/// # Errors
/// What readlink(2) lists.
pub fn read_link<'a>(path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    // SAFETY: the path outlives the call; the kernel writes at most as many bytes as the
    // buffer has.
    let n = check(
        unsafe { libc::readlink(path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) } as _,
    )?;
    Ok(buffer.get(..n as usize).unwrap_or_default())
}

/// Closes every descriptor from `first` to `last` (close_range(2), Linux 5.9).
///
/// # Errors
/// ENOSYS on an older kernel or behind an older filter.
pub fn close_range(first: u32, last: u32) -> Result<(), Errno> {
    // SAFETY: no memory is involved. The caller owns none of these descriptors, or will not
    // use and not drop those that it owns, since it is about to exec.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) }).map(drop)
}

/// Writes what a pipe takes at once (pwritev2(2) with RWF_NOWAIT; pipes: Linux 6.4).
///
/// # Errors
/// EAGAIN when it is full, EPIPE, EOPNOTSUPP or ENOSYS on an older kernel.
pub fn write_pipe(fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let fd = fd.as_raw_fd();
    // SAFETY: `part` and the slice it names outlive the call, which only reads them.
    // The offset -1, in two halves, means none.
    let n = check(unsafe {
        libc::syscall(libc::SYS_pwritev2, fd, &part, 1, -1_i64, -1_i64, libc::RWF_NOWAIT)
    })?;
    Ok(n as usize)
}

/// The current directory's path; `None` when it is too long for the buffer. A directory that
/// cannot be reached from the root directory has a name that starts with `(unreachable)`
/// (getcwd(2)).
///
/// # Errors
/// What getcwd(2) lists.
pub fn current_directory(buffer: &mut [u8]) -> Result<Option<&[u8]>, Errno> {
    // SAFETY: the kernel writes at most as many bytes as the buffer has. musl's own call says
    // ENOENT for an unreachable directory, as for a removed one.
    let got = unsafe { libc::syscall(libc::SYS_getcwd, buffer.as_mut_ptr(), buffer.len()) };
    match check(got) {
        Err(Errno::ERANGE) => Ok(None),
        // The length counts the closing NUL.
        got => Ok(buffer.get(..(got? as usize).saturating_sub(1))),
    }
}

/// Sets the umask and returns the one before (umask(2)). nix's own call panics on an error.
///
/// # Errors
/// None, unless a filter refuses it.
pub fn set_umask(mask: u32) -> Result<u32, Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::syscall(libc::SYS_umask, mask) }).map(|before| before as u32)
}

/// Makes descriptor 2 a copy of `fd` (dup2(2)), just before an exec.
///
/// # Errors
/// EBADF.
pub fn redirect_stderr(fd: RawFd) -> Result<(), Errno> {
    // SAFETY: the parent owns it, and waits for the exec of this process (`vfork`).
    dup2_stderr(unsafe { BorrowedFd::borrow_raw(fd) })
}
