//! Where mounts go: directories and files beneath the new root.
//!
//! In: a path of the command line, and the root. Out: a descriptor of what the path leads to
//! inside the root, which is made if it is missing. The root file system may be somebody
//! else's work: its symbolic links are followed inside it or not at all, never out of it.

use std::ffi::OsStr;
use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat, openat2};
use nix::sys::stat::{Mode, SFlag, fstat, mkdirat};

use crate::files::path_of;
use crate::sandbox::steps::SetUp;

/// openat2(2) answers EAGAIN when something is renamed meanwhile: so often it is tried again.
const ATTEMPTS: u32 = 128;

/// Opens a place, to mount on it and nothing else.
pub const PLACE: OFlag = OFlag::O_PATH.union(OFlag::O_CLOEXEC);

/// What is mounted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file that is no directory.
    File,
}

/// What becomes of symbolic links in the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// They are followed, with the new root as their root.
    Inside,
    /// There is none, or the target is refused.
    Refused,
}

/// A place to mount on.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its path, as the command line has it.
    pub path: &'a [u8],
    /// What it is.
    pub kind: Kind,
    /// How its path is followed.
    pub links: Links,
}

/// Where a path starts, and how it is followed.
#[derive(Clone, Copy)]
struct Start<'a> {
    at: BorrowedFd<'a>,
    resolve: ResolveFlag,
}

impl<'a> Target<'a> {
    /// A directory for a mount of init's own, such as `/proc`.
    pub fn own(path: &'a [u8]) -> Target<'a> {
        Target { path, kind: Kind::Directory, links: Links::Refused }
    }

    /// Opens the target and makes it if it is missing. Without a new root, directories of
    /// init's own mounts are not made: the machine's tree is not init's to change.
    ///
    /// # Errors
    /// ELOOP for a link that is refused, EBUSY for the root itself, EXDEV, ENOTDIR; what
    /// openat2(2) and mkdir(2) list.
    pub fn open(self, state: &SetUp) -> Result<OwnedFd, Errno> {
        let found = self.find_or_make(state)?;
        // No path leads to what is mounted on the root, so the app would run without it.
        if is_root(&found, state) { Err(Errno::EBUSY) } else { Ok(found) }
    }

    fn find_or_make(self, state: &SetUp) -> Result<OwnedFd, Errno> {
        let Some(root) = &state.root else {
            let start = Start { at: AT_FDCWD, resolve: ResolveFlag::RESOLVE_NO_MAGICLINKS };
            return match self.find(start) {
                Err(Errno::ENOENT) if self.links == Links::Inside => self.make(start),
                found => found,
            };
        };
        let mut resolve = ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS;
        if self.links == Links::Refused {
            resolve |= ResolveFlag::RESOLVE_NO_SYMLINKS;
        }
        let inside = Start { at: root.tree.as_fd(), resolve };
        match self.find(inside) {
            Err(Errno::ENOENT) => match self.make(inside) {
                // The mounts of the root are read-only already, those below them are not.
                Err(Errno::EROFS) => {
                    self.make(Start { at: root.below.as_fd(), resolve })?;
                    self.find(inside)
                }
                made => made,
            },
            found => found,
        }
    }

    fn find(self, start: Start<'_>) -> Result<OwnedFd, Errno> {
        resolve(start, self.path, self.kind)
    }

    /// Makes what is missing of the path, and opens its end.
    fn make(self, start: Start<'_>) -> Result<OwnedFd, Errno> {
        let absolute = self.path.starts_with(b"/");
        let mut prefix = Vec::new();
        let mut parent = resolve(start, if absolute { b"/" } else { b"." }, Kind::Directory)?;
        let mut names = self.path.split(|byte| *byte == b'/').filter(|name| !name.is_empty());
        let mut next = names.next();
        while let Some(name) = next {
            next = names.next();
            if absolute || !prefix.is_empty() {
                prefix.push(b'/');
            }
            prefix.extend_from_slice(name);
            let kind = if next.is_some() { Kind::Directory } else { self.kind };
            let found = resolve(start, &prefix, kind).or_else(|errno| match errno {
                Errno::ENOENT => {
                    create(&parent, name, kind)?;
                    resolve(start, &prefix, kind)
                }
                errno => Err(errno),
            });
            parent = found?;
        }
        Ok(parent)
    }
}

/// Is it the new root, or ours where there is no new one? By their names: a bind may show the same
/// directory elsewhere.
fn is_root(found: &OwnedFd, state: &SetUp) -> bool {
    let name = |fd: &OwnedFd| fs::read_link(path_of(fd.as_fd())).ok();
    let root = match &state.root {
        Some(root) => name(&root.tree),
        None => Some(PathBuf::from("/")),
    };
    root.is_some() && root == name(found)
}

/// As much of the path as there is in the new root.
///
/// # Errors
/// EINVAL without one; what openat2(2) lists.
pub fn existing(path: &[u8], state: &SetUp) -> Result<OwnedFd, Errno> {
    let root = state.root.as_ref().ok_or(Errno::EINVAL)?;
    let resolve_flags = ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS;
    let start = Start { at: root.tree.as_fd(), resolve: resolve_flags };
    let mut found = Err(Errno::ENOENT);
    for place in Path::new(OsStr::from_bytes(path)).ancestors() {
        let place = place.as_os_str().as_bytes();
        found = resolve(start, if place.is_empty() { b"." } else { place }, Kind::File);
        if found.as_ref().err() != Some(&Errno::ENOENT) {
            break;
        }
    }
    found
}

/// Makes an empty directory or file. That somebody else has made it is no failure.
pub fn create(parent: impl AsFd, name: &[u8], kind: Kind) -> Result<(), Errno> {
    let name = OsStr::from_bytes(name);
    let made = match kind {
        Kind::Directory => mkdirat(parent, name, Mode::from_bits_truncate(0o755)),
        Kind::File => {
            let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
            openat(parent, name, flags, Mode::from_bits_truncate(0o644)).map(drop)
        }
    };
    match made {
        Err(Errno::EEXIST) => Ok(()),
        made => made,
    }
}

fn resolve(start: Start<'_>, path: &[u8], kind: Kind) -> Result<OwnedFd, Errno> {
    let directory = if kind == Kind::Directory { OFlag::O_DIRECTORY } else { OFlag::empty() };
    let how = OpenHow::new().flags(PLACE | directory).resolve(start.resolve);
    let mut answer = Err(Errno::EAGAIN);
    for _ in 0..ATTEMPTS {
        answer = openat2(start.at, path, how);
        if answer.as_ref().err() != Some(&Errno::EAGAIN) {
            break;
        }
    }
    match answer {
        // Linux before 5.6, or a filter.
        Err(Errno::ENOSYS | Errno::EPERM) => walk(start, path, directory),
        answer => answer,
    }
}

/// As [`resolve`], name by name. Follows no link, and goes up nowhere.
fn walk(start: Start<'_>, path: &[u8], directory: OFlag) -> Result<OwnedFd, Errno> {
    let from_root = path.starts_with(b"/") && !start.resolve.contains(ResolveFlag::RESOLVE_IN_ROOT);
    let first = if from_root { c"/" } else { c"." };
    let mut at = openat(start.at, first, PLACE | OFlag::O_DIRECTORY, Mode::empty())?;
    for name in path.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b".")) {
        if name == b".." {
            return Err(Errno::EXDEV);
        }
        at = openat(&at, OsStr::from_bytes(name), PLACE | OFlag::O_NOFOLLOW, Mode::empty())?;
        if is(&at, SFlag::S_IFLNK)? {
            return Err(Errno::ELOOP);
        }
    }
    if directory.is_empty() || is(&at, SFlag::S_IFDIR)? { Ok(at) } else { Err(Errno::ENOTDIR) }
}

/// Is it a file of this type?
pub fn is(fd: impl AsFd, kind: SFlag) -> Result<bool, Errno> {
    let mode = SFlag::from_bits_truncate(fstat(fd)?.st_mode);
    Ok(mode & SFlag::S_IFMT == kind)
}
