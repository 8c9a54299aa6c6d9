//! Can namespaces be entered (`--join`), and be kept by a file (`--persist`)?
//!
//! In: nothing. Out: `Possible`. A child makes a namespace, another one tries it for real; what
//! is mounted for that is in a mount namespace that ends with the child.

use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::unistd::{Pid, getpid};

use super::possible::{Possible, Trial, in_child, no, refused, try_out};
use crate::capabilities::Capability;
use crate::diagnosis::Attempt;
use crate::init::procfs::has_our_numbers;
use crate::namespaces::{Namespace, Namespaces};
use crate::plan::Refusal;
use crate::sandbox::can_copy;
use crate::sandbox::rootfs::Use;
use crate::sandbox::steps::join;
use crate::sys;

const UTS: Namespaces = Namespaces::only(Namespace::Uts);

/// Tries to enter a namespace like one that init could make here.
pub fn try_to_enter() -> Possible {
    let possible = try_out(UTS, Trial::Use(Use::Enter));
    let (types, answer) = match possible {
        Possible::Yes => (UTS, Possible::Yes),
        Possible::WithUser => (UTS.with(Namespace::User), Possible::WithOwner),
        no => return no,
    };
    match enter(types) {
        Ok(()) => answer,
        Err((attempt, errno)) => no(attempt, errno, Namespaces::NONE),
    }
}

fn enter(types: Namespaces) -> Result<(), (Attempt, Errno)> {
    can_copy().map_err(|errno| (Attempt::CopySelf, errno))?;
    let open = |errno| (Attempt::OpenToJoin, errno);
    let Held { child, release } = Held::start(types).map_err(open)?;
    let entered = in_child(Namespaces::NONE, &|| join::try_out(child, types));
    drop(release);
    sys::reap(child);
    entered
}

/// A process in new namespaces, until `release` is closed.
struct Held {
    child: Pid,
    release: OwnedFd,
}

impl Held {
    fn start(types: Namespaces) -> Result<Held, Errno> {
        let [ours, theirs] = sys::socket_pair()?;
        match sys::clone_into(types)? {
            Some(child) => Ok(Held { child, release: ours }),
            None => {
                drop(ours);
                sys::read_all(theirs.as_fd(), &mut [0]);
                sys::exit(0)
            }
        }
    }
}

/// Tries to mount a namespace on a file, as root of outside.
pub fn try_to_keep() -> Possible {
    if !sys::capabilities().unwrap_or_default().effective.contains(Capability::SYS_ADMIN) {
        return refused(Errno::EPERM, Refusal::PersistNeedsAdmin);
    }
    let new = Namespaces::only(Namespace::Mount);
    // Who may mount here is told that this is no mount.
    let nothing: Option<&[u8]> = None;
    if mount(nothing, c"/", nothing, MsFlags::empty(), nothing) == Err(Errno::EPERM) {
        return no(Attempt::Persist(Namespace::Uts), Errno::EPERM, new);
    }
    match in_child(new, &|| keep().map_err(|errno| (Attempt::Persist(Namespace::Uts), errno))) {
        Ok(()) => Possible::Yes,
        Err((attempt, errno)) => no(attempt, errno, new),
    }
}

fn keep() -> Result<(), Errno> {
    let nothing: Option<&[u8]> = None;
    let source = format!("/proc/{}/ns/uts", getpid());
    has_our_numbers()?;
    // Not the root: in a chroot that is no mount.
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(nothing, c"/proc", nothing, private, nothing)?;
    mount(Some(source.as_str()), c"/proc/version", nothing, MsFlags::MS_BIND, nothing)
}
