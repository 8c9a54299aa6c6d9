//! Files and descriptors.

use std::ffi::{CStr, c_int};
use std::mem::zeroed;

use nix::errno::Errno;

use super::check;

/// Creates or empties a file to write to, close-on-exec and above the standard
/// descriptors, one of which may be closed. Waits for nobody: a FIFO without a reader is
/// ENXIO.
///
/// # Errors
/// What open(2) lists.
pub fn create(path: &[u8]) -> Result<c_int, Errno> {
    use nix::fcntl::{OFlag, open};
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_TRUNC | OFlag::O_NONBLOCK;
    let flags = flags | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let fd = open(path, flags, nix::sys::stat::Mode::from_bits_truncate(0o666))?;
    nix::fcntl::fcntl(&fd, nix::fcntl::FcntlArg::F_DUPFD_CLOEXEC(3))
}

/// Opens a directory to look into, close-on-exec, from `at` or from the current one.
///
/// # Errors
/// What open(2) lists.
pub fn open_directory(at: Option<c_int>, path: &CStr) -> Result<c_int, Errno> {
    open(at, path, libc::O_RDONLY | libc::O_DIRECTORY)
}

fn open(at: Option<c_int>, path: &CStr, flags: c_int) -> Result<c_int, Errno> {
    let at = at.unwrap_or(libc::AT_FDCWD);
    // SAFETY: the path outlives the call.
    let fd = check(unsafe { libc::openat(at, path.as_ptr(), flags | libc::O_CLOEXEC) }.into())?;
    Ok(fd as c_int)
}

/// The next entries of a directory, in the kernel's form (getdents64(2)); none at its end.
///
/// # Errors
/// EINVAL when the buffer is too small for one.
pub fn read_directory(fd: c_int, buffer: &mut [u8]) -> Result<&[u8], Errno> {
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let n = check(unsafe {
        libc::syscall(libc::SYS_getdents64, fd, buffer.as_mut_ptr(), buffer.len())
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

/// The first bytes of a file, as many as one read(2) gives.
///
/// # Errors
/// What open(2) and read(2) list.
pub fn read_file<'a>(
    at: Option<c_int>,
    path: &CStr,
    buffer: &'a mut [u8],
) -> Result<&'a [u8], Errno> {
    let fd = open(at, path, libc::O_RDONLY | libc::O_NOCTTY | libc::O_NONBLOCK)?;
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let read = check(unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) } as _);
    close(fd);
    Ok(buffer.get(..read? as usize).unwrap_or_default())
}

/// Where a symbolic link points, cut at the end of the buffer (readlink(2)).
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

/// Closes every descriptor from `first` to `last` (close_range(2), Linux 5.9).
///
/// # Errors
/// ENOSYS on an older kernel or behind an older filter.
pub fn close_range(first: u32, last: u32) -> Result<(), Errno> {
    // SAFETY: no owned descriptor of ours is open when this is called.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) }).map(drop)
}

/// Closes one descriptor; one that is not open is fine.
pub fn close(fd: c_int) {
    // SAFETY: no owned descriptor of ours is open when this is called.
    unsafe { libc::close(fd) };
}

/// The highest number that a descriptor can have had, plus one (RLIMIT_NOFILE).
pub fn descriptor_limit() -> c_int {
    // SAFETY: all-zero is a valid rlimit, and it outlives the call.
    let limit = unsafe {
        let mut limit: libc::rlimit = zeroed();
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        limit.rlim_cur
    };
    c_int::try_from(limit).unwrap_or(c_int::MAX)
}

/// How many names a file has (fstat(2)): none when it was removed while it was open.
pub fn link_count(fd: c_int) -> u64 {
    // SAFETY: all-zero is a valid stat, and it outlives the call.
    unsafe {
        let mut stat: libc::stat = zeroed();
        libc::fstat(fd, &mut stat);
        stat.st_nlink as _
    }
}

/// What kind of file a descriptor is, as far as writing without blocking goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file or block device: writing to it does not wait for a reader.
    Plain,
    /// A pipe or FIFO.
    Pipe,
    /// A socket.
    Socket,
    /// A terminal or another character device.
    Device,
}

/// What kind of file `fd` is; `None` when it is closed.
pub fn file_kind(fd: c_int) -> Option<FileKind> {
    // SAFETY: all-zero is a valid stat, and it outlives the call.
    let mode = unsafe {
        let mut stat: libc::stat = zeroed();
        if libc::fstat(fd, &mut stat) == -1 {
            return None;
        }
        stat.st_mode
    };
    Some(match mode & libc::S_IFMT {
        libc::S_IFIFO => FileKind::Pipe,
        libc::S_IFSOCK => FileKind::Socket,
        libc::S_IFCHR => FileKind::Device,
        _ => FileKind::Plain,
    })
}

/// write(2), which may block.
pub fn write(fd: c_int, bytes: &[u8]) -> Result<usize, Errno> {
    // SAFETY: the slice outlives the call.
    let n = check(unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) } as _)?;
    Ok(n as usize)
}

/// Writes all of it, however long that takes.
///
/// # Errors
/// What write(2) lists.
pub fn write_all(fd: c_int, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        bytes = bytes.get(write(fd, bytes)?..).unwrap_or_default();
    }
    Ok(())
}

/// Writes what a pipe takes at once (pwritev2(2) with RWF_NOWAIT; pipes: Linux 6.4).
///
/// # Errors
/// EAGAIN when it is full, EPIPE, EOPNOTSUPP or ENOSYS on an older kernel.
pub fn write_pipe(fd: c_int, bytes: &[u8]) -> Result<usize, Errno> {
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: `part` and the slice it names outlive the call, which only reads them.
    // The offset -1, in two halves, means none.
    let n = check(unsafe {
        libc::syscall(libc::SYS_pwritev2, fd, &part, 1, -1_i64, -1_i64, libc::RWF_NOWAIT)
    })?;
    Ok(n as usize)
}

/// Sends what a socket takes at once, and raises no SIGPIPE (send(2)).
///
/// # Errors
/// EAGAIN when it is full, EPIPE and what else send(2) lists.
pub fn write_socket(fd: c_int, bytes: &[u8]) -> Result<usize, Errno> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the slice outlives the call.
    let n = check(unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), flags) } as _)?;
    Ok(n as usize)
}

/// Would a small write to `fd` go through without waiting (poll(2))?
pub fn writable(fd: c_int) -> bool {
    let mut poll = libc::pollfd { fd, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one pollfd that outlives the call.
    unsafe { libc::poll(&mut poll, 1, 0) == 1 && poll.revents & libc::POLLOUT != 0 }
}

/// Opens for writing, without waiting, controlling terminal or inheritance (open(2)).
///
/// # Errors
/// What open(2) lists.
pub fn open_nonblocking(path: &CStr) -> Result<c_int, Errno> {
    let flags = libc::O_WRONLY | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: the path outlives the call.
    let fd = check(unsafe { libc::open(path.as_ptr(), flags) }.into())?;
    Ok(fd as c_int)
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

/// Makes descriptor 2 a copy of `fd` (dup2(2)).
///
/// # Errors
/// EBADF.
pub fn redirect_stderr(fd: c_int) -> Result<(), Errno> {
    // SAFETY: descriptor 2 is nobody's own.
    check(unsafe { libc::dup2(fd, libc::STDERR_FILENO) }.into()).map(drop)
}

/// Writes a file that is there with one write(2), as those of `/proc` want it.
///
/// # Errors
/// What open(2) and write(2) list.
pub fn write_file(path: &CStr, text: &[u8]) -> Result<(), Errno> {
    let fd = open(None, path, libc::O_WRONLY | libc::O_NOCTTY)?;
    let written = write(fd, text);
    close(fd);
    written.map(drop)
}
