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
mod topology;

use std::borrow::Cow;

use log::LevelFilter;
use nix::errno::Errno;

use crate::capabilities::{Capability, CapabilitySet};
use crate::config::Config;
use crate::config::sandbox::{Propagation, Sandbox};
use crate::diagnosis;
use crate::namespaces::{Namespace, Namespaces};
pub use app::AppPlan;
pub use credentials::Credentials;
pub use facts::Facts;
use joins::Joins;
pub use outer::Maps;
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

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The user has no subordinate range of these ids, which this option maps.
    NoRange(outer::Ids, &'static str),
    /// The kernel allows no setgroups(2) with an unprivileged single-id map.
    SetgroupsDenied,
    /// A root takes no part in what is mounted outside.
    UnchangedRoot,
    /// `--no-pivot` takes these capabilities.
    NoPivotNeeds,
    /// The ids are not in the map of the new user namespace, but our own could be.
    Unmapped {
        /// Users or groups.
        ids: outer::Ids,
        /// The option that asks for one.
        option: &'static str,
        /// The id.
        id: u32,
        /// Our own id.
        own: u32,
    },
    /// setgroups(2) is denied, and groups were asked for.
    GroupsDenied,
    /// A namespace of this type cannot be new and an existing one.
    JoinsNew(Namespace),
    /// Of each type there is one namespace.
    JoinsTwice(Namespace),
    /// New namespaces would belong to the user namespace of outside.
    JoinsUser,
    /// A time namespace needs an init, which would be a stranger in the PID namespace.
    JoinsPid,
    /// To mount outside takes CAP_SYS_ADMIN outside.
    PersistNeedsAdmin,
}

impl Refusal {
    /// What a message says of the refusal, the error that stands for it, and, where that is
    /// known without a look around, the remedy.
    pub fn describe(self) -> (Description, Errno, Option<Cow<'static, str>>) {
        match self {
            Refusal::NoRange(ids, operation) => {
                let cause = Some(diagnosis::Attempt::FindRange(ids.subordinate_file()));
                let description = Description { operation, object: b"", cause };
                (description, Errno::UnknownErrno, None)
            }
            Refusal::SetgroupsDenied => {
                let operation = "allow setgroups";
                let remedy = "a map of nothing but our own group denies them; use --map-auto";
                let description = Description { operation, object: b"", cause: None };
                (description, Errno::EPERM, Some(remedy.into()))
            }
            Refusal::UnchangedRoot => refused(
                "--propagation unchanged with --root",
                b"",
                "pivot_root(2) takes private mounts only; use slave or shared",
            ),
            Refusal::NoPivotNeeds => refused(
                "--cap-add with --no-pivot",
                b"",
                "CAP_SYS_ADMIN and CAP_SYS_CHROOT would lead out of the root",
            ),
            Refusal::JoinsNew(both) => refused(
                "--join, and a new namespace of type",
                both.name().as_bytes(),
                "leave one of them out",
            ),
            Refusal::JoinsTwice(twice) => {
                refused("--join, twice for type", twice.name().as_bytes(), "leave one of them out")
            }
            Refusal::Unmapped { ids, option, id, own } => {
                let map = ids.map_option();
                let remedy = format!("{id} is not mapped inside; use {map} {id}:{own}:1");
                let description = Description { operation: option, object: b"", cause: None };
                (description, Errno::UnknownErrno, Some(remedy.into()))
            }
            Refusal::GroupsDenied => {
                let remedy = "setgroups is denied inside; use --map-auto, or start as root";
                let description = Description { operation: "--groups", object: b"", cause: None };
                (description, Errno::UnknownErrno, Some(remedy.into()))
            }
            Refusal::JoinsUser => refused(
                "--join of a user namespace, and new namespaces",
                b"",
                "run a second init inside that makes them",
            ),
            Refusal::JoinsPid => refused(
                "--join of a PID namespace, and --time",
                b"",
                "run a second init inside with --time",
            ),
            Refusal::PersistNeedsAdmin => {
                refused("--persist", b"", "it mounts outside, which takes CAP_SYS_ADMIN there")
            }
        }
    }
}

/// What init refuses by itself, and why.
fn refused(
    operation: &'static str,
    object: &'static [u8],
    reason: &'static str,
) -> (Description, Errno, Option<Cow<'static, str>>) {
    (Description { operation, object, cause: None }, Errno::UnknownErrno, Some(reason.into()))
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
/// There is no subordinate range to map, or setgroups(2) cannot be allowed.
pub fn sandbox(
    sandbox: &Sandbox,
    config: &Config,
    facts: &Facts,
    found: &Credentials,
) -> Result<SandboxPlan, Refusal> {
    if sandbox.root.is_some() && sandbox.propagation == Some(Propagation::Unchanged) {
        return Err(Refusal::UnchangedRoot);
    }
    if sandbox.no_pivot && sandbox.cap_add.intersection(Sandbox::LEADS_BACK) != CapabilitySet::NONE
    {
        return Err(Refusal::NoPivotNeeds);
    }
    let joined = joined(found.doors);
    let all = namespaces(sandbox, found, joined);
    let joins = Joins::of(found.doors, all)?;
    // Who is in the namespace above that of the app writes the app's id maps.
    let nests = sandbox.no_new_user_ns;
    let topology = match Topology::of(all) {
        Topology::Direct if nests => Topology::Subreaper,
        topology => topology,
    };
    let users = all.contains(Namespace::User);
    let maps = if users { Some(outer::Maps::of(sandbox, found)?) } else { None };
    let root = maps.as_ref().is_some_and(outer::Maps::has_root);
    maps.as_ref().map_or(Ok(()), |maps| maps.have(&sandbox.ids, found))?;
    let denied = |maps: &outer::Maps| maps.deny_groups(sandbox, found);
    let groups_stay = found.groups_denied || maps.as_ref().is_some_and(denied);
    if groups_stay && sandbox.ids.groups.is_some() {
        return Err(Refusal::GroupsDenied);
    }
    let nested = maps.as_ref().filter(|_| nests).map(outer::Maps::nested);
    let mounts = mounts::steps(
        sandbox,
        found,
        mounts::Circumstances {
            queues: all.contains(Namespace::Ipc),
            owns_machine: found.has_machine_root
                && maps.as_ref().is_none_or(outer::Maps::has_outer_root),
        },
    );
    // The offsets of a time namespace are frozen once a process is in it, and clone puts a
    // child in it at once (time_namespaces(7)).
    let cloned = all.without(Namespace::Time);
    // Its root is the cgroup that its first process is in.
    let moves = !sandbox.join_cgroups.is_empty();
    let cloned = if moves { cloned.without(Namespace::Cgroup) } else { cloned };
    let persists = outer::persists(sandbox, found)?;
    let is_talkative = config.verbosity >= LevelFilter::Debug || config.log_filter.is_some();
    let mut outer = Vec::new();
    outer
        .extend((is_talkative && cloned != Namespaces::NONE).then_some(outer::Step::Print(cloned)));
    outer.extend(maps.map(|maps| maps.steps(sandbox, found)).transpose()?.into_iter().flatten());
    outer.extend(outer::moves(sandbox, found));
    let dies_with_parent = match topology {
        Topology::Direct => facts.own.as_raw() != 1,
        Topology::Pid1 => false,
        Topology::Subreaper => true,
    };
    // A new root directory is a change of directory too.
    let enters = sandbox.root.is_some() || joins.all.contains(Namespace::Mount);
    let home = enters.then_some(&b"/"[..]);
    let confined = users
        || joins.all != Namespaces::NONE
        || sandbox.root.is_some()
        || sandbox.cap_drop != CapabilitySet::NONE;
    let circumstances = confine::Circumstances {
        home,
        groups_stay,
        confined,
        has_terminal: found.has_terminal,
        is_admin: users
            || joins.all.contains(Namespace::User)
            || found.capabilities.contains(Capability::SYS_ADMIN),
        filters: found.filters,
        dies_with_parent,
    };
    Ok(SandboxPlan {
        namespaces: cloned,
        topology,
        forks: all.contains(Namespace::Time) || nests,
        nested,
        inner: inner::steps(
            sandbox,
            inner::Circumstances {
                all,
                topology,
                waits: !outer.is_empty(),
                persists: !persists.is_empty(),
                root,
            },
            &joins,
            mounts,
        ),
        as_init: inner::steps_as_init(topology),
        joins: joins.outer,
        joins_pid: joins.all.contains(Namespace::Pid),
        outer,
        persists,
        app: app::plan(config, facts, dies_with_parent, confine::confine(sandbox, circumstances)),
    })
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
