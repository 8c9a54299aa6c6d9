//! What outer's child does before there is an app. In: what was asked for, and what follows
//! from it. Out: ordered steps. Pure: the order is where sandboxes go wrong, so it is tested.

use super::joins::{self, Joins};
use super::{Description, Topology, mounts};
use crate::config::sandbox::{Propagation, Sandbox};
use crate::diagnosis;
use crate::namespaces::{Namespace, Namespaces};

/// A step of outer's child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Be killed when outer is.
    DieWithOuter,
    /// Leave outer's process group: a signal to that group shall come once, through outer.
    LeaveGroup,
    /// Wait until outer has done its steps.
    AwaitOuter,
    /// Take the ids 0 of the user namespace.
    BecomeRoot,
    /// Take those ids 0 that the user namespace has.
    BecomeRootIfMapped,
    /// Enter existing namespaces.
    Join(joins::Step),
    /// Put this process into a new cgroup namespace: its own cgroup is the root there.
    UnshareCgroup,
    /// Set what mounts cross the mount namespace.
    Propagate(Propagation),
    /// Bring the loopback device up.
    RaiseLoopback,
    /// Set the host name.
    SetHostname(&'static [u8]),
    /// Set the NIS domain name.
    SetDomainname(&'static [u8]),
    /// A step about the app's file system.
    Mount(mounts::Step),
    /// Put the children into a new time namespace.
    UnshareTime,
    /// Allow one user namespace below this one: the app's.
    LimitUserNamespaces,
    /// Shift the monotonic and the boot-time clock, by seconds.
    ShiftClocks(i64, i64),
    /// Let orphans come to this process, which is not PID 1.
    AdoptOrphans,
    /// Overwrite the environment that `--clearenv` has cleared: `/proc/1/environ` shows it.
    WipeEnvironment,
    /// Wait until outer has let files keep the namespaces.
    AwaitPersist,
    /// Let nobody look into this process: `/proc/1` leads out of the sandbox.
    HideFromProc,
    /// Keep no capability but the one to signal processes of other users.
    KeepKill,
    /// Tell outer that the app runs.
    TellOuter,
}

impl Step {
    /// What a message says of the step, and what it is to the search for a cause.
    pub fn describe(self) -> Description {
        let (operation, object, cause): (_, &[u8], _) = match self {
            Step::DieWithOuter => ("be killed with init", b"", None),
            Step::LeaveGroup => ("setpgid", b"", None),
            Step::AwaitOuter => ("wait for the id maps", b"", None),
            Step::BecomeRoot | Step::BecomeRootIfMapped => {
                ("become user", b"0", Some(diagnosis::Attempt::Privileged))
            }
            Step::Join(step) => return step.describe(),
            Step::UnshareCgroup => ("unshare cgroup", b"", Some(diagnosis::Attempt::Create)),
            Step::AwaitPersist => ("wait for the files that keep namespaces", b"", None),
            Step::Propagate(_) => {
                ("change propagation of", b"/", Some(diagnosis::Attempt::Propagate))
            }
            Step::RaiseLoopback => ("bring up", b"lo", Some(diagnosis::Attempt::Loopback)),
            Step::SetHostname(name) => {
                ("set host name", name, Some(diagnosis::Attempt::Privileged))
            }
            Step::SetDomainname(name) => {
                ("set domain name", name, Some(diagnosis::Attempt::Privileged))
            }
            Step::Mount(step) => return step.describe(),
            Step::LimitUserNamespaces => {
                ("limit user namespaces", b"", Some(diagnosis::Attempt::LimitUsers))
            }
            Step::UnshareTime => ("unshare time", b"", Some(diagnosis::Attempt::Create)),
            Step::ShiftClocks(..) => ("set clock offsets", b"", Some(diagnosis::Attempt::Offsets)),
            Step::AdoptOrphans => ("become a subreaper", b"", None),
            Step::WipeEnvironment => ("wipe the environment", b"", None),
            Step::KeepKill => ("keep CAP_KILL only", b"", None),
            Step::TellOuter => ("tell outer that the app runs", b"", None),
            Step::HideFromProc => ("hide from /proc", b"", Some(diagnosis::Attempt::Privileged)),
        };
        Description { operation, object, cause }
    }
}

/// What the steps depend on beside the options.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// All new namespaces.
    pub all: Namespaces,
    /// Who reaps the app.
    pub topology: Topology,
    /// outer has steps to do first.
    pub waits: bool,
    /// outer has steps to do when all else is done.
    pub persists: bool,
    /// There are ids 0 to take in the new user namespace.
    pub root: bool,
}

/// The steps, first to last. `mounts`: what becomes of the file system.
pub fn steps(
    sandbox: &Sandbox,
    known: Circumstances,
    joins: &Joins,
    mounts: Vec<mounts::Step>,
) -> Vec<Step> {
    let (propagation, later) = propagation(sandbox);
    let enters = joins.all != Namespaces::NONE;
    let joins_user = joins.all.contains(Namespace::User);
    // The clocks are set through the /proc of outside: a new root need not have its own.
    begin(known, enters)
        .chain(joins.inner.iter().copied().map(Step::Join))
        .chain(joins_user.then_some(Step::BecomeRootIfMapped))
        .chain(fill(sandbox, known.all, propagation))
        .chain(mounts.into_iter().map(Step::Mount))
        .chain(later.map(Step::Propagate))
        .chain(end(sandbox, known, enters, joins_user))
        .collect()
}

/// Before anything is changed.
fn begin(known: Circumstances, enters: bool) -> impl Iterator<Item = Step> {
    let steps = [
        Some(Step::DieWithOuter),
        (known.topology != Topology::Direct).then_some(Step::LeaveGroup),
        known.waits.then_some(Step::AwaitOuter),
        known.root.then_some(Step::BecomeRoot),
        // Who is there already must not look into this process: it comes from outside.
        enters.then_some(Step::HideFromProc),
    ];
    steps.into_iter().flatten()
}

/// What the new namespaces start with, but for the mounts of the app.
fn fill(
    sandbox: &Sandbox,
    all: Namespaces,
    propagation: Propagation,
) -> impl Iterator<Item = Step> {
    let own = all.contains(Namespace::Mount) && propagation != Propagation::Unchanged;
    let time = all.contains(Namespace::Time);
    let clocks = (sandbox.monotonic.unwrap_or(0), sandbox.boottime.unwrap_or(0));
    let cgroup = all.contains(Namespace::Cgroup) && !sandbox.join_cgroups.is_empty();
    let steps = [
        cgroup.then_some(Step::UnshareCgroup),
        // Before any mount: a mount on a shared mount would appear outside as well.
        own.then_some(Step::Propagate(propagation)),
        all.contains(Namespace::Net).then_some(Step::RaiseLoopback),
        sandbox.hostname.map(Step::SetHostname),
        sandbox.domainname.map(Step::SetDomainname),
        time.then_some(Step::UnshareTime),
        // Before the app is forked: from then on the offsets are frozen.
        (time && clocks != (0, 0)).then_some(Step::ShiftClocks(clocks.0, clocks.1)),
        // By the /proc of outside, as well.
        sandbox.no_new_user_ns.then_some(Step::LimitUserNamespaces),
    ];
    steps.into_iter().flatten()
}

/// When all is mounted.
fn end(
    sandbox: &Sandbox,
    known: Circumstances,
    enters: bool,
    joins_user: bool,
) -> impl Iterator<Item = Step> {
    let is_inner = known.topology != Topology::Direct;
    let steps = [
        (known.topology == Topology::Subreaper).then_some(Step::AdoptOrphans),
        known.persists.then_some(Step::AwaitPersist),
        (is_inner && sandbox.cleared.is_some()).then_some(Step::WipeEnvironment),
        // After every step that uses /proc/self, and after the maps are written: a process
        // that hides has its files in /proc owned by root.
        (is_inner && !enters).then_some(Step::HideFromProc),
        // A change of ids has taken the parent-death signal back (prctl(2)).
        (known.root || joins_user).then_some(Step::DieWithOuter),
    ];
    steps.into_iter().flatten()
}

/// What crosses the mount namespace before anything is mounted, and what then, if that differs.
fn propagation(sandbox: &Sandbox) -> (Propagation, Option<Propagation>) {
    let wanted = sandbox.propagation.unwrap_or(Propagation::Private);
    let later = match wanted {
        // pivot_root(2) refuses shared mounts.
        Propagation::Shared => sandbox.root.is_some(),
        // Our own binds come first.
        Propagation::Unbindable => true,
        Propagation::Private | Propagation::Slave | Propagation::Unchanged => false,
    };
    if later { (Propagation::Private, Some(wanted)) } else { (wanted, None) }
}

/// What follows when the app runs as a child: an app needs its parent's capabilities before.
pub fn steps_as_init(topology: Topology) -> &'static [Step] {
    match topology {
        Topology::Direct => &[],
        Topology::Pid1 | Topology::Subreaper => &[Step::KeepKill, Step::TellOuter],
    }
}
