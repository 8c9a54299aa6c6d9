//! The directory that the command starts in.

use std::ffi::CStr;

use nix::errno::Errno;
use nix::unistd::chdir;

use super::environment::LateEntries;
use super::path::{self, PATH_MAX};
use crate::sys;

/// Changes to the directory, and lets PWD name it.
///
/// # Errors
/// What chdir(2) lists; ENAMETOOLONG from 4,096 bytes on; ENOENT when the directory cannot be
/// reached from the root, since a leaked descriptor led out of it (CVE-2024-21626).
#[inline(never)] // A start without --chdir does not touch the pages of its buffers.
pub fn enter(path: &[u8], late: &LateEntries<'_>) -> Result<(), Errno> {
    // Given bytes, nix would allocate for a long path.
    path::terminated(path, chdir::<CStr>).ok_or(Errno::ENAMETOOLONG)??;
    let mut buffer = [0; PATH_MAX];
    match sys::current_directory(&mut buffer)? {
        Some(name) if name.first() == Some(&b'/') => late.fill_directory(name),
        Some(_) => return Err(Errno::ENOENT),
        // A path that is too long was walked from the root, step by step. PWD stays empty,
        // and programs then ask the kernel.
        None => {}
    }
    Ok(())
}
