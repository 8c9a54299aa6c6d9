//! The mount namespace: what crosses it, and what is mounted in it.

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};

use crate::config::sandbox::Propagation;

const NOTHING: Option<&[u8]> = None;

/// Sets what crosses the mount namespace, for all mounts in it (mount_namespaces(7)).
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN; EINVAL when `/` is no mount point.
pub fn propagate(propagation: Propagation) -> Result<(), Errno> {
    match propagation {
        Propagation::Private => change(MsFlags::MS_PRIVATE),
        Propagation::Slave => change(MsFlags::MS_SLAVE),
        // Shared alone would stay in the group of the mounts outside.
        Propagation::Shared => {
            change(MsFlags::MS_PRIVATE)?;
            change(MsFlags::MS_SHARED)
        }
        Propagation::Unchanged => Ok(()),
    }
}

fn change(kind: MsFlags) -> Result<(), Errno> {
    mount(NOTHING, c"/", NOTHING, MsFlags::MS_REC | kind, NOTHING)
}

/// Mounts the `/proc` of our PID namespace.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN, and in a user namespace when it would show more than the
/// `/proc` that is visible now; ENOENT.
pub fn mount_proc(directory: &[u8]) -> Result<(), Errno> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some(c"proc"), directory, Some(c"proc"), flags, NOTHING)
}
