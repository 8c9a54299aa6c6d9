//! The time namespace: its clocks (time_namespaces(7)).

use nix::errno::Errno;

use super::procfile;
use crate::sys;

/// Shifts the clocks of the namespace that our children will be in.
///
/// # Errors
/// ERANGE when a clock would be negative or past its end; EACCES once a process is in it.
pub fn shift(monotonic: i64, boottime: i64) -> Result<(), Errno> {
    // A change of ids has made /proc/self that of root outside (proc(5)).
    sys::set_dumpable(true)?;
    let offsets = format!("monotonic {monotonic} 0\nboottime {boottime} 0\n");
    procfile::write("/proc/self/timens_offsets\0", &offsets)
}
