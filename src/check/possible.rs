//! Can these namespaces be made here?
//!
//! In: namespaces, and what to do in them. Out: `Possible`. A child tries it for real and
//! exits at once; its namespaces vanish with it.

use nix::errno::Errno;
use nix::unistd::{getegid, geteuid, write};

use crate::capabilities::Capability;
use crate::config::sandbox::Propagation;
use crate::diagnosis::{self, Attempt, Hint, Observed};
use crate::files;
use crate::namespaces::{Namespace, Namespaces};
use crate::sandbox::rootfs::proc;
use crate::sandbox::steps::{SetUp, clocks, propagation};
use crate::sys;

/// Can namespaces be made?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Possible {
    /// Yes, by init as it is.
    Yes,
    /// Yes, together with a new user namespace.
    WithUser,
    /// No.
    No {
        /// The kernel's answer.
        errno: Errno,
        /// The cause, if it was found.
        hint: Option<Hint>,
    },
}

/// What the namespaces are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To run in them.
    Enter,
    /// To mount a new `/proc` in them.
    MountProc,
}

/// Tries to make these namespaces; if that is not permitted, together with a user namespace.
pub fn try_out(new: Namespaces, wanted: Use) -> Possible {
    let Err(mut failure) = try_once(new, wanted) else { return Possible::Yes };
    let mut asked = new;
    if failure.1 == Errno::EPERM && !new.contains(Namespace::User) {
        asked = new.with(Namespace::User);
        match try_once(asked, wanted) {
            Ok(()) => return Possible::WithUser,
            Err(other) => failure = other,
        }
    }
    let (attempt, errno) = failure;
    Possible::No {
        errno,
        hint: diagnosis::explain(attempt, errno, asked, &Observed::collect(asked)),
    }
}

fn try_once(new: Namespaces, wanted: Use) -> Result<(), (Attempt, Errno)> {
    let user = new.contains(Namespace::User);
    // Before the clone: the child must not allocate.
    let users = format!("{0} {0} 1", geteuid());
    let groups = format!("{0} {0} 1", getegid());
    let mut result = Ok(());
    let made = sys::vfork(new.without(Namespace::Time), &mut || {
        result = if user { map_ids(&users, &groups) } else { Ok(()) }
            .and_then(|()| use_namespaces(new, wanted));
        0
    });
    sys::reap(made.map_err(|errno| (Attempt::Create, errno))?);
    result
}

/// In a new user namespace: maps our own ids to themselves, and uses a capability once.
fn map_ids(users: &str, groups: &str) -> Result<(), (Attempt, Errno)> {
    for (path, text) in [
        (c"/proc/self/setgroups", "deny"),
        (c"/proc/self/uid_map", users),
        (c"/proc/self/gid_map", groups),
    ] {
        let written = files::open_nonblocking(path).and_then(|fd| write(fd, text.as_bytes()));
        written.map_err(|errno| (Attempt::MapIds, errno))?;
    }
    sys::drop_bounding(Capability::SYS_ADMIN).map_err(|errno| (Attempt::Privileged, errno))
}

fn use_namespaces(new: Namespaces, wanted: Use) -> Result<(), (Attempt, Errno)> {
    if new.contains(Namespace::Time) {
        clocks::unshare(&mut SetUp::default()).map_err(|errno| (Attempt::Create, errno))?;
    }
    if new.contains(Namespace::Mount) {
        let private = propagation::set_up(Propagation::Private, &mut SetUp::default());
        private.map_err(|errno| (Attempt::Propagate, errno))?;
    }
    if new.contains(Namespace::Net) {
        sys::raise_loopback().map_err(|errno| (Attempt::Loopback, errno))?;
    }
    if wanted == Use::MountProc {
        proc::set_up(b"/proc", &mut SetUp::default())
            .map_err(|errno| (Attempt::MountProc, errno))?;
    }
    Ok(())
}
