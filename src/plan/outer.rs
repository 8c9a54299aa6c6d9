//! What outer does once it has a child that waits: it writes the id maps of the child's
//! user namespace. In: what was asked for and who asks. Out: ordered steps. Pure.

use super::{Credentials, Description, Refusal};
use crate::accounts::Subordinate;
use crate::capabilities::Capability;
use crate::config::sandbox::{self, IdRange, Map, Persist, Sandbox};
use crate::diagnosis;
use crate::namespaces::Namespaces;

/// Users or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// User ids.
    Users,
    /// Group ids.
    Groups,
}

impl Ids {
    /// The file that gives ranges of these ids to users (subuid(5), subgid(5)).
    pub fn subordinate_file(self) -> &'static str {
        match self {
            Ids::Users => "/etc/subuid",
            Ids::Groups => "/etc/subgid",
        }
    }
}

impl Ids {
    /// The option that maps them.
    pub fn map_option(self) -> &'static str {
        match self {
            Ids::Users => "--map-users",
            Ids::Groups => "--map-groups",
        }
    }
}

/// A step of outer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Print the child's new namespaces, while it can be looked at.
    Print(Namespaces),
    /// Forbid setgroups(2) in the user namespace.
    DenySetgroups,
    /// Write an id map.
    MapIds(Ids, Vec<IdRange>),
    /// Have newuidmap(1) or newgidmap(1) write an id map.
    HaveIdsMapped(Ids, Vec<IdRange>),
    /// Move the child to the cgroup of this directory.
    MoveToCgroup(&'static [u8]),
    /// Let a file keep a namespace of the child's.
    Persist(Persist),
}

impl Step {
    /// What a message says of the step, and what it is to the search for a cause.
    pub fn describe(&self) -> Description {
        let (operation, cause) = match *self {
            Step::Print(_) => {
                return Description { operation: "print the namespaces", object: b"", cause: None };
            }
            Step::MoveToCgroup(object) => {
                let cause = Some(diagnosis::Attempt::MoveToCgroup);
                return Description { operation: "move to cgroup", object, cause };
            }
            Step::Persist(Persist { namespace, file: object }) => {
                let cause = Some(diagnosis::Attempt::Persist(namespace));
                return Description { operation: "keep a namespace in", object, cause };
            }
            Step::DenySetgroups => ("deny setgroups", diagnosis::Attempt::MapIds),
            Step::MapIds(Ids::Users, _) => ("map users", diagnosis::Attempt::MapIds),
            Step::MapIds(Ids::Groups, _) => ("map groups", diagnosis::Attempt::MapIds),
            Step::HaveIdsMapped(Ids::Users, _) => ("newuidmap", diagnosis::Attempt::RunMapper),
            Step::HaveIdsMapped(Ids::Groups, _) => ("newgidmap", diagnosis::Attempt::RunMapper),
        };
        Description { operation, object: b"", cause: Some(cause) }
    }
}

/// The moves to the cgroups of `--join-cgroup`.
///
/// # Errors
/// A path that leads nowhere.
pub fn moves(sandbox: &Sandbox, found: &Credentials) -> Result<Vec<Step>, Refusal> {
    let step = |path: &&'static [u8]| outside(sandbox, found, path).map(Step::MoveToCgroup);
    sandbox.join_cgroups.iter().map(step).collect()
}

/// The files of `--persist`.
///
/// # Errors
/// The caller may not mount, or a path leads nowhere.
pub fn persists(sandbox: &Sandbox, found: &Credentials) -> Result<Vec<Step>, Refusal> {
    if !sandbox.persists.is_empty() && !found.capabilities.contains(Capability::SYS_ADMIN) {
        return Err(Refusal::PersistNeedsAdmin);
    }
    let step = |persist: &Persist| {
        let file = outside(sandbox, found, persist.file)?;
        Ok(Step::Persist(Persist { file, ..*persist }))
    };
    sandbox.persists.iter().map(step).collect()
}

/// The path, for outer: with a new root it has moved there.
fn outside(
    sandbox: &Sandbox,
    found: &Credentials,
    path: &'static [u8],
) -> Result<&'static [u8], Refusal> {
    if sandbox.root.is_some() { found.absolute(path) } else { Ok(path) }
}

/// The ids of a user namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maps {
    /// Its users.
    pub users: Vec<IdRange>,
    /// Its groups.
    pub groups: Vec<IdRange>,
}

impl Maps {
    /// The maps that were asked for.
    ///
    /// # Errors
    /// The user has no subordinate range to map.
    pub fn of(sandbox: &Sandbox, found: &Credentials) -> Result<Maps, Refusal> {
        let own = |inside, outside| vec![IdRange { inside, outside, count: 1 }];
        let (user, group) = (found.user, found.group);
        let option = if sandbox.map == Some(Map::Subids) { "--map-subids" } else { "--map-auto" };
        let maps = match sandbox.map.unwrap_or(Map::CurrentUser) {
            Map::CurrentUser => Maps { users: own(user, user), groups: own(group, group) },
            Map::Root => Maps { users: own(0, user), groups: own(0, group) },
            Map::Auto => Maps {
                users: with_range(own(0, user), found.users, |_| 1, Ids::Users, option)?,
                groups: with_range(own(0, group), found.groups, |_| 1, Ids::Groups, option)?,
            },
            Map::Subids => {
                let same = |range: Subordinate| range.start;
                Maps {
                    users: with_range(own(user, user), found.users, same, Ids::Users, option)?,
                    groups: with_range(own(group, group), found.groups, same, Ids::Groups, option)?,
                }
            }
            Map::Ranges => {
                let or_own = |ranges: &Vec<IdRange>, id| {
                    if ranges.is_empty() { own(id, id) } else { ranges.clone() }
                };
                Maps { users: or_own(&sandbox.users, user), groups: or_own(&sandbox.groups, group) }
            }
        };
        Ok(maps)
    }

    /// The same ids, for a namespace below.
    pub fn nested(&self) -> Maps {
        let same = |range: &IdRange| IdRange { outside: range.inside, ..*range };
        let all = |ranges: &[IdRange]| ranges.iter().map(same).collect();
        Maps { users: all(&self.users), groups: all(&self.groups) }
    }

    /// Are a user 0 and a group 0 mapped?
    pub fn has_root(&self) -> bool {
        let has = |ranges: &[IdRange]| ranges.iter().any(|range| range.inside == 0);
        has(&self.users) && has(&self.groups)
    }

    /// Is user 0 of outside mapped?
    pub fn has_outer_root(&self) -> bool {
        self.users.iter().any(|range| range.outside == 0)
    }

    /// Are the ids mapped that the command is to have?
    ///
    /// # Errors
    /// The first id that is not.
    pub fn have(&self, wanted: &sandbox::Ids, found: &Credentials) -> Result<(), Refusal> {
        let check = |ids, option, id: u32| {
            let (ranges, own) = match ids {
                Ids::Users => (&self.users, found.user),
                Ids::Groups => (&self.groups, found.group),
            };
            let has = |range: &IdRange| {
                id.checked_sub(range.inside).is_some_and(|place| place < range.count)
            };
            let unmapped = Refusal::Unmapped { ids, option, id, own };
            if ranges.iter().any(has) { Ok(()) } else { Err(unmapped) }
        };
        let groups = wanted.groups.iter().flatten();
        wanted.user.map_or(Ok(()), |id| check(Ids::Users, "--setuid", id))?;
        wanted.group.map_or(Ok(()), |id| check(Ids::Groups, "--setgid", id))?;
        groups.copied().try_for_each(|id| check(Ids::Groups, "--groups", id))
    }

    /// Is setgroups(2) denied in the new namespace?
    pub fn deny_groups(&self, sandbox: &Sandbox, found: &Credentials) -> bool {
        self.must_deny(found) || sandbox.setgroups == Some(false)
    }

    /// The kernel asks this of a process that maps a group without CAP_SETGID.
    fn must_deny(&self, found: &Credentials) -> bool {
        let may_groups = found.capabilities.contains(Capability::SETGID);
        !may_groups && is_own(&self.groups, found.group)
    }

    /// The steps that write the maps. setgroups(2) is denied first: after the group map is
    /// written, the kernel refuses that.
    ///
    /// # Errors
    /// setgroups(2) was to be allowed, and the kernel wants it denied.
    pub fn steps(self, sandbox: &Sandbox, found: &Credentials) -> Result<Vec<Step>, Refusal> {
        let may_groups = found.capabilities.contains(Capability::SETGID);
        let own_group = may_groups || is_own(&self.groups, found.group);
        if self.must_deny(found) && sandbox.setgroups == Some(true) {
            return Err(Refusal::SetgroupsDenied);
        }
        let may_users = found.capabilities.contains(Capability::SETUID);
        let own_user = may_users || is_own(&self.users, found.user);
        let deny = self.deny_groups(sandbox, found);
        let map = |own: bool, ids: Ids, ranges: Vec<IdRange>| {
            if own { Step::MapIds(ids, ranges) } else { Step::HaveIdsMapped(ids, ranges) }
        };
        let mut steps = Vec::new();
        steps.extend(deny.then_some(Step::DenySetgroups));
        steps.push(map(own_user, Ids::Users, self.users));
        steps.push(map(own_group, Ids::Groups, self.groups));
        Ok(steps)
    }
}

/// Is this a map that a process without capabilities may write: one id, its own
/// (user_namespaces(7))?
fn is_own(ranges: &[IdRange], id: u32) -> bool {
    matches!(ranges, [range] if range.outside == id && range.count == 1)
}

/// Adds the whole subordinate range, behind our own id. `inside`: where it begins there.
fn with_range(
    mut ranges: Vec<IdRange>,
    range: Option<Subordinate>,
    inside: fn(Subordinate) -> u32,
    ids: Ids,
    option: &'static str,
) -> Result<Vec<IdRange>, Refusal> {
    let range = range.ok_or(Refusal::NoRange(ids, option))?;
    let Subordinate { start, count } = range;
    ranges.push(IdRange { inside: inside(range), outside: start, count });
    Ok(ranges)
}
