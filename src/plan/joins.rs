//! Existing namespaces that are entered (setns(2)). In: what each open door leads to, and
//! which namespaces are new. Out: ordered steps for outer and for its child. Pure.
//!
//! The child enters them. outer enters what a child cannot: the PID namespace, which only a
//! clone changes, and what a child in a new user namespace has no right to any more.

use super::{Description, Refusal};
use crate::diagnosis::Attempt;
use crate::namespaces::{Namespace, Namespaces};

/// An open descriptor that leads into existing namespaces. `sandbox::steps::join` has the
/// descriptors, in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    /// What the command line calls it.
    pub word: &'static [u8],
    /// The types that it leads to, and that are not ours.
    pub types: Namespaces,
    /// It is a process, not a file.
    pub process: bool,
    /// It leads to a user namespace in which setgroups(2) is denied.
    pub groups_denied: bool,
}

/// A call of setns(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The number of the door.
    pub door: usize,
    /// What the command line calls it.
    pub word: &'static [u8],
    /// The types to enter, but for those that were entered before.
    pub types: Namespaces,
    /// Once this type is entered there is nothing to do.
    pub unless: Namespaces,
    /// Types that stay as they are if they are refused.
    pub optional: Namespaces,
    /// If it is refused, a later step tries again.
    pub again: bool,
}

impl Step {
    /// What a message says of the step, and what it is to the search for a cause.
    pub fn describe(self) -> Description {
        Description { operation: "join", object: self.word, cause: Some(Attempt::Join(self.types)) }
    }
}

/// The steps of both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joins {
    /// All types that are entered.
    pub all: Namespaces,
    /// outer's, before the clone.
    pub outer: Vec<Step>,
    /// Those of its child.
    pub inner: Vec<Step>,
}

impl Joins {
    /// Plans to go through these doors, beside `new` namespaces.
    ///
    /// # Errors
    /// Two of them do not go together.
    pub fn of(doors: &[Door], new: Namespaces) -> Result<Joins, Refusal> {
        let all = check(doors, new)?;
        let pid = Namespaces::only(Namespace::Pid);
        let user = Namespaces::only(Namespace::User);
        let step = |n: usize, types: Namespaces, again| {
            let door = doors.get(n)?;
            let time = Namespaces::only(Namespace::Time);
            let optional = if door.process { time } else { Namespaces::NONE };
            let (word, unless) = (door.word, Namespaces::NONE);
            let types = door.types.intersection(types);
            let wanted = types != Namespaces::NONE;
            wanted.then_some(Step { door: n, word, types, unless, optional, again })
        };
        let with_user = doors.iter().position(|door| door.types.contains(Namespace::User));
        let enter = |types, again| {
            let others = (0..doors.len()).filter(move |n| Some(*n) != with_user);
            others.filter_map(move |n| step(n, types, again))
        };
        if new.contains(Namespace::User) {
            let mount = Namespaces::only(Namespace::Mount);
            return Ok(Joins {
                all,
                outer: enter(all.minus(mount), false).collect(),
                inner: enter(mount, false).collect(),
            });
        }
        // Rights over the PID namespace may come from the user namespace alone.
        let to_pid = |again| (0..doors.len()).filter_map(move |n| step(n, pid, again));
        let to_user = with_user.and_then(|n| step(n, user, false));
        let outer = match to_user.filter(|_| all.contains(Namespace::Pid)) {
            Some(to_user) => {
                let to_user = Step { unless: pid, ..to_user };
                to_pid(true).chain([to_user]).chain(to_pid(false)).collect()
            }
            None => to_pid(false).collect(),
        };
        let rest = all.minus(pid);
        let inner = match with_user {
            // Who is root here may not be root there, and the other way round.
            Some(n) => {
                enter(rest, true).chain(step(n, rest, false)).chain(enter(rest, false)).collect()
            }
            None => enter(rest, false).collect(),
        };
        Ok(Joins { all, outer, inner })
    }
}

/// All types that are entered.
fn check(doors: &[Door], new: Namespaces) -> Result<Namespaces, Refusal> {
    let mut all = Namespaces::NONE;
    for door in doors {
        if let Some(twice) = door.types.intersection(all).iter().next() {
            return Err(Refusal::JoinsTwice(twice));
        }
        all = all.union(door.types);
    }
    if let Some(both) = all.intersection(new).iter().next() {
        return Err(Refusal::JoinsNew(both));
    }
    if all.contains(Namespace::User) && new != Namespaces::NONE {
        return Err(Refusal::JoinsUser);
    }
    // The init between outer and the app would take its numbers for those of `/proc`.
    if all.contains(Namespace::Pid) && new.contains(Namespace::Time) {
        return Err(Refusal::JoinsPid);
    }
    Ok(all)
}
