//! Why a step of the sandbox's set-up failed, and what the user can do about it.
//!
//! In: the attempt, the kernel's answer, the namespaces that were asked for, and what was
//! observed after the failure. Out: a `Hint`. Pure: `observed` does the looking. An errno
//! has many causes, so each text is chosen by a fact that was read, and without such a fact
//! there is no hint. Allocates, so it may be called only when no app will run.

mod app;
pub mod command;
mod existing;
mod ids;
mod kernel;
pub mod masks;
mod mounts;
mod observed;

use std::borrow::Cow;
use std::fmt;

use nix::errno::Errno;

use crate::config::sandbox::Resource;
use crate::namespaces::{Namespace, Namespaces};
pub use app::lacking;
pub use observed::Observed;

/// What was tried, as far as the search for a cause has to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Creating the namespaces.
    Create,
    /// The same in a PID namespace that was there before.
    CreateJoined,
    /// Opening what leads to existing namespaces.
    OpenToJoin,
    /// Entering existing namespaces of these types.
    Join(Namespaces),
    /// Moving a process to a cgroup.
    MoveToCgroup,
    /// Letting a file keep a namespace of this type.
    Persist(Namespace),
    /// Writing `setgroups`, `uid_map` and `gid_map`.
    MapIds,
    /// Finding our range of subordinate ids in this file.
    FindRange(&'static str),
    /// Running newuidmap(1) or newgidmap(1).
    RunMapper,
    /// A step that takes the capabilities of the new user namespace.
    Privileged,
    /// Setting the propagation of mounts.
    Propagate,
    /// Making the mount private that something is to be mounted on.
    MakePrivate,
    /// Sharing the new root's mounts with those outside again.
    RejoinPeers,
    /// Copying the own executable into memory.
    CopySelf,
    /// Making a mount, for which the right to mount is enough.
    Mount,
    /// Opening what is to be bound.
    OpenSource,
    /// Mounting an overlay.
    Overlay,
    /// Mounting a new `/sys`.
    MountSys,
    /// pivot_root(2).
    PivotRoot,
    /// Mounting a new `/proc`.
    MountProc,
    /// Bringing up the loopback device.
    Loopback,
    /// Writing the offsets of the clocks.
    Offsets,
    /// Limiting the number of user namespaces.
    LimitUsers,
    /// Loading a seccomp filter of the user's.
    LoadFilter,
    /// Guarding the terminal by a seccomp filter.
    GuardTerminal,
    /// Making a session keyring.
    NewKeyring,
    /// Changing user, group or supplementary groups.
    ChangeIds,
    /// Changing supplementary groups.
    SetGroups,
    /// Setting this hard limit of a resource.
    SetLimit(Resource, u64),
}

/// A cause, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Why the attempt failed.
    pub cause: Cow<'static, str>,
    /// What the user can do.
    pub remedy: Cow<'static, str>,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.cause, self.remedy)
    }
}

fn hint(cause: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Option<Hint> {
    Some(Hint { cause: cause.into(), remedy: remedy.into() })
}

/// Why `attempt` failed with `errno` when the namespaces `new` were asked for, as far as
/// `observed` tells.
pub fn explain(
    attempt: Attempt,
    errno: Errno,
    new: Namespaces,
    observed: &Observed,
) -> Option<Hint> {
    let refused = matches!(errno, Errno::EPERM | Errno::EACCES);
    match attempt {
        Attempt::Offsets | Attempt::Overlay | Attempt::Persist(_) | Attempt::LimitUsers
            if errno == Errno::ENOENT && observed.no_proc =>
        {
            hint("init does this through /proc, and no /proc is mounted", "mount proc on /proc")
        }
        Attempt::MapIds | Attempt::RunMapper | Attempt::Persist(_)
            if errno == Errno::ESRCH && observed.strange_proc =>
        {
            hint("/proc is of another PID namespace", "mount proc on /proc")
        }
        Attempt::Create => create(errno, new, observed),
        Attempt::CreateJoined
        | Attempt::OpenToJoin
        | Attempt::Join(_)
        | Attempt::MoveToCgroup
        | Attempt::Persist(_) => existing::explain(attempt, errno, new, observed),
        Attempt::MapIds => ids::map(errno, observed),
        Attempt::FindRange(file) => ids::find_range(file, observed),
        Attempt::RunMapper => ids::run_mapper(errno, observed),
        _ if refused && new.contains(Namespace::User) && observed.apparmor_restricts => apparmor(),
        Attempt::CopySelf => copy_self(errno, observed),
        Attempt::Propagate
        | Attempt::MakePrivate
        | Attempt::RejoinPeers
        | Attempt::OpenSource
        | Attempt::Mount
        | Attempt::MountProc
        | Attempt::MountSys
        | Attempt::Overlay
        | Attempt::PivotRoot => mounts::explain(attempt, errno, new, observed),
        Attempt::Loopback if refused => {
            hint("it needs CAP_NET_ADMIN", "use --cap-add NET_ADMIN, or add --user")
        }
        Attempt::Offsets if errno == Errno::ERANGE => {
            hint("a clock would be negative", "use a larger offset")
        }
        Attempt::SetGroups
            if errno == Errno::EPERM
                && (new.contains(Namespace::User) || observed.groups_denied) =>
        {
            hint("setgroups is denied inside", "use --map-auto, or start as root")
        }
        Attempt::SetGroups => app::explain(Attempt::ChangeIds, errno, observed),
        Attempt::LimitUsers
        | Attempt::LoadFilter
        | Attempt::GuardTerminal
        | Attempt::NewKeyring
        | Attempt::ChangeIds
        | Attempt::SetLimit(..) => app::explain(attempt, errno, observed),
        _ => None,
    }
}

fn create(errno: Errno, new: Namespaces, observed: &Observed) -> Option<Hint> {
    match errno {
        Errno::EPERM | Errno::EACCES if new != Namespaces::NONE => {
            not_permitted(errno, new, observed)
        }
        // EUSERS: before Linux 4.9.
        Errno::ENOSPC | Errno::EUSERS => limit(new, observed),
        Errno::EINVAL => {
            let missing = new.iter().find(|namespace| observed.missing.contains(*namespace))?;
            hint(
                format!("this kernel has no {missing} namespaces"),
                format!("do without {missing}"),
            )
        }
        Errno::EAGAIN => {
            hint("the limit of processes is reached", "raise pids.max or RLIMIT_NPROC")
        }
        _ => None,
    }
}

fn copy_self(errno: Errno, observed: &Observed) -> Option<Hint> {
    match errno {
        Errno::ENOENT if observed.no_proc => {
            hint("init finds itself through /proc, and no /proc is mounted", "mount proc on /proc")
        }
        Errno::EACCES if observed.memfd_noexec == Some(2) => {
            hint("vm.memfd_noexec is 2", "set it with sysctl vm.memfd_noexec=1")
        }
        _ => profile_forbids(errno, observed),
    }
}

const FILTER: &str = "a seccomp filter blocks it";
const NO_FILTER: &str = "use --security-opt seccomp=unconfined or --cap-add SYS_ADMIN";

fn not_permitted(errno: Errno, new: Namespaces, observed: &Observed) -> Option<Hint> {
    if observed.creation_filtered {
        return hint(FILTER, NO_FILTER);
    }
    // AppArmor looks at user namespaces alone, from Linux 6.7 on.
    if new.contains(Namespace::User)
        && let Some(cause) = profile(errno, observed)
    {
        return hint(cause, "add `userns,` to the profile");
    }
    if !new.contains(Namespace::User) {
        return hint("it needs CAP_SYS_ADMIN", "add --user");
    }
    if observed.userns_clone == Some(0) {
        return hint(
            "kernel.unprivileged_userns_clone is 0",
            "set it with sysctl kernel.unprivileged_userns_clone=1",
        );
    }
    if observed.chrooted {
        return hint(
            "user namespaces cannot be created in a chroot",
            "enter the directory with pivot_root instead",
        );
    }
    if observed.unmapped {
        return hint(
            "our own ids are not mapped in this user namespace",
            "make the outer namespace with --map-current-user or --map-root-user",
        );
    }
    None
}

/// Of several types, the one with the lowest limit has reached it.
fn limit(new: Namespaces, observed: &Observed) -> Option<Hint> {
    let known = new.iter().filter_map(|namespace| Some((namespace, observed.limit(namespace)?)));
    let (namespace, limit) = known.min_by_key(|(_, limit)| *limit)?;
    let name = format!("user.max_{}_namespaces", namespace.kernel_name());
    if limit == 0 {
        return hint(format!("{name} is 0"), format!("raise it with sysctl {name}=100"));
    }
    hint(
        format!("no more {namespace} namespaces are allowed: {name} is {limit}"),
        "raise it, here or in a parent user namespace, or nest less than 32 deep",
    )
}

fn apparmor() -> Option<Hint> {
    hint(
        "AppArmor takes the capabilities of unprivileged user namespaces",
        "add a profile with `userns`, or sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    )
}

/// Names the AppArmor profile for what is no mount. A profile that lets no descriptor through which
/// has no path is enough of a reason.
fn profile_forbids(errno: Errno, observed: &Observed) -> Option<Hint> {
    let remedy = if observed.disconnected {
        "add flags=(attach_disconnected) to the profile"
    } else {
        UNCONFINED
    };
    hint(profile(errno, observed)?, remedy)
}

const UNCONFINED: &str = "use --security-opt apparmor=unconfined";

/// AppArmor answers EACCES; a missing capability is EPERM.
fn profile(errno: Errno, observed: &Observed) -> Option<String> {
    let profile = observed.apparmor_profile.as_ref().filter(|_| errno == Errno::EACCES)?;
    Some(format!("the AppArmor profile {profile} forbids it"))
}

#[cfg(test)]
mod tests;
