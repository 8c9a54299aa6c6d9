//! Can these namespaces be made here?
//!
//! In: namespaces, and what to do in them. Out: `Possible`. A child tries it for real and
//! exits at once; its namespaces vanish with it.

use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::resource::{Resource as Kind, getrlimit};
use nix::unistd::{getegid, geteuid, write};

use crate::capabilities::Capability;
use crate::config::sandbox::{Propagation, Resource};
use crate::diagnosis::{self, Attempt, Hint, Observed};
use crate::files;
use crate::init::procfs::has_our_numbers;
use crate::namespaces::{Namespace, Namespaces};
use crate::plan::Refusal;
use crate::sandbox::can_copy;
use crate::sandbox::rootfs::{self, Use};
use crate::sandbox::steps::{SetUp, clocks, nested, propagation};
use crate::seccomp;
use crate::sys;

/// Can namespaces be made?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Possible {
    /// Yes, by init as it is.
    Yes,
    /// Yes, together with a new user namespace.
    WithUser,
    /// Yes, together with the user namespace that owns it.
    WithOwner,
    /// No.
    No {
        /// The kernel's answer.
        errno: Errno,
        /// The cause, if it was found.
        hint: Option<Hint>,
    },
}

/// What is tried in the namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// A mount, or nothing.
    Use(Use),
    /// Other clocks.
    Clocks,
    /// Other ids.
    Ids,
    /// Supplementary groups.
    Groups,
    /// Fewer capabilities.
    Capabilities,
    /// A limit that is no higher.
    Limit,
    /// A seccomp filter.
    Filter,
    /// A limit of user namespaces.
    LimitUsers,
}

/// Tries to make these namespaces, and something in them; if that is not permitted, together
/// with a user namespace. Who mounts a new `/sys` has to own the network that it shows, so that
/// is tried with a network namespace as well.
pub fn try_out(new: Namespaces, wanted: Trial) -> Possible {
    let Err(mut failure) = try_once(new, wanted) else { return Possible::Yes };
    let mut asked = new;
    if failure.1 == Errno::EPERM && !new.contains(Namespace::User) {
        if wanted == Trial::Use(Use::MountSys) {
            asked = new.with(Namespace::Net);
            if try_once(asked, wanted).is_ok() {
                return Possible::Yes;
            }
        }
        asked = asked.with(Namespace::User);
        match try_once(asked, wanted) {
            Ok(()) => return Possible::WithUser,
            Err(other) => failure = other,
        }
    }
    let (attempt, errno) = failure;
    no(attempt, errno, asked)
}

/// No, and why; the namespaces `new` were asked for.
pub fn no(attempt: Attempt, errno: Errno, new: Namespaces) -> Possible {
    Possible::No { errno, hint: diagnosis::explain(attempt, errno, new, &Observed::collect(new)) }
}

/// No: init refuses it by itself.
pub fn refused(errno: Errno, refusal: Refusal) -> Possible {
    let (_, _, said) = refusal.describe();
    let hint = said.as_deref().and_then(|said| said.split_once("; ")).map(|(cause, remedy)| Hint {
        cause: cause.to_owned().into(),
        remedy: remedy.to_owned().into(),
    });
    Possible::No { errno, hint }
}

/// The attempts that a child may tell of, by number.
const ATTEMPTS: [Attempt; 20] = [
    Attempt::Create,
    Attempt::MapIds,
    Attempt::Privileged,
    Attempt::Propagate,
    Attempt::Loopback,
    Attempt::MountProc,
    Attempt::MountSys,
    Attempt::Mount,
    Attempt::PivotRoot,
    Attempt::Overlay,
    Attempt::ChangeIds,
    LIMIT,
    Attempt::LimitUsers,
    Attempt::LoadFilter,
    Attempt::Offsets,
    Attempt::SetGroups,
    Attempt::OpenToJoin,
    Attempt::Join(UTS),
    Attempt::Join(UTS.with(Namespace::User)),
    Attempt::Persist(Namespace::Uts),
];

const UTS: Namespaces = Namespaces::only(Namespace::Uts);

const LIMIT: Attempt = Attempt::SetLimit(Resource::NOFILE, 0);

/// What a child says when all went well.
const DONE: [u8; 2] = [u8::MAX; 2];

fn try_once(new: Namespaces, wanted: Trial) -> Result<(), (Attempt, Errno)> {
    // Inside, our ids have no name before they are mapped.
    let maps = [geteuid().as_raw(), getegid().as_raw()].map(|id| format!("{id} {id} 1"));
    if matches!(wanted, Trial::Use(Use::Root | Use::ReadOnly | Use::Ephemeral | Use::NoPivot)) {
        can_copy().map_err(|errno| (Attempt::CopySelf, errno))?;
    }
    // outer writes them by the number of its child.
    if new.contains(Namespace::User) && has_our_numbers() == Err(Errno::ESRCH) {
        return Err((Attempt::MapIds, Errno::ESRCH));
    }
    in_child(new, &|| try_here(new, wanted, &maps))
}

/// Does it in a child in new namespaces, but for that of time.
pub fn in_child(
    new: Namespaces,
    trial: &dyn Fn() -> Result<(), (Attempt, Errno)>,
) -> Result<(), (Attempt, Errno)> {
    let create = |errno| (Attempt::Create, errno);
    let [ours, theirs] = sys::socket_pair().map_err(create)?;
    let Some(child) = sys::clone_into(new.without(Namespace::Time)).map_err(create)? else {
        let number = |attempt| ATTEMPTS.iter().position(|other| *other == attempt);
        // Errors of these attempts end at 133.
        let word = match trial() {
            Ok(()) => DONE,
            Err((attempt, errno)) => [number(attempt).unwrap_or(0) as u8, errno as i32 as u8],
        };
        let _ = sys::send(theirs.as_fd(), &word);
        sys::exit(0);
    };
    drop(theirs);
    let mut word = [0; 2];
    let said = sys::read_all(ours.as_fd(), &mut word).len();
    sys::reap(child);
    match word {
        _ if said != word.len() => Err(create(Errno::ECHILD)),
        DONE => Ok(()),
        [number, errno] => {
            let attempt = ATTEMPTS.get(usize::from(number)).copied();
            Err((attempt.unwrap_or(Attempt::Create), Errno::from_raw(errno.into())))
        }
    }
}

/// In the child, in the new namespaces.
fn try_here(new: Namespaces, wanted: Trial, maps: &[String; 2]) -> Result<(), (Attempt, Errno)> {
    if new.contains(Namespace::User) {
        map_ids(maps)?;
    }
    use_namespaces(new, wanted)
}

/// In a new user namespace: maps our own ids to themselves, and uses a capability once.
fn map_ids([users, groups]: &[String; 2]) -> Result<(), (Attempt, Errno)> {
    for (path, text) in [
        (c"/proc/self/setgroups", "deny"),
        (c"/proc/self/uid_map", users.as_str()),
        (c"/proc/self/gid_map", groups.as_str()),
    ] {
        let written = files::open_nonblocking(path).and_then(|fd| write(fd, text.as_bytes()));
        written.map_err(|errno| (Attempt::MapIds, errno))?;
    }
    sys::drop_bounding(Capability::SYS_ADMIN).map_err(|errno| (Attempt::Privileged, errno))
}

fn use_namespaces(new: Namespaces, wanted: Trial) -> Result<(), (Attempt, Errno)> {
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
    let (attempt, done) = match wanted {
        Trial::Use(wanted) => rootfs::try_out(wanted),
        Trial::Clocks => (Attempt::Offsets, clocks::set_up(1, 1, &mut SetUp::default())),
        Trial::Ids => (Attempt::ChangeIds, change_ids(new)),
        Trial::Groups => (Attempt::SetGroups, sys::set_groups(&[getegid().as_raw()])),
        Trial::Capabilities => (Attempt::Privileged, sys::drop_bounding(Capability::SYS_ADMIN)),
        Trial::Limit => (LIMIT, limit()),
        Trial::LimitUsers => (Attempt::LimitUsers, nested::limit(&mut SetUp::default())),
        Trial::Filter => {
            let loaded =
                prctl::set_no_new_privs().and_then(|()| sys::load_filter(seccomp::HARMLESS));
            (Attempt::LoadFilter, loaded)
        }
    };
    done.map_err(|errno| (attempt, errno))
}

/// Becomes another user and group. In a new user namespace only our own are mapped.
fn change_ids(new: Namespaces) -> Result<(), Errno> {
    if new.contains(Namespace::User) {
        sys::set_group(getegid().as_raw())?;
        return sys::set_user(geteuid().as_raw());
    }
    sys::set_groups(&[])?;
    sys::set_group(1)?;
    sys::set_user(1)
}

/// Sets a limit to what it is.
fn limit() -> Result<(), Errno> {
    let (soft, hard) = getrlimit(Kind::RLIMIT_NOFILE)?;
    sys::set_limit(Resource::NOFILE.number(), soft, hard)
}
