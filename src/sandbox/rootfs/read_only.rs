//! Read-only mounts.

use std::ffi::OsString;
use std::fs;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sys::statvfs::{FsFlags, statvfs};

use crate::files::path_of;
use crate::sys::{self, MountAttributes};

const NOTHING: Option<&[u8]> = None;

/// Makes the mount with this root read-only, and the mounts below it.
///
/// # Errors
/// What mount_setattr(2) and mount(2) list.
pub fn set(root: BorrowedFd<'_>) -> Result<(), Errno> {
    match sys::add_attributes(root, MountAttributes::RDONLY, true) {
        // Linux before 5.12, or a filter.
        Err(Errno::ENOSYS | Errno::EPERM) => set_by_path(root),
        done => done,
    }
}

/// mount(2) changes one mount at a time.
fn set_by_path(root: BorrowedFd<'_>) -> Result<(), Errno> {
    let path = fs::read_link(path_of(root.as_fd())).map_err(|error| errno(&error))?;
    let mut found = false;
    for point in mount_points()? {
        if point.starts_with(&path) {
            found = true;
            remount(&point)?;
        }
    }
    // A mount that is not listed would stay writable.
    if found { Ok(()) } else { Err(Errno::EINVAL) }
}

fn remount(point: &PathBuf) -> Result<(), Errno> {
    let now = statvfs(point)?.flags();
    let mut flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY;
    // What is not said again is cleared, which is refused if it is locked. Of access times
    // the kernel keeps what it has when nothing is said.
    for (has, flag) in [
        (FsFlags::ST_NOSUID, MsFlags::MS_NOSUID),
        (FsFlags::ST_NODEV, MsFlags::MS_NODEV),
        (FsFlags::ST_NOEXEC, MsFlags::MS_NOEXEC),
    ] {
        flags.set(flag, now.contains(has));
    }
    mount(NOTHING, point, NOTHING, flags, NOTHING)
}

fn errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

/// Where something is mounted, as far as it can be reached from our root.
pub fn mount_points() -> Result<Vec<PathBuf>, Errno> {
    let mounts = fs::read("/proc/self/mountinfo").map_err(|error| errno(&error))?;
    Ok(mounts.split(|byte| *byte == b'\n').filter_map(point).collect())
}

/// The mount point of a line of proc_pid_mountinfo(5), in which some bytes are octal numbers.
pub fn point(line: &[u8]) -> Option<PathBuf> {
    let mut bytes = line.split(|byte| *byte == b' ').nth(4)?.iter().copied();
    let mut path = Vec::new();
    while let Some(byte) = bytes.next() {
        path.push(if byte == b'\\' {
            let digits = [bytes.next()?, bytes.next()?, bytes.next()?];
            digits.iter().fold(0, |number: u8, digit| (number << 3) | (digit & 7))
        } else {
            byte
        });
    }
    Some(PathBuf::from(OsString::from_vec(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points() {
        let line = br"36 35 98:0 /mnt1 /a\040b\134c\012d rw,noatime master:1 - ext3 /dev/root rw";
        assert_eq!(point(line), Some(PathBuf::from("/a b\\c\nd")));
        assert_eq!(point(b""), None);
        assert_eq!(point(br"36 35 98:0 / /a\04"), None);
    }
}
