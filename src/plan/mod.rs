//! What was asked for and what was found at start, made into lists of steps.
//!
//! In: `Config`, `Facts`, and for a sandbox `Credentials`. Out: an `AppPlan`, or a
//! `SandboxPlan` with lists for outer, for its child, and for the app's own process. Pure:
//! no system call, so the order of the steps, which is where such programs go wrong, is
//! tested as tables. A plain start allocates nothing here.

pub mod app;
mod app_steps;
mod confine;
mod credentials;
mod facts;
pub mod inner;
pub mod joins;
pub mod mounts;
pub mod outer;
mod refusal;
mod topology;

use log::LevelFilter;

use crate::capabilities::{Capability, CapabilitySet};
use crate::config::Config;
use crate::config::sandbox::Sandbox;
use crate::diagnosis;
use crate::namespaces::{Namespace, Namespaces};
pub use app::AppPlan;
pub use credentials::Credentials;
pub use facts::Facts;
use joins::Joins;
pub use outer::Maps;
pub use refusal::Refusal;
pub use topology::Topology;

/// A step as messages speak of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// What is tried, in the kernel's words.
    pub operation: &'static str,
    /// What it is tried on; may be empty.
    pub object: &'static [u8],
    /// What it is to the search for the cause of a failure, where a search makes sense.
    pub cause: Option<diagnosis::Attempt>,
}

/// How to make the sandbox.
#[derive(Clone, Debug)]
pub struct SandboxPlan {
    /// What the child is cloned into.
    pub namespaces: Namespaces,
    /// Who reaps the app.
    pub topology: Topology,
    /// outer's steps before the clone.
    pub joins: Vec<joins::Step>,
    /// The child is cloned into an existing PID namespace.
    pub joins_pid: bool,
    /// outer's steps, while the child waits.
    pub outer: Vec<outer::Step>,
    /// outer's steps, while the child waits for the second time, with all else done.
    pub persists: Vec<outer::Step>,
    /// The child's steps, before the app starts.
    pub inner: Vec<inner::Step>,
    /// Those after the app has started as a child of the child.
    pub as_init: &'static [inner::Step],
    /// The app's process shares no memory with inner: after unshare(CLONE_NEWTIME), Linux before
    /// 6.3 refuses a clone that shares memory (EINVAL), and later ones put such a child into
    /// the old time namespace.
    pub forks: bool,
    /// The ids of the app's own user namespace, below inner's.
    pub nested: Option<Maps>,
    /// How the app starts. The plan is made once, before there is a child.
    pub app: AppPlan,
}

/// Decides how the app is started without a sandbox.
pub fn plain(config: &Config, facts: &Facts) -> AppPlan {
    app::plan(config, facts, facts.own.as_raw() != 1, app::Confinement::default())
}

/// Decides how the sandbox is made.
///
/// # Errors
/// What cannot be, or not together.
pub fn sandbox(
    sandbox: &Sandbox,
    config: &Config,
    facts: &Facts,
    found: &Credentials,
) -> Result<SandboxPlan, Refusal> {
    check(sandbox)?;
    let all = namespaces(sandbox, found, joined(found.doors));
    let joins = Joins::of(found.doors, all)?;
    let users = all.contains(Namespace::User);
    let maps = if users { Some(Maps::of(sandbox, found)?) } else { None };
    let nests = sandbox.no_new_user_ns;
    let topology = Topology::of(all, nests);
    let dies_with_parent = match topology {
        Topology::Direct => facts.own.as_raw() != 1,
        Topology::Pid1 => false,
        Topology::Subreaper => true,
    };
    let confinement = confinement(sandbox, found, maps.as_ref(), &joins, dies_with_parent)?;
    let owns_machine = found.has_machine_root && maps.as_ref().is_none_or(Maps::has_outer_root);
    let queues = all.contains(Namespace::Ipc);
    let mounts = mounts::steps(sandbox, found, mounts::Circumstances { queues, owns_machine })?;
    let cloned = cloned(sandbox, all);
    let persists = outer::persists(sandbox, found)?;
    let root = maps.as_ref().is_some_and(Maps::has_root);
    let nested = maps.as_ref().filter(|_| nests).map(Maps::nested);
    let outer = outer_steps(sandbox, config, found, cloned, maps)?;
    let circumstances = inner::Circumstances {
        all,
        topology,
        waits: !outer.is_empty(),
        persists: !persists.is_empty(),
        root,
    };
    Ok(SandboxPlan {
        namespaces: cloned,
        topology,
        forks: all.contains(Namespace::Time) || nests,
        nested,
        inner: inner::steps(sandbox, circumstances, &joins, mounts),
        as_init: inner::steps_as_init(topology),
        joins: joins.outer,
        joins_pid: joins.all.contains(Namespace::Pid),
        outer,
        persists,
        app: app::plan(config, facts, dies_with_parent, confinement),
    })
}

/// What outer does while the child waits for the first time.
fn outer_steps(
    sandbox: &Sandbox,
    config: &Config,
    found: &Credentials,
    cloned: Namespaces,
    maps: Option<Maps>,
) -> Result<Vec<outer::Step>, Refusal> {
    let is_talkative = config.verbosity >= LevelFilter::Debug || config.log_filter.is_some();
    let prints = is_talkative && cloned != Namespaces::NONE;
    let mut steps = Vec::new();
    steps.extend(prints.then_some(outer::Step::Print(cloned)));
    steps.extend(maps.map(|maps| maps.steps(sandbox, found)).transpose()?.into_iter().flatten());
    steps.extend(outer::moves(sandbox, found)?);
    Ok(steps)
}

/// Refuses options that do not go together.
fn check(sandbox: &Sandbox) -> Result<(), Refusal> {
    let leads_back = sandbox.cap_add.intersection(Sandbox::LEADS_BACK) != CapabilitySet::NONE;
    if sandbox.no_pivot && leads_back { Err(Refusal::NoPivotNeeds) } else { Ok(()) }
}

/// What clone(2) makes.
fn cloned(sandbox: &Sandbox, all: Namespaces) -> Namespaces {
    // The offsets of a time namespace are frozen once a process is in it, and clone puts a
    // child in it at once (time_namespaces(7)).
    let cloned = all.without(Namespace::Time);
    // Its root is the cgroup that its first process is in.
    let moves = !sandbox.join_cgroups.is_empty();
    if moves { cloned.without(Namespace::Cgroup) } else { cloned }
}

/// How the app's process confines itself.
fn confinement(
    sandbox: &Sandbox,
    found: &Credentials,
    maps: Option<&Maps>,
    joins: &Joins,
    dies_with_parent: bool,
) -> Result<app::Confinement, Refusal> {
    maps.map_or(Ok(()), |maps| maps.have(&sandbox.ids, found))?;
    let denied = maps.is_some_and(|maps| maps.deny_groups(sandbox, found));
    let groups_stay =
        found.groups_denied || denied || found.doors.iter().any(|door| door.groups_denied);
    if groups_stay && sandbox.ids.groups.is_some() {
        return Err(Refusal::GroupsDenied);
    }
    // A new root directory is a change of directory too.
    let enters = sandbox.root.is_some() || joins.all.contains(Namespace::Mount);
    let circumstances = confine::Circumstances {
        home: enters.then_some(&b"/"[..]),
        groups_stay,
        confined: maps.is_some()
            || joins.all != Namespaces::NONE
            || sandbox.root.is_some()
            || sandbox.cap_drop != CapabilitySet::NONE,
        has_terminal: found.has_terminal,
        is_admin: maps.is_some()
            || joins.all.contains(Namespace::User)
            || found.capabilities.contains(Capability::SYS_ADMIN),
        filters: found.filters,
        dies_with_parent,
    };
    Ok(confine::confine(sandbox, circumstances))
}

/// All types that are entered.
fn joined(doors: &[joins::Door]) -> Namespaces {
    doors.iter().fold(Namespaces::NONE, |all, door| all.union(door.types))
}

/// All namespaces that are to be new; `joined` ones exist.
fn namespaces(sandbox: &Sandbox, found: &Credentials, joined: Namespaces) -> Namespaces {
    let wanted = Namespace::ALL.into_iter().filter(|namespace| {
        // `--unshare-all` gives way.
        sandbox.namespaces.contains(*namespace)
            || sandbox.news(*namespace) && !joined.contains(*namespace)
    });
    let named = wanted.fold(Namespaces::NONE, Namespaces::with);
    // Without a user namespace an ordinary user gets no other namespace, and has no
    // capability to give up or to change ids with.
    let rights = sandbox.capabilities().is_some() || sandbox.ids.are_given();
    let needs = named != Namespaces::NONE || rights;
    let implied = found.user != 0 && needs && !joined.contains(Namespace::User);
    if implied { named.with(Namespace::User) } else { named }
}

#[cfg(test)]
mod tests;
