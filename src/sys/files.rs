//! Files and descriptors: the few calls that nix lacks or allocates for, and flags that
//! several callers share.

use std::ffi::{CStr, c_int};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, FcntlArg, OFlag, fcntl, open, openat};
use nix::sys::stat::Mode;
use nix::unistd::{dup2_stderr, read, write};

use super::check;

/// Standard input.
pub const STDIN: BorrowedFd<'static> = standard(libc::STDIN_FILENO);
/// Standard output.
pub const STDOUT: BorrowedFd<'static> = standard(libc::STDOUT_FILENO);
/// Standard error.
pub const STDERR: BorrowedFd<'static> = standard(libc::STDERR_FILENO);

/// It may be closed: then a call says EBADF.
const fn standard(fd: c_int) -> BorrowedFd<'static> {
    // SAFETY: it is not -1, and only ever lent to single system calls. No file of ours gets
    // one of these numbers (`above_standard`).
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// The same file under a number above the standard descriptors, one of which may be closed
/// and so have been handed out. Close-on-exec.
///
/// # Errors
/// EMFILE.
pub fn above_standard(fd: OwnedFd) -> Result<OwnedFd, Errno> {
    if fd.as_raw_fd() > libc::STDERR_FILENO {
        return Ok(fd);
    }
    let above = fcntl(&fd, FcntlArg::F_DUPFD_CLOEXEC(libc::STDERR_FILENO + 1))?;
    // SAFETY: the kernel has just made it, for nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(above) })
}

/// Creates or empties a file to write to, close-on-exec and above the standard
/// descriptors. Waits for nobody: a FIFO without a reader is ENXIO.
///
/// # Errors
/// What open(2) lists.
pub fn create(path: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_TRUNC | OFlag::O_NONBLOCK;
    let flags = flags | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    above_standard(open(path, flags, Mode::from_bits_truncate(0o666))?)
}

/// Opens a directory to list, close-on-exec; a relative path starts at `at`.
///
/// # Errors
/// What open(2) lists.
pub fn open_directory(at: BorrowedFd<'_>, path: &CStr) -> Result<OwnedFd, Errno> {
    openat(at, path, OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
}

/// The next entries of a directory, in the kernel's form (getdents64(2)); none at its end.
///
/// # Errors
/// EINVAL when the buffer is too small for one.
pub fn read_directory<'a>(fd: BorrowedFd<'_>, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let n = check(unsafe {
        libc::syscall(libc::SYS_getdents64, fd.as_raw_fd(), buffer.as_mut_ptr(), buffer.len())
    })?;
    Ok(buffer.get(..n as usize).unwrap_or_default())
}

/// The names in a buffer that [`read_directory`] filled.
pub struct Names<'a>(pub &'a [u8]);

impl<'a> Iterator for Names<'a> {
    type Item = &'a CStr;

    fn next(&mut self) -> Option<&'a CStr> {
        // struct linux_dirent64: d_ino 8, d_off 8, d_reclen 2, d_type 1, d_name.
        let length = u16::from_ne_bytes(self.0.get(16..18)?.try_into().ok()?);
        let (entry, rest) = self.0.split_at_checked(length.into())?;
        self.0 = rest;
        CStr::from_bytes_until_nul(entry.get(19..)?).ok()
    }
}

/// The first bytes of a file, as many as one read(2) gives; a relative path starts at `at`.
///
/// # Errors
/// What open(2) and read(2) list.
pub fn read_file<'a>(
    at: BorrowedFd<'_>,
    path: &CStr,
    buffer: &'a mut [u8],
) -> Result<&'a [u8], Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOCTTY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let n = read(openat(at, path, flags, Mode::empty())?, buffer)?;
    Ok(buffer.get(..n).unwrap_or_default())
}

/// Where a symbolic link points, cut at the end of the buffer (readlink(2)). nix's call
/// allocates.
///
/// # Errors
/// What readlink(2) lists.
pub fn read_link<'a>(path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let n = check(
        unsafe { libc::readlink(path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) } as _,
    )?;
    Ok(buffer.get(..n as usize).unwrap_or_default())
}

/// Closes every descriptor from `first` to `last` (close_range(2), Linux 5.9). Whoever calls
/// it owns none of them, or is about to exec.
///
/// # Errors
/// ENOSYS on an older kernel or behind an older filter.
pub fn close_range(first: u32, last: u32) -> Result<(), Errno> {
    // SAFETY: no memory is involved; for the owners see above.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) }).map(drop)
}

/// Writes all of it, however long that takes.
///
/// # Errors
/// What write(2) lists.
pub fn write_all(fd: BorrowedFd<'_>, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        bytes = bytes.get(write(fd, bytes)?..).unwrap_or_default();
    }
    Ok(())
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

/// Opens for writing, without waiting, controlling terminal or inheritance (open(2)).
///
/// # Errors
/// What open(2) lists.
pub fn open_nonblocking(path: &CStr) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    open(path, flags, Mode::empty())
}

/// Can the current directory be reached from the root directory? From elsewhere its name
/// starts with `(unreachable)` (getcwd(2)).
///
/// # Errors
/// What getcwd(2) lists.
pub fn is_reachable() -> Result<bool, Errno> {
    let mut name = [0_u8; 4096];
    // SAFETY: the kernel writes at most as many bytes as the buffer has. The libc's own
    // call would say ENOENT for both.
    let got = check(unsafe { libc::syscall(libc::SYS_getcwd, name.as_mut_ptr(), name.len()) });
    match got {
        // Longer than any path that is walked from the root at once, and yet from there.
        Err(Errno::ERANGE) => Ok(true),
        got => got.map(|_| name.first() == Some(&b'/')),
    }
}

/// Makes descriptor 2 a copy of `fd` (dup2(2)), at the moment of the exec.
///
/// # Errors
/// EBADF.
pub fn redirect_stderr(fd: RawFd) -> Result<(), Errno> {
    // SAFETY: the parent, whose memory and plan this is, waits and keeps it open.
    dup2_stderr(unsafe { BorrowedFd::borrow_raw(fd) })
}

/// Writes a file that is there with one write(2), as those of `/proc` want it.
///
/// # Errors
/// What open(2) and write(2) list.
pub fn write_file(path: &CStr, text: &[u8]) -> Result<(), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    write(openat(AT_FDCWD, path, flags, Mode::empty())?, text).map(drop)
}
