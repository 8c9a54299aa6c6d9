//! The directory that the command starts in.

use nix::errno::Errno;

use super::path;
use crate::sys;

/// Changes to the directory.
///
/// # Errors
/// What chdir(2) lists; ENAMETOOLONG from 4,096 bytes on; ENOENT when the directory cannot be
/// reached from the root, since a leaked descriptor led out of it (CVE-2024-21626).
#[inline(never)] // A start without --chdir does not touch the pages of its buffers.
pub fn enter(path: &[u8]) -> Result<(), Errno> {
    // Given bytes, nix would allocate for a long path.
    path::terminated(path, nix::unistd::chdir::<std::ffi::CStr>).ok_or(Errno::ENAMETOOLONG)??;
    if sys::is_reachable()? { Ok(()) } else { Err(Errno::ENOENT) }
}
