//! Where the command starts.

use nix::errno::Errno;

use crate::sys;

/// Moves there.
///
/// # Errors
/// What chdir(2) lists; ENOENT when the place cannot be reached from the root: a
/// descriptor that leaked led out of it (CVE-2024-21626).
#[inline(never)] // Its buffers are pages that a start without it does not touch.
pub fn enter(path: &[u8]) -> Result<(), Errno> {
    nix::unistd::chdir(path)?;
    if sys::is_reachable()? { Ok(()) } else { Err(Errno::ENOENT) }
}
