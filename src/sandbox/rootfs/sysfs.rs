//! `/sys` (sysfs(5)), and the cgroups in it (cgroups(7)).

use std::os::fd::{AsFd, BorrowedFd};

use log::info;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;

use super::fresh::FileSystem;
use super::target::{PLACE, Target};
use crate::sandbox::steps::SetUp;
use crate::sys::MountAttributes;

const ATTRIBUTES: MountAttributes = MountAttributes::RDONLY
    .with(MountAttributes::NOSUID)
    .with(MountAttributes::NODEV)
    .with(MountAttributes::NOEXEC);

const SYSFS: FileSystem<'static> =
    FileSystem { kind: c"sysfs", options: &[], attributes: ATTRIBUTES };

/// Read-only as well: who is root outside could stop every process through it.
const CGROUPS: FileSystem<'static> =
    FileSystem { kind: c"cgroup2", options: &[], attributes: ATTRIBUTES };

/// Mounts the `/sys` of our network namespace on this directory, with the cgroups where the
/// kernel allows that.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN over the network namespace, and in a user namespace when the
/// new mount would show more than the visible `/sys` does.
pub fn set_up(directory: &[u8], state: &mut SetUp) -> Result<(), Errno> {
    let root = SYSFS.mount(Target::own(directory), state)?;
    if let Err(errno) = mount_cgroups(root.as_fd()) {
        info!("no cgroups in the new /sys: {}", crate::sys::describe(errno));
    }
    state.sysfs = Some(root);
    Ok(())
}

fn mount_cgroups(sysfs: BorrowedFd<'_>) -> Result<(), Errno> {
    let open = || openat(sysfs, c"fs/cgroup", PLACE | OFlag::O_DIRECTORY, Mode::empty());
    CGROUPS.mount_on(&open).map(drop)
}
