//! Files and directories: the flags that several callers share, without allocating.
//!
//! In: a path, a descriptor, bytes. Out: a descriptor that closes itself, or bytes in the
//! caller's buffer. Every file is opened close-on-exec.

use std::ffi::CStr;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, open, openat};
use nix::sys::stat::{Mode, SFlag, fstat};
use nix::unistd::{self, write};

use crate::sys;

/// Enough for some 40 entries a system call.
const ENTRIES_MAX: usize = 1024;

/// Creates or empties a file to write to the end of, above the standard descriptors. Waits for
/// nobody: a FIFO without a reader is ENXIO.
///
/// # Errors
/// What open(2) lists.
pub fn create(path: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_TRUNC | OFlag::O_NONBLOCK;
    // The app may write to the same file: it can be stdout.
    let flags = flags | OFlag::O_APPEND | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    sys::above_standard(open(path, flags, Mode::from_bits_truncate(0o666))?)
}

/// Opens a file for writing; does not wait, and takes no controlling terminal.
///
/// # Errors
/// What open(2) lists.
pub fn open_nonblocking(path: &CStr) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    open(path, flags, Mode::empty())
}

/// Opens a directory to list; a relative path starts at `at`.
///
/// # Errors
/// What open(2) lists.
pub fn open_directory(at: BorrowedFd<'_>, path: &CStr) -> Result<OwnedFd, Errno> {
    openat(at, path, OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
}

/// The first bytes of a file, as many as one read(2) gives; a relative path starts at `at`.
///
/// # Errors
/// What open(2) and read(2) list.
pub fn read<'a>(at: BorrowedFd<'_>, path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOCTTY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let n = unistd::read(openat(at, path, flags, Mode::empty())?, buffer)?;
    Ok(buffer.get(..n).unwrap_or_default())
}

/// What is in a regular file, up to `limit` bytes; `None` when it is something else. Waits for
/// nobody, as a read of a FIFO would.
///
/// # Errors
/// What open(2) and read(2) list.
pub fn read_regular(path: &[u8], limit: usize) -> Result<Option<Vec<u8>>, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let fd = open(path, flags, Mode::empty())?;
    if fstat(&fd)?.st_mode & SFlag::S_IFMT.bits() != SFlag::S_IFREG.bits() {
        return Ok(None);
    }
    let mut text = Vec::new();
    match File::from(fd).take(limit as u64).read_to_end(&mut text) {
        Ok(_) => Ok(Some(text)),
        Err(error) => Err(error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)),
    }
}

/// Writes an existing file with one write(2), as those of `/proc` want it.
///
/// # Errors
/// What open(2) and write(2) list.
pub fn write_once(path: &CStr, text: &[u8]) -> Result<(), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    write(openat(AT_FDCWD, path, flags, Mode::empty())?, text).map(drop)
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

/// Calls `visit` with each name in a directory, in the kernel's order, until it breaks.
///
/// # Errors
/// What getdents64(2) lists; some names may have been visited by then.
pub fn each_name(
    directory: &OwnedFd,
    visit: &mut dyn FnMut(&CStr) -> ControlFlow<()>,
) -> Result<(), Errno> {
    let mut buffer = [0; ENTRIES_MAX];
    loop {
        let entries = sys::read_directory(directory.as_fd(), &mut buffer)?;
        if entries.is_empty() || Names(entries).try_for_each(&mut *visit).is_break() {
            return Ok(());
        }
    }
}

/// The names in a buffer that the kernel filled (getdents64(2)).
struct Names<'a>(&'a [u8]);

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

/// A path to what a descriptor stands for, where `/proc` is.
pub fn path_of(fd: BorrowedFd<'_>) -> String {
    format!("/proc/self/fd/{}", fd.as_raw_fd())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_name_once() {
        let mut seen = Vec::new();
        let directory = open_directory(AT_FDCWD, c"/proc/self").unwrap();
        each_name(&directory, &mut |name| {
            seen.push(name.to_str().unwrap().to_owned());
            ControlFlow::Continue(())
        })
        .unwrap();
        let mut listed: Vec<_> = std::fs::read_dir("/proc/self")
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .chain([".".into(), "..".into()])
            .collect();
        seen.sort();
        listed.sort();
        assert_eq!(seen, listed);
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Names(&bytes).count();
        }
    }
}
