//! Binds: a directory or file of the caller's, seen in another place as well (mount(8)).
//!
//! The source is opened before anything is mounted, so it is what the caller sees, and what
//! is attached later is what was opened, whatever has become of the path.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::open;
use nix::mount::{MsFlags, mount};
use nix::sys::stat::{Mode, SFlag};

use super::read_only;
use super::target::{self, Kind, Links, PLACE, Target};
use crate::files::path_of;
use crate::sandbox::steps::SetUp;
use crate::sys;

const NOTHING: Option<&[u8]> = None;

/// What is bound.
#[derive(Debug)]
pub struct Source {
    place: OwnedFd,
    /// A detached copy of its mounts, if the kernel makes one.
    tree: Option<OwnedFd>,
    /// What it is.
    pub kind: Kind,
}

impl Source {
    /// The source at this place, with the mounts below it: the kernel refuses to leave out
    /// locked ones.
    pub fn of(place: OwnedFd) -> Result<Source, Errno> {
        let directory = target::is(&place, SFlag::S_IFDIR)?;
        let kind = if directory { Kind::Directory } else { Kind::File };
        let tree = match sys::clone_tree(place.as_fd(), c"", true) {
            Err(Errno::ENOSYS | Errno::EPERM) => None,
            tree => Some(tree?),
        };
        Ok(Source { place, tree, kind })
    }

    /// Binds it on what `open` gives. Asks that again where mount(2) has to do: the root of a mount
    /// made that way has to be looked for.
    pub fn bind(
        &self,
        read_only: bool,
        open: &dyn Fn() -> Result<OwnedFd, Errno>,
    ) -> Result<(), Errno> {
        self.bind_on(open()?.as_fd(), read_only, open)
    }

    /// Makes it read-only where it is, by a bind on itself.
    pub fn make_read_only(&self, again: &dyn Fn() -> Result<OwnedFd, Errno>) -> Result<(), Errno> {
        self.bind_on(self.place.as_fd(), true, again)
    }

    fn bind_on(
        &self,
        place: BorrowedFd<'_>,
        read_only: bool,
        again: &dyn Fn() -> Result<OwnedFd, Errno>,
    ) -> Result<(), Errno> {
        if self.kind == Kind::File && target::is(place, SFlag::S_IFDIR)? {
            return Err(Errno::EISDIR);
        }
        let tree = self.tree.as_ref().ok_or(Errno::ENOSYS);
        match tree.and_then(|tree| sys::attach_tree(tree.as_fd(), place).map(|()| tree)) {
            Err(Errno::ENOSYS | Errno::EPERM) => {
                bind_by_path(self.place.as_fd(), place)?;
                if read_only { read_only::set(again()?.as_fd()) } else { Ok(()) }
            }
            tree if read_only => read_only::set(tree?.as_fd()),
            tree => tree.map(drop),
        }
    }
}

/// Binds `source` on `place`, with the mounts below it.
pub fn bind_by_path(source: BorrowedFd<'_>, place: BorrowedFd<'_>) -> Result<(), Errno> {
    let (source, place) = (path_of(source), path_of(place));
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount(Some(source.as_str()), place.as_str(), NOTHING, flags, NOTHING)
}

/// Opens a source, for a later [`set_up`]. One that is missing is none if it is `optional`.
///
/// # Errors
/// What open(2) and open_tree(2) list.
pub fn open_source(path: &[u8], optional: bool, state: &mut SetUp) -> Result<(), Errno> {
    let source = match open(path, PLACE, Mode::empty()) {
        Err(Errno::ENOENT) if optional => None,
        place => Some(Source::of(place?)?),
    };
    state.sources.push_back(source);
    Ok(())
}

/// Binds the next of the open sources here. A source that is none is nothing to do.
///
/// # Errors
/// What the target and the kernel say.
pub fn set_up(path: &[u8], read_only: bool, state: &mut SetUp) -> Result<(), Errno> {
    let Some(source) = state.sources.pop_front().flatten() else { return Ok(()) };
    let target = Target { path, kind: source.kind, links: Links::Inside };
    source.bind(read_only, &|| target.open(state))
}
