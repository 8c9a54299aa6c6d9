//! Namespaces, what is set in them, and what is mounted in them.

use std::ffi::{CStr, c_int};
use std::mem::zeroed;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

use super::check;

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

/// The clone(2) flag for the type of namespace that the open file stands for (NS_GET_NSTYPE of
/// ioctl_nsfs(2), Linux 4.11).
///
/// # Errors
/// ENOTTY and the like when it stands for none.
pub fn namespace_flag(fd: BorrowedFd<'_>) -> Result<c_int, Errno> {
    const NS_GET_NSTYPE: c_int = 0xb703;
    // SAFETY: no memory is involved.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), NS_GET_NSTYPE as _) }.into())
        .map(|flag| flag as c_int)
}

/// A descriptor that stands for the process (pidfd_open(2)); close-on-exec.
///
/// # Errors
/// ESRCH when there is no such process, ENOSYS before Linux 5.3.
pub fn open_process(pid: i32) -> Result<OwnedFd, Errno> {
    // SAFETY: no memory is involved.
    let fd = check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    // SAFETY: the kernel has just made the descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Sets the NIS domain name of the UTS namespace (setdomainname(2)).
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN, EINVAL when it is longer than 64 bytes.
pub fn set_domainname(name: &[u8]) -> Result<(), Errno> {
    // SAFETY: the slice outlives the call.
    check(unsafe { libc::setdomainname(name.as_ptr().cast(), name.len()) }.into()).map(drop)
}

/// Brings the loopback device up; the kernel then gives it 127.0.0.1 and ::1
/// (netdevice(7)).
///
/// # Errors
/// EPERM without CAP_NET_ADMIN over the network namespace.
pub fn raise_loopback() -> Result<(), Errno> {
    #[repr(C)]
    struct Request {
        name: [u8; libc::IFNAMSIZ],
        flags: libc::c_short,
        rest: [u8; 22],
    }
    let mut request = Request { name: [0; libc::IFNAMSIZ], flags: 0, rest: [0; 22] };
    for (place, byte) in request.name.iter_mut().zip(b"lo") {
        *place = *byte;
    }
    request.flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    let (domain, kind) = (AddressFamily::Inet, SockType::Datagram);
    let socket = socket(domain, kind, SockFlag::SOCK_CLOEXEC, None)?;
    // SAFETY: `request` has the layout and the 40 bytes of struct ifreq.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &request) }.into())
        .map(drop)
}

/// Takes all three user ids (setresuid(2)), of this process: it has one thread.
///
/// # Errors
/// EPERM, EINVAL when `id` is not mapped.
pub fn set_user(id: u32) -> Result<(), Errno> {
    // SAFETY: no memory is involved. Not the libc's call, which signals all threads it
    // thinks there are.
    check(unsafe { libc::syscall(libc::SYS_setresuid, id, id, id) }).map(drop)
}

/// Takes all three group ids (setresgid(2)).
///
/// # Errors
/// As [`set_user`].
pub fn set_group(id: u32) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::syscall(libc::SYS_setresgid, id, id, id) }).map(drop)
}

/// Leaves all supplementary groups but these (setgroups(2)).
///
/// # Errors
/// EPERM without CAP_SETGID, or where the user namespace denies it; EINVAL for a group that is
/// not mapped, and for too many.
pub fn set_groups(groups: &[u32]) -> Result<(), Errno> {
    // SAFETY: the slice outlives the call, which only reads it.
    check(unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) }).map(drop)
}
