//! `/proc` (proc(5)).

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};

use crate::sandbox::steps::SetUp;

const NO_DATA: Option<&[u8]> = None;

/// Mounts the `/proc` of our PID namespace on this directory.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN, and in a user namespace when the new mount would show more
/// than the visible `/proc` does; ENOENT.
pub fn set_up(directory: &[u8], _: &mut SetUp) -> Result<(), Errno> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some(c"proc"), directory, Some(c"proc"), flags, NO_DATA)
}
