//! The descriptor-based mount API (Linux 5.2, mount_setattr(2) 5.12). Nothing here resolves
//! a path twice: a tree is made, and attached to what a descriptor stands for.

use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::null;

use libc::{c_int, c_long, c_uint};
use nix::errno::Errno;

use super::check;

/// linux/mount.h: the libc crate has none of these for musl.
const OPEN_TREE_CLONE: c_uint = 1;
const OPEN_TREE_CLOEXEC: c_uint = libc::O_CLOEXEC as c_uint;
const AT_RECURSIVE: c_uint = 0x8000;
const MOVE_MOUNT_F_EMPTY_PATH: c_uint = 0x4;
const MOVE_MOUNT_T_EMPTY_PATH: c_uint = 0x40;
const MOVE_MOUNT_SET_GROUP: c_uint = 0x100;
const FSOPEN_CLOEXEC: c_uint = 1;
const FSCONFIG_SET_FLAG: c_uint = 0;
const FSCONFIG_SET_STRING: c_uint = 1;
const FSCONFIG_CMD_CREATE: c_uint = 6;
const FSMOUNT_CLOEXEC: c_uint = 1;

/// Attributes of a mount (MOUNT_ATTR_* of mount_setattr(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MountAttributes(u64);

impl MountAttributes {
    /// None.
    pub const NONE: MountAttributes = MountAttributes(0);
    /// Read-only.
    pub const RDONLY: MountAttributes = MountAttributes(1);
    /// Set-user-ID bits and file capabilities do nothing.
    pub const NOSUID: MountAttributes = MountAttributes(2);
    /// No device can be opened.
    pub const NODEV: MountAttributes = MountAttributes(4);
    /// No program can be run.
    pub const NOEXEC: MountAttributes = MountAttributes(8);

    /// Both together.
    #[must_use]
    pub const fn with(self, other: MountAttributes) -> MountAttributes {
        MountAttributes(self.0 | other.0)
    }

    /// The same as flags of mount(2): these have the same bits there.
    pub const fn flags(self) -> u64 {
        self.0
    }
}

/// What a call made a new descriptor of.
fn owned(result: Result<c_long, Errno>) -> Result<OwnedFd, Errno> {
    let fd = RawFd::try_from(result?).map_err(|_| Errno::EBADF)?;
    // SAFETY: the kernel has just made it, for nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A detached copy of the mount at `path`, from that directory or file down; with the mounts
/// below it when `recursive` (open_tree(2)). Relative paths start at `at`, and an empty path
/// is `at` itself.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN; EINVAL for a mount of another mount namespace, and when not
/// `recursive` where mounts below are locked; ENOSYS before Linux 5.2.
pub fn clone_tree(at: BorrowedFd<'_>, path: &CStr, recursive: bool) -> Result<OwnedFd, Errno> {
    let recursive = if recursive { AT_RECURSIVE } else { 0 };
    let empty = libc::AT_EMPTY_PATH as c_uint;
    let flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive | empty;
    // SAFETY: the path outlives the call.
    owned(check(unsafe {
        libc::syscall(libc::SYS_open_tree, at.as_raw_fd(), path.as_ptr(), flags)
    }))
}

/// Attaches a detached tree to a directory or file (move_mount(2)).
///
/// # Errors
/// ENOTDIR when one is a directory and the other is not; EPERM, EINVAL, ENOSYS.
pub fn attach_tree(tree: BorrowedFd<'_>, target: BorrowedFd<'_>) -> Result<(), Errno> {
    let (tree, target) = (tree.as_raw_fd(), target.as_raw_fd());
    let flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    let nothing = c"".as_ptr();
    // SAFETY: both paths outlive the call.
    check(unsafe { libc::syscall(libc::SYS_move_mount, tree, nothing, target, nothing, flags) })
        .map(drop)
}

/// Lets a private mount share with those that `peer`, a mount of the same file system, shares
/// with (move_mount(2)). Both are roots of mounts.
///
/// # Errors
/// EINVAL before Linux 5.15; EPERM.
pub fn join_peers(peer: BorrowedFd<'_>, mount: BorrowedFd<'_>) -> Result<(), Errno> {
    let (peer, mount) = (peer.as_raw_fd(), mount.as_raw_fd());
    let flags = MOVE_MOUNT_SET_GROUP | MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    let nothing = c"".as_ptr();
    // SAFETY: both paths outlive the call.
    check(unsafe { libc::syscall(libc::SYS_move_mount, peer, nothing, mount, nothing, flags) })
        .map(drop)
}

/// Adds attributes to the mount whose root `fd` is, and to all below it when `recursive`
/// (mount_setattr(2)). Attributes that are set stay set.
///
/// # Errors
/// EPERM, EINVAL when `fd` is not the root of a mount, ENOSYS before Linux 5.12.
pub fn add_attributes(
    fd: BorrowedFd<'_>,
    attributes: MountAttributes,
    recursive: bool,
) -> Result<(), Errno> {
    // struct mount_attr: attr_set, attr_clr, propagation, userns_fd.
    let wanted = [attributes.0, 0, 0, 0];
    let flags = libc::AT_EMPTY_PATH as c_uint | if recursive { AT_RECURSIVE } else { 0 };
    // SAFETY: the path and the structure, whose size is given, outlive the call.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            fd.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &wanted,
            size_of_val(&wanted),
        )
    })
    .map(drop)
}

/// A mount of a new file system, detached (fsopen(2), fsconfig(2), fsmount(2)). An option
/// with an empty value is a flag.
///
/// # Errors
/// EPERM, ENODEV for a kind that the kernel does not have, EINVAL for an option that the kind
/// does not have, ENOSYS before Linux 5.2.
pub fn new_file_system(
    kind: &CStr,
    options: &[(&CStr, &CStr)],
    attributes: MountAttributes,
) -> Result<OwnedFd, Errno> {
    // SAFETY: the name outlives the call.
    let context =
        owned(check(unsafe { libc::syscall(libc::SYS_fsopen, kind.as_ptr(), FSOPEN_CLOEXEC) }))?;
    let configure = |command: c_uint, key: *const libc::c_char, value: *const libc::c_char| {
        // SAFETY: key and value are null or strings that outlive the call.
        check(unsafe {
            let fd = context.as_raw_fd();
            libc::syscall(libc::SYS_fsconfig, fd, command, key, value, 0 as c_int)
        })
    };
    // What /proc/mounts shows as the source.
    for (key, value) in [(c"source", kind)].iter().chain(options) {
        if value.is_empty() {
            configure(FSCONFIG_SET_FLAG, key.as_ptr(), null())?;
        } else {
            configure(FSCONFIG_SET_STRING, key.as_ptr(), value.as_ptr())?;
        }
    }
    configure(FSCONFIG_CMD_CREATE, null(), null())?;
    let (fd, attributes) = (context.as_raw_fd(), attributes.0);
    // SAFETY: no memory is involved.
    owned(check(unsafe { libc::syscall(libc::SYS_fsmount, fd, FSMOUNT_CLOEXEC, attributes) }))
}
