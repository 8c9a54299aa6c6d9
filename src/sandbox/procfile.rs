//! Files of `/proc` that are written in one piece.

use std::ffi::CStr;

use nix::errno::Errno;

use crate::sys;

/// Writes `text` with one write(2). `path` ends with a NUL.
///
/// # Errors
/// What open(2) and write(2) list.
pub fn write(path: &str, text: &str) -> Result<(), Errno> {
    let path = CStr::from_bytes_until_nul(path.as_bytes()).map_err(|_| Errno::EINVAL)?;
    sys::write_file(path, text.as_bytes())
}
