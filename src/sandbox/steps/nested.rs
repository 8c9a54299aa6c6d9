//! The user namespace below inner's, which the app is in (`--no-new-user-ns`).
//!
//! A limit of one in inner's own counts that namespace, and whoever is in it cannot change it:
//! the app would write a limit of its own namespace back.
//!
//! Only who is above can write the id maps, and only through /proc. The one of outside is kept
//! for that: the app's root need not have its own.

use std::ffi::CString;
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, openat, readlinkat};
use nix::sys::prctl;
use nix::sys::stat::Mode;
use nix::unistd::{Pid, write};

use super::{SetUp, id_maps};
use crate::namespaces::{Namespace, Namespaces};
use crate::parse_number::number;
use crate::plan::Maps;
use crate::plan::outer::Ids;
use crate::sandbox::channel::Channel;
use crate::sys;

/// Allows one user namespace below this one.
///
/// # Errors
/// ENOENT without a /proc, EROFS where it is read-only.
pub fn limit(state: &mut SetUp) -> Result<(), Errno> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let procfs = openat(AT_FDCWD, c"/proc", flags, Mode::empty())?;
    put(&procfs, c"sys/user/max_user_namespaces", "1")?;
    state.procfs = Some(procfs);
    Ok(())
}

/// Writes a file of that /proc with one write(2).
fn put(procfs: &OwnedFd, file: &std::ffi::CStr, text: &str) -> Result<(), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CLOEXEC;
    write(openat(procfs, file, flags, Mode::empty())?, text.as_bytes()).map(drop)
}

/// Makes a child in a user namespace below this one; `None` in the child.
///
/// # Errors
/// What clone(2) lists.
pub fn clone() -> Result<Option<Pid>, Errno> {
    sys::clone_into(Namespaces::only(Namespace::User))
}

/// In the child: tells its number, as that /proc has it, and waits until it has ids.
///
/// # Errors
/// ESRCH when the parent is gone.
pub(in crate::sandbox) fn await_ids(procfs: OwnedFd, link: &Channel) -> Result<(), Errno> {
    // Its files in /proc are the parent's to write to then. The parent stays hidden.
    prctl::set_dumpable(true)?;
    let name = readlinkat(&procfs, c"self")?;
    let own: u32 = number(name.as_encoded_bytes()).ok_or(Errno::ENOENT)?;
    drop(procfs);
    link.tell(own)?;
    link.wait_for_go()
}

/// In the parent: maps the child's ids, and lets it go on.
///
/// # Errors
/// ESRCH when the child is gone; EPERM for a map that the kernel does not take.
pub(in crate::sandbox) fn map_ids(
    procfs: OwnedFd,
    maps: &Maps,
    link: &Channel,
) -> Result<(), Errno> {
    let child = link.hear()?.ok_or(Errno::ESRCH)?;
    for (ids, ranges) in [(Ids::Users, &maps.users), (Ids::Groups, &maps.groups)] {
        let file = CString::new(format!("{child}/{}", id_maps::file(ids)));
        put(&procfs, &file.map_err(|_| Errno::EINVAL)?, &id_maps::lines(ranges))?;
    }
    link.go()
}
