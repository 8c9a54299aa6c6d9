//! Masks over what user 0 of the machine may change or read in `/proc` and `/sys`, without any
//! capability: the kernel asks for the user alone there.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::mount::{MntFlags, umount2};
use nix::sys::stat::{Mode, SFlag, mkdirat};

use super::bind::{Source, bind_by_path};
use super::fresh::FileSystem;
use super::read_only;
use super::target::{self, PLACE};
use crate::files::path_of;
use crate::sandbox::steps::SetUp;
use crate::sys::{self, MountAttributes};

/// To be read only.
const READ_ONLY: [&CStr; 5] = [c"sys", c"sysrq-trigger", c"irq", c"bus", c"fs"];

/// Not to be read either.
const COVERED_PROC: [&CStr; 9] = [
    c"kcore",
    c"keys",
    c"timer_list",
    c"sched_debug",
    c"latency_stats",
    c"interrupts",
    c"acpi",
    c"asound",
    c"scsi",
];

/// The same in `/sys`.
const COVERED_SYS: [&CStr; 2] = [c"firmware", c"devices/virtual/powercap"];

/// What covers: an own tmpfs. A `/dev/null` could be somebody else's file (CVE-2025-31133).
const COVER: FileSystem<'static> = FileSystem {
    kind: c"tmpfs",
    options: &[(c"mode", c"0755"), (c"size", c"4k")],
    attributes: MountAttributes::NOSUID.with(MountAttributes::NODEV).with(MountAttributes::NOEXEC),
};

/// Masks the new `/proc` and the new `/sys`, if there are such.
///
/// # Errors
/// What the kernel says. What this kernel does not have needs no mask.
pub fn set_up(state: &mut SetUp) -> Result<(), Errno> {
    if let Some(proc) = &state.proc {
        cover(proc.as_fd(), c"sys", &COVERED_PROC)?;
        for name in READ_ONLY {
            if let Some(place) = find(proc.as_fd(), name)? {
                Source::of(place)?.make_read_only(&|| open(proc.as_fd(), name))?;
            }
        }
    }
    if let Some(sysfs) = &state.sysfs {
        cover(sysfs.as_fd(), c"kernel", &COVERED_SYS)?;
    }
    Ok(())
}

/// Covers each file with an empty file, each directory with an empty directory, of a read-only
/// tmpfs.
fn cover(root: BorrowedFd<'_>, stage: &CStr, names: &[&CStr]) -> Result<(), Errno> {
    let Cover { tmpfs, mounted } = Cover::new(root, stage)?;
    for name in names {
        let Some(place) = find(root, name)? else { continue };
        let directory = target::is(&place, SFlag::S_IFDIR)?;
        lay(tmpfs.as_fd(), if directory { c"directory" } else { c"file" }, place.as_fd())?;
    }
    if mounted {
        return umount2(path_of(tmpfs.as_fd()).as_str(), MntFlags::MNT_DETACH);
    }
    leave_open(tmpfs);
    Ok(())
}

/// Lays what `tmpfs` has by this name over `place`, as read-only as it is there.
fn lay(tmpfs: BorrowedFd<'_>, name: &CStr, place: BorrowedFd<'_>) -> Result<(), Errno> {
    let copy = sys::clone_tree(tmpfs, name, false);
    match copy.and_then(|copy| sys::attach_tree(copy.as_fd(), place)) {
        Err(Errno::ENOSYS | Errno::EPERM) => bind_by_path(open(tmpfs, name)?.as_fd(), place),
        laid => laid,
    }
}

/// Leaves it to the end of all descriptors: the kernel lets all processors wait for each other
/// when it lets go of a mount that is nowhere attached, and then the app runs already.
fn leave_open(detached: OwnedFd) {
    let _ = detached.into_raw_fd();
}

/// What covers are copies of.
struct Cover {
    tmpfs: OwnedFd,
    mounted: bool,
}

impl Cover {
    /// Makes it, on `stage` where the kernel copies only what is mounted: it does so before
    /// Linux 6.15. To unmount it again makes all processors wait for each other.
    fn new(root: BorrowedFd<'_>, stage: &CStr) -> Result<Cover, Errno> {
        if let Ok(tmpfs) = COVER.make() {
            fill(&tmpfs)?;
            if let Ok(trial) = sys::clone_tree(tmpfs.as_fd(), c"file", false) {
                leave_open(trial);
                return Ok(Cover { tmpfs, mounted: false });
            }
        }
        let tmpfs = COVER.mount_on(&|| open(root, stage))?;
        fill(&tmpfs)?;
        Ok(Cover { tmpfs, mounted: true })
    }
}

fn fill(tmpfs: &OwnedFd) -> Result<(), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_CLOEXEC;
    openat(tmpfs, c"file", flags, Mode::from_bits_truncate(0o444))?;
    mkdirat(tmpfs, c"directory", Mode::from_bits_truncate(0o555))?;
    read_only::set(tmpfs.as_fd())
}

fn find(root: BorrowedFd<'_>, name: &CStr) -> Result<Option<OwnedFd>, Errno> {
    match open(root, name) {
        Err(Errno::ENOENT) => Ok(None),
        found => found.map(Some),
    }
}

fn open(root: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    openat(root, name, PLACE | OFlag::O_NOFOLLOW, Mode::empty())
}
