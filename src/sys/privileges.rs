//! What this process may do.

use std::ffi::{CString, c_int, c_long};
use std::ptr::{null, null_mut};

use nix::errno::Errno;

use super::check;

/// How seccomp restricts us (PR_GET_SECCOMP): 0 not at all, 2 by a filter.
///
/// # Errors
/// EINVAL on a kernel without seccomp.
pub fn seccomp_mode() -> Result<c_int, Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::prctl(libc::PR_GET_SECCOMP) }.into()).map(|mode| mode as c_int)
}

/// Limits a resource of this process (setrlimit(2)). Not the libc's call, which has numbers of
/// its own for no limit.
///
/// # Errors
/// EPERM for a hard limit above the present one, EINVAL.
pub fn set_limit(resource: u8, soft: u64, hard: u64) -> Result<(), Errno> {
    let new = [soft, hard];
    let old: *mut u64 = null_mut();
    // SAFETY: `new` has the layout of struct rlimit64 and outlives the call, which only reads it.
    check(unsafe { libc::syscall(libc::SYS_prlimit64, 0, c_int::from(resource), &new, old) })
        .map(drop)
}

/// Gives this process a new anonymous session keyring (keyctl(2), KEYCTL_JOIN_SESSION_KEYRING).
///
/// # Errors
/// EDQUOT when the user has too many keys; ENOSYS on a kernel without keys.
pub fn join_new_keyring() -> Result<(), Errno> {
    let no_name: *const u8 = null();
    let join = c_long::from(libc::KEYCTL_JOIN_SESSION_KEYRING);
    // SAFETY: no memory is involved.
    check(unsafe { libc::syscall(libc::SYS_keyctl, join, no_name) }).map(drop)
}

/// Has this filter decide over the system calls of this process and its children
/// (PR_SET_SECCOMP).
///
/// # Errors
/// EACCES without no_new_privs and CAP_SYS_ADMIN, EINVAL for what is no program.
pub fn load_filter(program: &[u8]) -> Result<(), Errno> {
    let instructions = program.len() / size_of::<libc::sock_filter>();
    let len = u16::try_from(instructions).map_err(|_| Errno::EINVAL)?;
    let program = libc::sock_fprog { len, filter: program.as_ptr().cast_mut().cast() };
    // SAFETY: the kernel reads `len` instructions of 8 bytes, which the slice has, at any
    // address, and writes nothing.
    check(unsafe {
        libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program).into()
    })
    .map(drop)
}

/// Makes an ioctl(2) without arguments on no descriptor.
///
/// # Errors
/// The kernel says EBADF; a seccomp filter may say something else.
pub fn make_bad_ioctl(command: u32) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::syscall(libc::SYS_ioctl, -1, command, 0) }).map(drop)
}

/// A system call with arguments that the kernel refuses before it looks at any permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCall {
    /// clone(2) with these flags.
    Clone(c_int),
    /// unshare(2) with these flags.
    Unshare(c_int),
    /// mount(2).
    Mount,
    /// setns(2).
    Join,
    /// execve(2).
    Exec,
}

/// Makes the call, which changes nothing.
///
/// # Errors
/// The kernel says EINVAL, for mount and exec EFAULT, for setns EBADF; a seccomp filter may say
/// something else.
pub fn make_bad_call(call: BadCall) -> Result<(), Errno> {
    let nothing: *const u8 = null();
    // SAFETY: no memory is read or written, and no process is made: clone wants CLONE_VM
    // beside CLONE_SIGHAND, unshare does not know the flag 1, the addresses of the strings
    // for mount and execve are none.
    check(unsafe {
        match call {
            BadCall::Clone(flags) => {
                let flags = c_long::from(flags | libc::CLONE_SIGHAND);
                libc::syscall(libc::SYS_clone, flags, nothing, nothing, nothing, 0)
            }
            BadCall::Unshare(flags) => libc::syscall(libc::SYS_unshare, flags | 1),
            BadCall::Join => libc::syscall(libc::SYS_setns, -1, 0),
            BadCall::Exec => libc::syscall(libc::SYS_execve, nothing, nothing, nothing),
            BadCall::Mount => {
                libc::syscall(libc::SYS_mount, nothing, c"/".as_ptr(), usize::MAX, 0, nothing)
            }
        }
    })
    .map(drop)
}

/// Does exec of this file give capabilities (getxattr(2))?
pub fn has_capabilities(path: &[u8]) -> bool {
    let Ok(path) = CString::new(path) else { return false };
    let name = c"security.capability".as_ptr();
    // SAFETY: both strings outlive the call; a size of 0 asks for the length alone.
    unsafe { libc::getxattr(path.as_ptr(), name, null_mut(), 0) > 0 }
}
