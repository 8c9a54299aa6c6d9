//! `/dev`: a new tmpfs with the few devices that programs need. The image's own `/dev` is
//! left alone: what is made in it may be made elsewhere (CVE-2026-41579).

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use log::info;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::{Mode, SFlag, fstat, makedev, mkdirat, mknodat};
use nix::unistd::{isatty, symlinkat, ttyname};

use super::bind::Source;
use super::fresh::FileSystem;
use super::target::{PLACE, Target};
use crate::sandbox::steps::SetUp;
use crate::sys::{MountAttributes, STDERR, STDIN, STDOUT};

const NOSUID_NOEXEC: MountAttributes = MountAttributes::NOSUID.with(MountAttributes::NOEXEC);

const DEV: FileSystem<'static> = FileSystem {
    kind: c"tmpfs",
    options: &[(c"mode", c"0755"), (c"size", c"1m")],
    attributes: NOSUID_NOEXEC,
};

/// What all may write to, and each remove its own of (sticky bit).
const SHM: FileSystem<'static> = FileSystem {
    kind: c"tmpfs",
    options: &[(c"mode", c"1777")],
    attributes: MountAttributes::NOSUID.with(MountAttributes::NODEV),
};

const MQUEUE: FileSystem<'static> = FileSystem {
    kind: c"mqueue",
    options: &[],
    attributes: NOSUID_NOEXEC.with(MountAttributes::NODEV),
};

const PTS: FileSystem<'static> = FileSystem {
    kind: c"devpts",
    options: &[
        (c"newinstance", c""),
        (c"ptmxmode", c"0666"),
        (c"mode", c"0620"),
        // The group tty, as every distribution has it.
        (c"gid", c"5"),
    ],
    attributes: NOSUID_NOEXEC,
};

/// Name, major and minor number of a device (Documentation/admin-guide/devices.txt).
type Device = (&'static CStr, u64, u64);

const DEVICES: [Device; 6] = [
    (c"null", 1, 3),
    (c"zero", 1, 5),
    (c"full", 1, 7),
    (c"random", 1, 8),
    (c"urandom", 1, 9),
    (c"tty", 5, 0),
];

const LINKS: [(&CStr, &CStr); 5] = [
    (c"ptmx", c"pts/ptmx"),
    (c"fd", c"/proc/self/fd"),
    (c"stdin", c"/proc/self/fd/0"),
    (c"stdout", c"/proc/self/fd/1"),
    (c"stderr", c"/proc/self/fd/2"),
];

/// Mounts a new `/dev` on this directory. `queues`: with the message queues of our IPC
/// namespace.
///
/// # Errors
/// What the target and the kernel say; ENODEV when a device can neither be made nor found.
pub fn set_up(directory: &[u8], queues: bool, state: &mut SetUp) -> Result<(), Errno> {
    // Without a new root these are about to be covered.
    let outside = open(c"/dev", PLACE | OFlag::O_DIRECTORY, Mode::empty());
    let console = find_console();
    let dev = DEV.mount(Target::own(directory), state)?;
    let dev = dev.as_fd();
    for device in DEVICES {
        make_device(dev, device, outside.as_ref().map_err(|errno| *errno))?;
    }
    for (name, to) in LINKS {
        symlinkat(to, dev, name)?;
    }
    let pts = mount_below(dev, c"pts", &PTS);
    if pts == Err(Errno::EINVAL) {
        // No group 5 is mapped here.
        let options = PTS.options.split_last().map_or(&[][..], |(_, rest)| rest);
        FileSystem { options, ..PTS }.mount_on(&|| directory_below(dev, c"pts"))?;
    } else {
        pts?;
    }
    mount_below(dev, c"shm", &SHM)?;
    if queues {
        mount_below(dev, c"mqueue", &MQUEUE)?;
    }
    match console {
        Some(console) => bind_file(dev, c"console", console),
        None => Ok(()),
    }
}

fn mount_below(dev: BorrowedFd<'_>, name: &CStr, new: &FileSystem<'_>) -> Result<(), Errno> {
    mkdirat(dev, name, Mode::from_bits_truncate(0o755))?;
    new.mount_on(&|| directory_below(dev, name)).map(drop)
}

fn directory_below(dev: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    openat(dev, name, PLACE | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW, Mode::empty())
}

/// Makes a device; where that is not allowed, binds the one of outside.
fn make_device(
    dev: BorrowedFd<'_>,
    (name, major, minor): Device,
    outside: Result<&OwnedFd, Errno>,
) -> Result<(), Errno> {
    let number = makedev(major, minor);
    match mknodat(dev, name, SFlag::S_IFCHR, Mode::from_bits_truncate(0o666), number) {
        Err(Errno::EPERM) => {}
        made => return made,
    }
    let place = openat(outside?, name, PLACE | OFlag::O_NOFOLLOW, Mode::empty())?;
    let found = fstat(&place)?;
    let is_character = SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT == SFlag::S_IFCHR;
    if !is_character || found.st_rdev != number {
        return Err(Errno::ENODEV);
    }
    bind_file(dev, name, Source::of(place)?)
}

fn bind_file(dev: BorrowedFd<'_>, name: &CStr, source: Source) -> Result<(), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
    openat(dev, name, flags, Mode::from_bits_truncate(0o666))?;
    source.bind(false, &|| openat(dev, name, PLACE | OFlag::O_NOFOLLOW, Mode::empty()))
}

/// The caller's terminal. In a new devpts it has no name, so that tty(1) and ttyname(3) find
/// it on `/dev/console` only.
fn find_console() -> Option<Source> {
    let mut nameless = false;
    for fd in [STDIN, STDOUT, STDERR] {
        if !isatty(fd).unwrap_or(false) {
            continue;
        }
        match by_path(fd) {
            Ok(source) => return Some(source),
            Err(_) => nameless = true,
        }
    }
    if nameless {
        info!("no /dev/console: the terminal has no name here");
    }
    None
}

/// The terminal by its path, if that leads to it: its descriptor is of a mount outside, and cannot be
/// bound.
fn by_path(terminal: BorrowedFd<'_>) -> Result<Source, Errno> {
    let place = open(&ttyname(terminal)?, PLACE | OFlag::O_NOFOLLOW, Mode::empty())?;
    let (found, wanted) = (fstat(&place)?, fstat(terminal)?);
    if (found.st_dev, found.st_ino) != (wanted.st_dev, wanted.st_ino) {
        return Err(Errno::ENXIO);
    }
    Source::of(place)
}
