//! The mount namespace: what crosses it (mount_namespaces(7)).

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};

use super::SetUp;
use crate::config::sandbox::Propagation;

const NOTHING: Option<&[u8]> = None;

/// Sets what crosses the mount namespace, for all mounts in it.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN; EINVAL when `/` is no mount point.
pub fn set_up(propagation: Propagation, _: &mut SetUp) -> Result<(), Errno> {
    match propagation {
        Propagation::Private => change_all(MsFlags::MS_PRIVATE),
        Propagation::Slave => change_all(MsFlags::MS_SLAVE),
        // MS_SHARED alone would keep the mounts in the peer group of those outside.
        Propagation::Shared => {
            change_all(MsFlags::MS_PRIVATE)?;
            change_all(MsFlags::MS_SHARED)
        }
        Propagation::Unbindable => change_all(MsFlags::MS_UNBINDABLE),
        Propagation::Unchanged => Ok(()),
    }
}

fn change_all(kind: MsFlags) -> Result<(), Errno> {
    mount(NOTHING, c"/", NOTHING, MsFlags::MS_REC | kind, NOTHING)
}
