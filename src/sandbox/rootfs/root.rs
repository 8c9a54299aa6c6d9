//! The root of the app's own: a directory that becomes `/` (pivot_root(2)).

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::Mode;
use nix::unistd::{chdir, chroot, fchdir, getcwd, pivot_root};

use super::read_only;
use super::target::PLACE;
use crate::sandbox::steps::SetUp;
use crate::sys;

const NOTHING: Option<&[u8]> = None;
/// Opens a directory, to mount on it and to start paths from.
pub const DIRECTORY: OFlag = PLACE.union(OFlag::O_DIRECTORY);

/// The new root before it is `/`.
#[derive(Debug)]
pub struct NewRoot {
    /// The root of the copied mounts, which own mounts go on.
    pub tree: OwnedFd,
    /// The directory itself, under that copy. Its mounts are as writable as ever.
    pub below: OwnedFd,
}

/// Copies the mounts of the current directory, the new root, and lays the copy over it: the
/// root has to be a mount point, and what is changed in the copy stays in the copy.
/// `read_only`: all of the copy.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN.
pub fn take(read_only: bool, state: &mut SetUp) -> Result<(), Errno> {
    let below = open(c".", DIRECTORY, Mode::empty())?;
    let copied = sys::clone_tree(below.as_fd(), c"", true).and_then(|tree| {
        sys::attach_tree(tree.as_fd(), below.as_fd())?;
        Ok(tree)
    });
    let tree = match copied {
        Err(Errno::ENOSYS | Errno::EPERM) => bind_on_itself()?,
        copied => copied?,
    };
    if read_only {
        read_only::set(tree.as_fd())?;
    }
    fchdir(&tree)?;
    state.root = Some(NewRoot { tree, below });
    Ok(())
}

/// The same with mount(2).
fn bind_on_itself() -> Result<OwnedFd, Errno> {
    mount(Some(c"."), c".", NOTHING, MsFlags::MS_BIND | MsFlags::MS_REC, NOTHING)?;
    topmost()
}

/// The root of what is mounted last on the current directory.
pub fn topmost() -> Result<OwnedFd, Errno> {
    // The path leads there; on the root directory only `..` does.
    let path = getcwd()?.join("..").join(getcwd()?.file_name().unwrap_or_default());
    open(&path, DIRECTORY, Mode::empty())
}

/// Moves the new root to `/` with chroot(2), for a root that pivot_root(2) refuses. The old
/// root stays below it, for whoever has CAP_SYS_ADMIN or CAP_SYS_CHROOT.
///
/// # Errors
/// EPERM, EINVAL.
pub fn move_to(state: &mut SetUp) -> Result<(), Errno> {
    let Some(root) = state.root.take() else { return Err(Errno::EINVAL) };
    fchdir(&root.tree)?;
    // On `/` itself it is where it is to be.
    if getcwd()? != Path::new("/") {
        mount(Some(c"."), c"/", NOTHING, MsFlags::MS_MOVE, NOTHING)?;
    }
    chroot(c".")?;
    chdir(c"/")
}

/// Makes the new root `/` and lets go of the old one: no directory of the new root is needed
/// for that, and no descriptor leads back.
///
/// # Errors
/// EINVAL when the current root is no mount, as an initramfs; EPERM.
pub fn enter(state: &mut SetUp) -> Result<(), Errno> {
    let Some(root) = state.root.take() else { return Err(Errno::EINVAL) };
    let old = open(c"/", DIRECTORY, Mode::empty())?;
    fchdir(&root.tree)?;
    pivot_root(c".", c".")?;
    // The old root lies over the new one. Unmounting it must not reach those who share it.
    fchdir(&old)?;
    mount(NOTHING, c".", NOTHING, MsFlags::MS_REC | MsFlags::MS_SLAVE, NOTHING)?;
    umount2(c".", MntFlags::MNT_DETACH)?;
    chdir(c"/")
}
