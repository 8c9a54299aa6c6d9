//! What was asked for and who we are, made into ordered lists of steps.
//!
//! In: `Sandbox` and `Credentials`. Out: `Plan`: what outer does once it has a child, and what
//! that child does before there is an app. What the app's own process does is in
//! `crate::plan`. Pure, so the order, which is where sandboxes go wrong, is tested.

use nix::errno::Errno;

use super::Failed;
use super::subordinate::Subordinate;
use crate::capabilities::{Capability, CapabilitySet};
use crate::config::sandbox::{IdRange, Map, Propagation, Sandbox};
use crate::diagnosis;
use crate::namespaces::{Namespace, Namespaces};

/// What was looked up once, at start, as far as the plan depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Credentials {
    /// Our effective user id.
    pub user: u32,
    /// Our effective group id.
    pub group: u32,
    /// Our effective capabilities.
    pub capabilities: CapabilitySet,
    /// Our first range in /etc/subuid.
    pub users: Option<Subordinate>,
    /// Our first range in /etc/subgid.
    pub groups: Option<Subordinate>,
}

/// Users or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// User ids.
    Users,
    /// Group ids.
    Groups,
}

impl Ids {
    /// Where ranges of them are given to users (subuid(5), subgid(5)).
    pub fn subordinate_file(self) -> &'static str {
        match self {
            Ids::Users => "/etc/subuid",
            Ids::Groups => "/etc/subgid",
        }
    }
}

/// Something that makes the sandbox, in the order of its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// outer: make the child.
    Clone,
    /// outer: never done, for the kernel would not: let an ordinary user's single map
    /// change supplementary groups.
    AllowSetgroups,
    /// outer: nobody in the user namespace shall change supplementary groups.
    DenySetgroups,
    /// outer: write an id map.
    MapIds(Ids, Vec<IdRange>),
    /// outer: have newuidmap(1) or newgidmap(1) write an id map.
    HaveIdsMapped(Ids, Vec<IdRange>),
    /// Take the ids 0 of the user namespace.
    BecomeRoot,
    /// Set what mounts cross the mount namespace.
    Propagate(Propagation),
    /// Bring the loopback device up.
    RaiseLoopback,
    /// Set the host name.
    SetHostname(&'static [u8]),
    /// Set the NIS domain name.
    SetDomainname(&'static [u8]),
    /// Mount a new `/proc` here.
    MountProc(&'static [u8]),
    /// The children shall be in a new time namespace.
    UnshareTime,
    /// Shift the monotonic clock and the boot-time clock by so many seconds.
    ShiftClocks(i64, i64),
    /// Be nobody's to look into: `/proc/1` leads out of the sandbox.
    HideFromProc,
}

impl Step {
    /// What fails when the step does, in the kernel's words, and on what.
    pub fn words(&self) -> (&'static str, &'static [u8]) {
        match *self {
            Step::Clone => ("clone", b""),
            Step::AllowSetgroups => ("allow setgroups", b""),
            Step::DenySetgroups => ("deny setgroups", b""),
            Step::MapIds(Ids::Users, _) => ("map users", b""),
            Step::MapIds(Ids::Groups, _) => ("map groups", b""),
            Step::HaveIdsMapped(Ids::Users, _) => ("newuidmap", b""),
            Step::HaveIdsMapped(Ids::Groups, _) => ("newgidmap", b""),
            Step::BecomeRoot => ("become user", b"0"),
            Step::Propagate(_) => ("change propagation of", b"/"),
            Step::RaiseLoopback => ("bring up", b"lo"),
            Step::SetHostname(name) => ("set host name", name),
            Step::SetDomainname(name) => ("set domain name", name),
            Step::MountProc(directory) => ("mount proc on", directory),
            Step::UnshareTime => ("unshare time", b""),
            Step::ShiftClocks(..) => ("set clock offsets", b""),
            Step::HideFromProc => ("hide from /proc", b""),
        }
    }
}

impl Step {
    /// What it is to whoever looks for the cause of its failure.
    pub fn cause(&self) -> diagnosis::Step {
        match self {
            Step::Clone | Step::UnshareTime => diagnosis::Step::Create,
            Step::AllowSetgroups | Step::DenySetgroups | Step::MapIds(..) => {
                diagnosis::Step::MapIds
            }
            Step::HaveIdsMapped(ids, ranges) if ranges.is_empty() => {
                diagnosis::Step::FindRange(ids.subordinate_file())
            }
            Step::HaveIdsMapped(..) => diagnosis::Step::RunMapper,
            Step::Propagate(_) => diagnosis::Step::Propagate,
            Step::MountProc(_) => diagnosis::Step::MountProc,
            Step::RaiseLoopback => diagnosis::Step::Loopback,
            Step::ShiftClocks(..) => diagnosis::Step::Offsets,
            Step::BecomeRoot
            | Step::SetHostname(_)
            | Step::SetDomainname(_)
            | Step::HideFromProc => diagnosis::Step::Privileged,
        }
    }
}

/// What is between outer and the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// Nothing: outer's child becomes the app.
    Direct,
    /// An init that is PID 1 of a new namespace.
    Pid1,
    /// An init that is no more than a subreaper: the app has to be forked once more.
    Subreaper,
}

/// Most steps that a list has.
const STEPS_MAX: usize = 9;

/// Steps, first to last. On the stack: to ask for memory would cost a root's sandbox more
/// system calls than its steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps([Option<Step>; STEPS_MAX]);

impl Steps {
    /// Each one, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Step> {
        self.0.iter().flatten()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

/// How to make the sandbox.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the child is cloned into.
    pub namespaces: Namespaces,
    /// Who reaps the app.
    pub topology: Topology,
    /// outer's steps, for the child that waits meanwhile.
    pub outer: Steps,
    /// The child's steps.
    pub inner: Steps,
}

/// Decides how the sandbox is made.
///
/// # Errors
/// There is no subordinate range to map, or setgroups cannot be allowed.
pub fn plan(sandbox: &Sandbox, found: &Credentials) -> Result<Plan, Failed> {
    let wanted = Namespace::ALL.into_iter().filter(|namespace| sandbox.news(*namespace));
    let named = wanted.fold(Namespaces::NONE, Namespaces::with);
    // Who is not root gets no other namespace without one of users.
    let implied = found.user != 0 && named != Namespaces::NONE;
    let all = if implied { named.with(Namespace::User) } else { named };
    let topology = if all.contains(Namespace::Pid) {
        Topology::Pid1
    } else if all.contains(Namespace::Time) {
        Topology::Subreaper
    } else {
        Topology::Direct
    };
    let users = all.contains(Namespace::User);
    let maps = if users { Some(Maps::of(sandbox, found)?) } else { None };
    let root = maps.as_ref().is_some_and(Maps::has_root);
    Ok(Plan {
        // The offsets of a time namespace are frozen once a process is in it, and clone
        // puts one in at once (time_namespaces(7)).
        namespaces: all.without(Namespace::Time),
        topology,
        outer: maps.map(|maps| maps.steps(sandbox, found)).transpose()?.unwrap_or_default(),
        inner: inner(sandbox, all, topology, root),
    })
}

fn inner(sandbox: &Sandbox, all: Namespaces, topology: Topology, root: bool) -> Steps {
    let propagation = sandbox.propagation.unwrap_or(Propagation::Private);
    let mounts = all.contains(Namespace::Mount) && propagation != Propagation::Unchanged;
    let time = all.contains(Namespace::Time);
    let clocks = (sandbox.monotonic.unwrap_or(0), sandbox.boottime.unwrap_or(0));
    Steps([
        root.then_some(Step::BecomeRoot),
        // Before any mount: a mount on a shared one would appear outside as well.
        mounts.then_some(Step::Propagate(propagation)),
        all.contains(Namespace::Net).then_some(Step::RaiseLoopback),
        sandbox.hostname.map(Step::SetHostname),
        sandbox.domainname.map(Step::SetDomainname),
        // A new root's mounts go here: /dev, binds, then the root itself.
        sandbox.proc.map(Step::MountProc),
        time.then_some(Step::UnshareTime),
        // Before the app is forked: then they are frozen.
        (time && clocks != (0, 0)).then_some(Step::ShiftClocks(clocks.0, clocks.1)),
        // Behind all that is done through /proc/self, and once the maps are written: those
        // of a process that hides belong to root.
        (topology != Topology::Direct).then_some(Step::HideFromProc),
    ])
}

/// The ids of a user namespace.
struct Maps {
    users: Vec<IdRange>,
    groups: Vec<IdRange>,
}

impl Maps {
    fn of(sandbox: &Sandbox, found: &Credentials) -> Result<Maps, Failed> {
        let own = |inside, outside| vec![IdRange { inside, outside, count: 1 }];
        let (user, group) = (found.user, found.group);
        let maps = match sandbox.map.unwrap_or(Map::CurrentUser) {
            Map::CurrentUser => Maps { users: own(user, user), groups: own(group, group) },
            Map::Root => Maps { users: own(0, user), groups: own(0, group) },
            Map::Auto => Maps {
                users: with_range(own(0, user), found.users, Ids::Users)?,
                groups: with_range(own(0, group), found.groups, Ids::Groups)?,
            },
            Map::Ranges => {
                let or_own = |ranges: &Vec<IdRange>, id| {
                    if ranges.is_empty() { own(id, id) } else { ranges.clone() }
                };
                Maps { users: or_own(&sandbox.users, user), groups: or_own(&sandbox.groups, group) }
            }
        };
        Ok(maps)
    }

    /// Is there a user 0, and a group 0, to become?
    fn has_root(&self) -> bool {
        let has = |ranges: &[IdRange]| ranges.iter().any(|range| range.inside == 0);
        has(&self.users) && has(&self.groups)
    }

    /// Setgroups first, when it is to be denied: behind a map it cannot be any more.
    fn steps(self, sandbox: &Sandbox, found: &Credentials) -> Result<Steps, Failed> {
        let may_groups = found.capabilities.contains(Capability::SETGID);
        let own_group = may_groups || is_own(&self.groups, found.group);
        // The kernel wants it of who maps a group without the right to change groups.
        let must_deny = own_group && !may_groups;
        if must_deny && sandbox.setgroups == Some(true) {
            let said = "a map of nothing but our own group denies them; use --map-auto";
            let (step, errno) = (Step::AllowSetgroups, Errno::EPERM);
            return Err(Failed { step, errno, said: Some(said.to_owned()) });
        }
        let may_users = found.capabilities.contains(Capability::SETUID);
        let own_user = may_users || is_own(&self.users, found.user);
        let deny = must_deny || sandbox.setgroups == Some(false);
        let map = |own: bool, ids: Ids, ranges: Vec<IdRange>| {
            if own { Step::MapIds(ids, ranges) } else { Step::HaveIdsMapped(ids, ranges) }
        };
        let steps = [
            deny.then_some(Step::DenySetgroups),
            Some(map(own_user, Ids::Users, self.users)),
            Some(map(own_group, Ids::Groups, self.groups)),
        ];
        let mut list = Steps::default();
        for (place, step) in list.0.iter_mut().zip(steps) {
            *place = step;
        }
        Ok(list)
    }
}

/// May who has no capability write this map: one id, its own (user_namespaces(7))?
fn is_own(ranges: &[IdRange], id: u32) -> bool {
    matches!(ranges, [range] if range.outside == id && range.count == 1)
}

/// Adds the subordinate range, but for its last id: with our own they are as many as the
/// range has, 65536 mostly, the ids that an image may have files of.
fn with_range(
    mut ranges: Vec<IdRange>,
    range: Option<Subordinate>,
    ids: Ids,
) -> Result<Vec<IdRange>, Failed> {
    let step = Step::HaveIdsMapped(ids, Vec::new());
    let range = range.ok_or_else(|| Failed::new(step, Errno::ENOENT))?;
    let count = range.count - 1;
    if count > 0 {
        ranges.push(IdRange { inside: 1, outside: range.start, count });
    }
    Ok(ranges)
}

#[cfg(test)]
mod tests;
