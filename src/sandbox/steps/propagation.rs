//! The mount namespace: what crosses it (mount_namespaces(7)).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};

use super::SetUp;
use crate::config::sandbox::Propagation;

const NOTHING: Option<&[u8]> = None;

/// Sets what crosses the mount namespace, for all mounts in it.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN; EINVAL when `/` is no mount point.
pub fn set_up(propagation: Propagation, _: &mut SetUp) -> Result<(), Errno> {
    match propagation {
        Propagation::Private => change_all(MsFlags::MS_PRIVATE),
        Propagation::Slave => change_all(MsFlags::MS_SLAVE),
        // MS_SHARED alone would keep the mounts in the peer group of those outside.
        Propagation::Shared => {
            change_all(MsFlags::MS_PRIVATE)?;
            change_all(MsFlags::MS_SHARED)
        }
        Propagation::Unbindable => change_all(MsFlags::MS_UNBINDABLE),
        Propagation::Unchanged => Ok(()),
    }
}

fn change_all(kind: MsFlags) -> Result<(), Errno> {
    mount(NOTHING, c"/", NOTHING, MsFlags::MS_REC | kind, NOTHING)
}

/// The path without links, up to what is still to be made of it.
fn existing(path: &[u8]) -> Result<PathBuf, Errno> {
    let mut found = Err(Errno::ENOENT);
    for place in Path::new(OsStr::from_bytes(path)).ancestors() {
        let place = if place == Path::new("") { Path::new(".") } else { place };
        found = std::fs::canonicalize(place)
            .map_err(|error| error.raw_os_error().map_or(Errno::EIO, Errno::from_raw));
        if found != Err(Errno::ENOENT) {
            break;
        }
    }
    found
}

/// Makes the mount that holds this place private, without those below: what is mounted
/// on it then does not appear outside.
///
/// # Errors
/// What realpath(3) and mount(2) list.
pub fn make_private(directory: &[u8], _: &mut SetUp) -> Result<(), Errno> {
    for place in existing(directory)?.ancestors() {
        match mount(NOTHING, place, NOTHING, MsFlags::MS_PRIVATE, NOTHING) {
            // No mount point: the directory above may be one.
            Err(Errno::EINVAL) => {}
            done => return done,
        }
    }
    // Our root is no mount point, and we do not see the mount that holds it.
    Err(Errno::EINVAL)
}
