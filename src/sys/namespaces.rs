//! Namespaces, and what is mounted in them.

use std::ffi::{CStr, c_int};
use std::mem::zeroed;
use std::ptr::null;

use nix::errno::Errno;

use super::{check, close};
use crate::namespaces::Namespaces;

/// Moves us into new namespaces of these types, our children in the case of pid and time
/// (unshare(2)).
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN, ENOSPC at a limit, EINVAL for a type that the kernel
/// does not have, and for user while somebody shares our memory.
pub fn unshare(new: Namespaces) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::unshare(new.flags()) }.into()).map(drop)
}

/// Makes a file system of this type and mounts it nowhere; it is gone again at once
/// (fsopen(2), fsmount(2), Linux 5.2).
///
/// # Errors
/// EPERM where it may not be mounted, ENODEV for an unknown type, ENOSYS on an older
/// kernel.
pub fn try_mount(fs_type: &CStr) -> Result<(), Errno> {
    const FSCONFIG_CMD_CREATE: c_int = 6;
    let nothing: *const u8 = null();
    // SAFETY: the string outlives the call.
    let fs = check(unsafe { libc::syscall(libc::SYS_fsopen, fs_type.as_ptr(), 1) })?;
    // SAFETY: this command takes no key and no value; then no memory is involved.
    let mount = unsafe {
        check(libc::syscall(libc::SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, nothing, nothing, 0))
            .and_then(|_| check(libc::syscall(libc::SYS_fsmount, fs, 1, 0)))
    };
    close(fs as c_int);
    close(mount? as c_int);
    Ok(())
}

/// What kind of file system a path is on, by its magic number (statfs(2)).
///
/// # Errors
/// What statfs(2) lists.
pub fn file_system(path: &CStr) -> Result<u64, Errno> {
    // SAFETY: all-zero is a valid statfs; it and the path outlive the call.
    unsafe {
        let mut found: libc::statfs = zeroed();
        check(libc::statfs(path.as_ptr(), &mut found).into())?;
        Ok(found.f_type as u64)
    }
}

/// Is something mounted right at this path (STATX_ATTR_MOUNT_ROOT, Linux 5.8)? `None`
/// where that cannot be known.
pub fn is_mount_point(path: &CStr) -> Option<bool> {
    const STATX_ATTR_MOUNT_ROOT: u64 = 0x2000;
    // SAFETY: all-zero is a valid statx; it and the path outlive the call.
    let found = unsafe {
        let mut found: libc::statx = zeroed();
        check(libc::statx(libc::AT_FDCWD, path.as_ptr(), 0, 0, &mut found).into()).ok()?;
        found
    };
    let known = found.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT != 0;
    known.then_some(found.stx_attributes & STATX_ATTR_MOUNT_ROOT != 0)
}
