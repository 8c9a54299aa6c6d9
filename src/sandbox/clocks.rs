//! The time namespace: its clocks (time_namespaces(7)).

use nix::errno::Errno;

use super::procfile;

/// Shifts the clocks of the namespace that our children will be in.
///
/// # Errors
/// ERANGE when a clock would be negative or past its end; EACCES once a process is in it.
pub fn shift(monotonic: i64, boottime: i64) -> Result<(), Errno> {
    let offsets = format!("monotonic {monotonic} 0\nboottime {boottime} 0\n");
    procfile::write("/proc/self/timens_offsets\0", &offsets)
}
