//! `--tmpfs`: an empty file system in memory (tmpfs(5)).

use std::ffi::{CStr, CString};

use nix::errno::Errno;

use super::fresh::FileSystem;
use super::target::{Kind, Links, Target};
use crate::sandbox::steps::SetUp;
use crate::sys::MountAttributes;

/// Mounts one here, of at most this size; without a size, half of the memory.
///
/// # Errors
/// What the target and the kernel say.
pub fn set_up(path: &[u8], size: Option<&[u8]>, state: &mut SetUp) -> Result<(), Errno> {
    let size = size.map(CString::new).transpose().map_err(|_| Errno::EINVAL)?;
    let mode: (&CStr, &CStr) = (c"mode", c"0755");
    let mut options = vec![mode];
    options.extend(size.as_deref().map(|size| (c"size", size)));
    let attributes = MountAttributes::NOSUID.with(MountAttributes::NODEV);
    let tmpfs = FileSystem { kind: c"tmpfs", options: &options, attributes };
    let target = Target { path, kind: Kind::Directory, links: Links::Inside };
    tmpfs.mount(target, state).map(drop)
}
