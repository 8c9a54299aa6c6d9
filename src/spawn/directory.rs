//! Where the command starts.

use nix::errno::Errno;

use super::path;
use crate::sys;

/// Moves there.
///
/// # Errors
/// What chdir(2) lists, ENAMETOOLONG from 4,096 bytes on; ENOENT when the place cannot be reached from the root: a
/// descriptor that leaked led out of it (CVE-2024-21626).
#[inline(never)] // Its buffers are pages that a start without it does not touch.
pub fn enter(path: &[u8]) -> Result<(), Errno> {
    // Given bytes, nix would allocate for a long path.
    path::terminated(path, nix::unistd::chdir::<std::ffi::CStr>).ok_or(Errno::ENAMETOOLONG)??;
    if sys::is_reachable()? { Ok(()) } else { Err(Errno::ENOENT) }
}
