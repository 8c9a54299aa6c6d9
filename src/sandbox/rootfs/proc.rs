//! `/proc` (proc(5)).

use std::os::fd::OwnedFd;

use nix::errno::Errno;

use super::fresh::FileSystem;
use super::target::Target;
use crate::sandbox::steps::SetUp;
use crate::sys::MountAttributes;

const PROC: FileSystem<'static> = FileSystem {
    kind: c"proc",
    options: &[],
    attributes: MountAttributes::NOSUID.with(MountAttributes::NODEV).with(MountAttributes::NOEXEC),
};

/// Mounts the `/proc` of our PID namespace on this directory; its root.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN, and in a user namespace when the new mount would show more
/// than the visible `/proc` does; ENOENT; ELOOP for a symbolic link in a new root.
pub fn set_up(directory: &[u8], state: &mut SetUp) -> Result<(), Errno> {
    state.proc = Some(mount(directory, state)?);
    Ok(())
}

/// The mount alone.
pub fn mount(directory: &[u8], state: &SetUp) -> Result<OwnedFd, Errno> {
    PROC.mount(Target::own(directory), state)
}
