//! Cgroups (cgroups(7)): moves the child to existing ones, and puts it into a new cgroup
//! namespace after that. The other way round, `..` would show where it came from.

use std::ffi::CString;

use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::sys::statfs::{CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, fstatfs};
use nix::unistd::{Pid, write};

use super::SetUp;
use crate::files;

/// Moves `pid` to the cgroup of this directory, of version 1 or 2.
///
/// # Errors
/// ENOENT for a directory that is no cgroup's; EACCES and EPERM; EBUSY and EOPNOTSUPP for a
/// cgroup of version 2 that takes no processes.
pub fn move_to(directory: &[u8], pid: Pid) -> Result<(), Errno> {
    let path = [directory, b"/cgroup.procs"].concat();
    let path = CString::new(path).map_err(|_| Errno::EINVAL)?;
    let file = match files::open_nonblocking(&path) {
        // A FIFO or a socket.
        Err(Errno::ENXIO) => return Err(Errno::ENOENT),
        file => file?,
    };
    // Any other file would take the number as well.
    let found = fstatfs(&file)?.filesystem_type();
    if ![CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC].contains(&found) {
        return Err(Errno::ENOENT);
    }
    write(file, pid.to_string().as_bytes()).map(drop)
}

/// Puts this process into a new cgroup namespace.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN, ENOSPC at a limit, EINVAL before Linux 4.6.
pub fn unshare_namespace(_: &mut SetUp) -> Result<(), Errno> {
    unshare(CloneFlags::CLONE_NEWCGROUP)
}
