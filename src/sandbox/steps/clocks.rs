//! The time namespace: its clocks (time_namespaces(7)).

use std::ffi::CStr;

use nix::errno::Errno;
use nix::sched::{self, CloneFlags};
use nix::sys::prctl;

use super::SetUp;
use crate::files;
use crate::namespaces::Namespace;

const OFFSETS: &CStr = c"/proc/self/timens_offsets";

/// Puts the children that are made from now on into a new time namespace.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN, ENOSPC at a limit, EINVAL before Linux 5.6.
pub fn unshare(_: &mut SetUp) -> Result<(), Errno> {
    // nix has no name for the flag.
    sched::unshare(CloneFlags::from_bits_retain(Namespace::Time.flag()))
}

/// Shifts the clocks of that namespace, by seconds.
///
/// # Errors
/// ERANGE when a clock would be negative or past its end; EACCES once a process is in it.
pub fn set_up(monotonic: i64, boottime: i64, state: &mut SetUp) -> Result<(), Errno> {
    if state.files_are_roots {
        prctl::set_dumpable(true)?;
    }
    let offsets = format!("monotonic {monotonic} 0\nboottime {boottime} 0\n");
    files::write_once(OFFSETS, offsets.as_bytes())
}
