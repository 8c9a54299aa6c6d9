//! What this process may do: ids, capabilities, filters. Nothing here changes anything
//! but the calling process.

use std::ffi::{CStr, c_int, c_long};
use std::mem::zeroed;
use std::ptr::null;

use nix::errno::Errno;

use super::check;

/// Is no_new_privs set for us (PR_GET_NO_NEW_PRIVS, Linux 3.5)?
pub fn no_new_privs() -> bool {
    // SAFETY: no memory is involved.
    unsafe { libc::prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 }
}

/// How seccomp restricts us (PR_GET_SECCOMP): 0 not at all, 2 by a filter.
///
/// # Errors
/// EINVAL on a kernel without seccomp.
pub fn seccomp_mode() -> Result<c_int, Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::prctl(libc::PR_GET_SECCOMP) }.into()).map(|mode| mode as c_int)
}

/// A system call that filters know as dangerous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspect {
    /// clone(2) with these flags.
    Clone(c_int),
    /// unshare(2) with these flags.
    Unshare(c_int),
    /// mount(2).
    Mount,
}

/// Does a filter, and not the kernel itself, answer this call? It is made with arguments
/// that the kernel refuses before it looks at any permission, so nothing comes of it, and
/// another answer than the kernel's is a filter's.
pub fn filtered(call: Suspect) -> bool {
    let nothing: *const u8 = null();
    // SAFETY: each call fails, or is kept from happening: clone wants CLONE_VM beside
    // CLONE_SIGHAND, unshare does not know the flag 1, the address of mount's string is none,
    // and no descriptor is -1.
    let (result, kernels) = unsafe {
        match call {
            Suspect::Clone(flags) => {
                let flags = c_long::from(flags | libc::CLONE_SIGHAND);
                (libc::syscall(libc::SYS_clone, flags, nothing, nothing, nothing, 0), Errno::EINVAL)
            }
            Suspect::Unshare(flags) => (libc::syscall(libc::SYS_unshare, flags | 1), Errno::EINVAL),
            Suspect::Mount => (
                libc::syscall(libc::SYS_mount, nothing, c"/".as_ptr(), usize::MAX, 0, nothing),
                Errno::EFAULT,
            ),
        }
    };
    result == -1 && Errno::last() != kernels
}

/// May we open this file in this way (access(2), but with the effective ids)?
pub fn accessible(path: &CStr, mode: c_int) -> bool {
    // SAFETY: the path outlives the call.
    unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), mode, libc::AT_EACCESS) == 0 }
}

/// The kernel's release, `6.18.1` for one (uname(2)).
pub fn kernel_release() -> Vec<u8> {
    // SAFETY: all-zero is a valid utsname, and it outlives the call, which cannot fail.
    let names = unsafe {
        let mut names: libc::utsname = zeroed();
        libc::uname(&mut names);
        names
    };
    names.release.iter().map(|c| *c as u8).take_while(|byte| *byte != 0).collect()
}
