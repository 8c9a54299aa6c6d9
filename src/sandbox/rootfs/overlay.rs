//! `--ephemeral` and `--overlay`: a root of several layers, of which the upper one takes what
//! is written (Documentation/filesystems/overlayfs.rst).
//!
//! Layers are named by descriptors: a path may have a `:` or a `,` in it, which mean something
//! in options.

use std::ffi::{CStr, CString, OsStr};
use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat, mkdirat};
use nix::unistd::{Gid, Uid, chdir, dup, fchdir, fchownat, getcwd, mkdir, symlinkat};

use super::bind::Source;
use super::fresh::FileSystem;
use super::read_only::mount_points;
use super::root::{DIRECTORY, NewRoot};
use super::target::{self, Kind, Links, PLACE, Target};
use crate::accounts::maps_all;
use crate::files::path_of;
use crate::sandbox::steps::SetUp;
use crate::sys::MountAttributes;

/// What is written goes here, and with the mount.
const LAYERS: FileSystem<'static> = FileSystem {
    kind: c"tmpfs",
    options: &[(c"mode", c"0755")],
    attributes: MountAttributes::NONE,
};

/// Lays an overlay over the current directory, the new root: what is written is in memory.
///
/// # Errors
/// EOVERFLOW when the owner of the directory is not mapped; EPERM, and EINVAL for a file
/// system that cannot be a layer.
pub fn set_up_ephemeral(state: &mut SetUp) -> Result<(), Errno> {
    let lower = open(c".", DIRECTORY, Mode::empty())?;
    let below = mounts_below(&getcwd()?)?;
    let mut sources = Vec::new();
    // Before anything lies over them. Who has no way to a mount has none inside either.
    for path in &below {
        match openat(&lower, path, PLACE, Mode::empty()).and_then(Source::of) {
            Err(Errno::EACCES) => {}
            source => sources.push((path.clone(), source?)),
        }
    }
    let layers = LAYERS.mount_here()?;
    let mut overlays = Overlays { layers, count: 0, below: &below };
    let tree = match overlays.mount(lower.as_fd(), None) {
        // In a user namespace no layer can have locked mounts in it.
        Err(Errno::EINVAL) if !below.is_empty() => {
            let tree = LAYERS.mount_here()?;
            overlays.fill(tree.as_fd(), lower.as_fd(), Path::new(""))?;
            tree
        }
        tree => tree?,
    };
    become_root(tree, state)?;
    // An overlay shows the directories below the mounts. What these hold is the caller's.
    for (path, source) in sources {
        let path = path.as_os_str().as_bytes();
        let target = Target { path, kind: source.kind, links: Links::Refused };
        source.bind(true, &|| target.open(state))?;
    }
    Ok(())
}

/// Lays an overlay of these layers over the current directory. The upper one is made if it is
/// missing, and keeps what is written; its work directory is beside it.
///
/// # Errors
/// As [`set_up_ephemeral`], and what open(2) and mkdir(2) list.
pub fn set_up_layers(lowers: &[&[u8]], upper: &[u8], state: &mut SetUp) -> Result<(), Errno> {
    let mut lower = Vec::new();
    for path in lowers {
        lower.push(open(*path, DIRECTORY, Mode::empty())?);
    }
    let open_or_make = |path: &[u8], mode| {
        match mkdir(path, Mode::from_bits_truncate(mode)) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(errno) => return Err(errno),
        }
        open(path, DIRECTORY, Mode::empty())
    };
    let upper = open_or_make(upper, 0o755)?;
    let work = open_or_make(&beside(upper.as_fd())?, 0o700)?;
    let lower: Vec<BorrowedFd<'_>> = lower.iter().map(AsFd::as_fd).collect();
    let tree = mount_overlay(&lower, upper.as_fd(), work.as_fd(), None)?;
    become_root(tree, state)
}

/// The path of the work directory for this upper layer, which has to be in the same file system
/// and outside of it. The caller's word may be a link to the layer, or end with a dot.
fn beside(upper: BorrowedFd<'_>) -> Result<Vec<u8>, Errno> {
    let path = fs::read_link(path_of(upper)).map_err(|error| errno(&error))?;
    match path.file_name() {
        Some(_) if path.is_absolute() => Ok([path.as_os_str().as_bytes(), b".work"].concat()),
        _ => Err(Errno::EINVAL),
    }
}

/// Mounts an overlay that has nothing in it.
///
/// # Errors
/// As [`set_up_ephemeral`].
pub fn try_out() -> Result<(), Errno> {
    chdir(c"/")?;
    let layers = LAYERS.mount_here()?;
    let like = fstat(&layers)?;
    let mut overlays = Overlays { layers, count: 0, below: &[] };
    let lower = overlays.layer(&like)?;
    overlays.mount(lower.as_fd(), None).map(drop)
}

fn become_root(tree: OwnedFd, state: &mut SetUp) -> Result<(), Errno> {
    fchdir(&tree)?;
    state.root = Some(NewRoot { below: dup(&tree)?, tree });
    Ok(())
}

/// The mounts below this directory that are below no other one there, relative to it.
fn mounts_below(directory: &Path) -> Result<Vec<PathBuf>, Errno> {
    let below = |point: &PathBuf| -> Option<PathBuf> {
        let path = point.strip_prefix(directory).ok()?;
        (!path.as_os_str().is_empty()).then(|| path.to_owned())
    };
    let all: Vec<PathBuf> = mount_points()?.iter().filter_map(below).collect();
    let mut found: Vec<PathBuf> = Vec::new();
    for path in &all {
        let is_below = |other: &PathBuf| path != other && path.starts_with(other);
        // A place may have several mounts: its path leads to the last one.
        if !all.iter().any(is_below) && !found.contains(path) {
            found.push(path.clone());
        }
    }
    Ok(found)
}

/// Where an overlay goes: on what this gives, or over the current directory.
type Place<'a> = Option<&'a dyn Fn() -> Result<OwnedFd, Errno>>;

/// Overlays with upper layers in one tmpfs.
struct Overlays<'a> {
    layers: OwnedFd,
    count: u32,
    below: &'a [PathBuf],
}

impl Overlays<'_> {
    /// Mounts an overlay of this directory there; its root.
    fn mount(&mut self, lower: BorrowedFd<'_>, open: Place<'_>) -> Result<OwnedFd, Errno> {
        let like = fstat(lower)?;
        let upper = self.layer(&like)?;
        let work = self.layer(&like)?;
        mount_overlay(&[lower], upper.as_fd(), work.as_fd(), open)
    }

    /// A new directory for a layer: an overlay shows the upper one's mode and owner.
    fn layer(&mut self, like: &FileStat) -> Result<OwnedFd, Errno> {
        self.count += 1;
        make_like(self.layers.as_fd(), OsStr::new(&self.count.to_string()), like)
    }

    /// Makes `into` look like `from`, which holds mounts: with an overlay for each directory
    /// that holds none. What is no directory cannot be written to.
    fn fill(
        &mut self,
        into: BorrowedFd<'_>,
        from: BorrowedFd<'_>,
        path: &Path,
    ) -> Result<(), Errno> {
        for entry in fs::read_dir(path_of(from)).map_err(|error| errno(&error))? {
            let name = entry.map_err(|error| errno(&error))?.file_name();
            let path = path.join(&name);
            let found = fstatat(from, name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW)?;
            let kind = SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT;
            let is_mount = self.below.contains(&path);
            let open = |at| openat(at, name.as_os_str(), PLACE | OFlag::O_NOFOLLOW, Mode::empty());
            if kind == SFlag::S_IFLNK {
                symlinkat(readlinkat(from, name.as_os_str())?.as_os_str(), into, name.as_os_str())?;
            } else if kind != SFlag::S_IFDIR {
                target::create(into, name.as_bytes(), Kind::File)?;
                if !is_mount {
                    Source::of(open(from)?)?.bind(true, &|| open(into))?;
                }
            } else {
                let made = make_like(into, &name, &found)?;
                if is_mount {
                    continue;
                } else if self.below.iter().any(|below| below.starts_with(&path)) {
                    let place = open(from)?;
                    match self.fill(made.as_fd(), place.as_fd(), &path) {
                        // Not ours to list. What can be reached in it all the same stays so.
                        Err(Errno::EACCES) => Source::of(place)?.bind(true, &|| open(into))?,
                        filled => filled?,
                    }
                } else {
                    self.mount(open(from)?.as_fd(), Some(&|| open(into)))?;
                }
            }
        }
        Ok(())
    }
}

/// A new directory with this mode and, where it can have that, this owner.
fn make_like(at: BorrowedFd<'_>, name: &OsStr, like: &FileStat) -> Result<OwnedFd, Errno> {
    let mode = Mode::from_bits_truncate(like.st_mode);
    mkdirat(at, name, mode)?;
    let (user, group) = (Uid::from_raw(like.st_uid), Gid::from_raw(like.st_gid));
    let _ = fchownat(at, name, Some(user), Some(group), AtFlags::AT_SYMLINK_NOFOLLOW);
    openat(at, name, DIRECTORY, Mode::empty())
}

fn mount_overlay(
    lowers: &[BorrowedFd<'_>],
    upper: BorrowedFd<'_>,
    work: BorrowedFd<'_>,
    open: Place<'_>,
) -> Result<OwnedFd, Errno> {
    let text = |text: String| CString::new(text).map_err(|_| Errno::EINVAL);
    let lowers: Vec<String> = lowers.iter().map(|fd| path_of(*fd)).collect();
    let [lower, upper, work] =
        [text(lowers.join(":"))?, text(path_of(upper))?, text(path_of(work))?];
    let options: [(&CStr, &CStr); 4] = [
        (c"lowerdir", &lower),
        (c"upperdir", &upper),
        (c"workdir", &work),
        // The attributes that a user namespace may write (Linux 5.11).
        (c"userxattr", c""),
    ];
    let global = fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| maps_all(&map));
    let count = if global { 3 } else { 4 };
    let options = options.get(..count).unwrap_or_default();
    let attributes = MountAttributes::NONE;
    let overlay = FileSystem { kind: c"overlay", options, attributes };
    open.map_or_else(|| overlay.mount_here(), |open| overlay.mount_on(open))
}

fn errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_of_this_machine() {
        let found = mounts_below(Path::new("/")).unwrap();
        assert!(found.contains(&PathBuf::from("proc")), "{found:?}");
        assert!(found.iter().all(|path| path == Path::new("proc") || !path.starts_with("proc")));
    }
}
