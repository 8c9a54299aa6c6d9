//! `--propagation unchanged`: mounts that are shared with outside (mount_namespaces(7)).
//!
//! What init mounts itself stays inside all the same: what holds it is made private first. The
//! new root is private until it is `/`, as pivot_root(2) has it, and then shares again.

use std::ffi::OsStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{open, openat};
use nix::mount::{MsFlags, mount};
use nix::sys::stat::{Mode, SFlag};

use super::root::{DIRECTORY, NewRoot};
use super::target;
use crate::files::path_of;
use crate::sandbox::steps::SetUp;
use crate::sys;

const NOTHING: Option<&[u8]> = None;

/// Keeps a copy of the mount of the current directory, if that shares with others.
///
/// # Errors
/// ENOENT without a `/proc`; what open_tree(2) lists.
pub fn note(state: &mut SetUp) -> Result<(), Errno> {
    let place = open(c".", DIRECTORY, Mode::empty())?;
    if shares(place.as_fd())? {
        state.peer = Some(sys::clone_tree(place.as_fd(), c"", false)?);
    }
    Ok(())
}

/// Does the mount of this descriptor share with others?
fn shares(place: BorrowedFd<'_>) -> Result<bool, Errno> {
    let read = |path: &str| std::fs::read_to_string(path).map_err(|_| Errno::ENOENT);
    let about = read(&format!("/proc/self/fdinfo/{}", place.as_raw_fd()))?;
    let number = about.lines().find_map(|line| line.strip_prefix("mnt_id:")).map(str::trim);
    Ok(shares_by(&read("/proc/self/mountinfo")?, number.ok_or(Errno::ENOENT)?))
}

/// proc_pid_mountinfo(5): the number is the first field, and optional ones end at `-`.
pub fn shares_by(mountinfo: &str, number: &str) -> bool {
    mountinfo.lines().filter(|line| line.split(' ').next() == Some(number)).any(|line| {
        let mut optional = line.split(' ').skip(6).take_while(|field| *field != "-");
        optional.any(|field| field.starts_with("shared:"))
    })
}

/// The new root shares with the mounts that were noted.
///
/// # Errors
/// EINVAL before Linux 5.15.
pub fn rejoin(state: &mut SetUp) -> Result<(), Errno> {
    let Some(peer) = state.peer.take() else { return Ok(()) };
    let root = open(c"/", DIRECTORY, Mode::empty())?;
    sys::join_peers(peer.as_fd(), root.as_fd())
}

/// Makes the mount that holds this place a slave, without those below: what is mounted on it then
/// does not appear outside, and what is mounted outside still appears inside.
///
/// # Errors
/// What realpath(3) and mount(2) list.
pub fn make_private(path: &[u8], state: &mut SetUp) -> Result<(), Errno> {
    if let Some(root) = &state.root {
        return make_private_inside(path, root, state);
    }
    for place in existing(path)?.ancestors() {
        match mount(NOTHING, place, NOTHING, MsFlags::MS_SLAVE, NOTHING) {
            // No mount point: the directory above may be one.
            Err(Errno::EINVAL) => {}
            done => return done,
        }
    }
    // Our root is no mount point, and we do not see the mount that holds it.
    Err(Errno::EINVAL)
}

/// By descriptors: where the new root is the old one, paths lead to what lies below it.
fn make_private_inside(path: &[u8], root: &NewRoot, state: &SetUp) -> Result<(), Errno> {
    let mut place = target::existing(path, state)?;
    // Only what is private can share again.
    let rejoins = path == b"/" && state.peer.is_some();
    let kind = if rejoins { MsFlags::MS_PRIVATE } else { MsFlags::MS_SLAVE };
    loop {
        let name = path_of(place.as_fd());
        match mount(NOTHING, name.as_str(), NOTHING, kind, NOTHING) {
            // The new root is a mount, so it goes up no further than that.
            Err(Errno::EINVAL) => place = above(&place, root, state)?,
            done => return done,
        }
    }
}

/// The directory above.
fn above(place: &OwnedFd, root: &NewRoot, state: &SetUp) -> Result<OwnedFd, Errno> {
    if target::is(place, SFlag::S_IFDIR)? {
        return openat(place, c"..", DIRECTORY, Mode::empty());
    }
    let link =
        |fd: &OwnedFd| std::fs::read_link(path_of(fd.as_fd())).map_err(|error| errno(&error));
    let (file, top) = (link(place)?, link(&root.tree)?);
    let parent = file.strip_prefix(top).ok().and_then(Path::parent).ok_or(Errno::ENOENT)?;
    target::existing(parent.as_os_str().as_bytes(), state)
}

fn errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

/// The path without links, up to what is still to be made of it.
fn existing(path: &[u8]) -> Result<PathBuf, Errno> {
    let mut found = Err(Errno::ENOENT);
    for place in Path::new(OsStr::from_bytes(path)).ancestors() {
        let place = if place == Path::new("") { Path::new(".") } else { place };
        found = std::fs::canonicalize(place).map_err(|error| errno(&error));
        if found != Err(Errno::ENOENT) {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_shares() {
        let mounts = "36 35 98:0 / /a rw shared:1 - ext3 x rw\n\
                      37 35 98:0 / /b rw,noatime master:2 propagate_from:1 - ext3 x rw\n\
                      38 35 98:0 / /c rw unbindable - ext3 shared:3 rw\n\
                      39 35 98:0 / /d rw - ext3 x rw\n";
        let found = ["36", "37", "38", "39", "3"].map(|number| shares_by(mounts, number));
        assert_eq!(found, [true, false, false, false, false]);
    }
}
