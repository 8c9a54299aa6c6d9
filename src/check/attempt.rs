//! Can these namespaces be made? Tried for real, in a child that ends at once: whatever
//! it got goes with it.

use nix::errno::Errno;
use nix::unistd::{getegid, geteuid, write};

use crate::capabilities::Capability;
use crate::config::sandbox::Propagation;
use crate::diagnosis::{self, Hint, Observed, Step};
use crate::namespaces::{Namespace, Namespaces};
use crate::sandbox::rootfs::proc;
use crate::sandbox::steps::{SetUp, propagation};
use crate::sys;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Possible {
    /// As we are.
    Yes,
    /// Together with a new user namespace.
    WithUser,
    /// Not here.
    No {
        /// The kernel's reason.
        errno: Errno,
        /// Ours.
        hint: Option<Hint>,
    },
}

/// What is wanted of the namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To be in them.
    Enter,
    /// To mount a new `/proc` there.
    MountProc,
}

/// Tries to make these namespaces; if we may not, with a user namespace around them.
pub fn attempt(new: Namespaces, wanted: Use) -> Possible {
    let Err(mut failure) = attempt_once(new, wanted) else { return Possible::Yes };
    let mut asked = new;
    if failure.1 == Errno::EPERM && !new.contains(Namespace::User) {
        asked = new.with(Namespace::User);
        match attempt_once(asked, wanted) {
            Ok(()) => return Possible::WithUser,
            Err(other) => failure = other,
        }
    }
    let (step, errno) = failure;
    Possible::No { errno, hint: diagnosis::explain(step, errno, asked, &Observed::collect(asked)) }
}

fn attempt_once(new: Namespaces, wanted: Use) -> Result<(), (Step, Errno)> {
    let user = new.contains(Namespace::User);
    // Ahead of the child, which must not allocate.
    let users = format!("{0} {0} 1", geteuid());
    let groups = format!("{0} {0} 1", getegid());
    let mut result = Ok(());
    let made = sys::vfork(new.without(Namespace::Time), &mut || {
        result = if user { map_ids(&users, &groups) } else { Ok(()) }
            .and_then(|()| use_namespaces(new, wanted));
        0
    });
    sys::reap(made.map_err(|errno| (Step::Create, errno))?);
    result
}

/// In a new user namespace: maps our own ids to themselves and makes use of a capability.
fn map_ids(users: &str, groups: &str) -> Result<(), (Step, Errno)> {
    for (path, text) in [
        (c"/proc/self/setgroups", "deny"),
        (c"/proc/self/uid_map", users),
        (c"/proc/self/gid_map", groups),
    ] {
        let written = sys::open_nonblocking(path).and_then(|fd| write(fd, text.as_bytes()));
        written.map_err(|errno| (Step::MapIds, errno))?;
    }
    sys::drop_bounding(Capability::SYS_ADMIN).map_err(|errno| (Step::Privileged, errno))
}

fn use_namespaces(new: Namespaces, wanted: Use) -> Result<(), (Step, Errno)> {
    if new.contains(Namespace::Time) {
        let time = Namespaces::only(Namespace::Time);
        sys::unshare(time).map_err(|errno| (Step::Create, errno))?;
    }
    if new.contains(Namespace::Mount) {
        let private = propagation::set_up(Propagation::Private, &mut SetUp::default());
        private.map_err(|errno| (Step::Propagate, errno))?;
    }
    if new.contains(Namespace::Net) {
        sys::raise_loopback().map_err(|errno| (Step::Loopback, errno))?;
    }
    if wanted == Use::MountProc {
        proc::set_up(b"/proc", &mut SetUp::default()).map_err(|errno| (Step::MountProc, errno))?;
    }
    Ok(())
}
