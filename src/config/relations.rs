//! What options demand of each other: `needs` and `conflicts` of their rows.
//!
//! In: which options were given. Out: nothing, or two options that do not go together.

use super::Config;
use super::spec::{Id, Mount, OURS, Opt, Plain, row};
use super::usage::{Named, Origin, Usage};

/// A set of our own options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdSet(u128);

impl IdSet {
    /// Adds an option.
    pub fn insert(&mut self, id: Id) {
        self.0 |= bit(id);
    }

    /// Is it in the set?
    pub fn contains(self, id: Id) -> bool {
        self.0 & bit(id) != 0
    }

    /// Both sets together.
    pub fn union(self, other: IdSet) -> IdSet {
        IdSet(self.0 | other.0)
    }

    /// Is the option in the set, or an option that conflicts with it?
    pub fn decides(self, opt: &Opt) -> bool {
        let conflicts = |other: &&Opt| {
            opt.conflicts().any(|id| id == other.id) || other.conflicts().any(|id| id == opt.id)
        };
        let mut given = OURS.iter().filter(|other| self.contains(other.id));
        self != IdSet::default() && (self.contains(opt.id) || given.any(|other| conflicts(&other)))
    }
}

/// The bit of a row is its place in our tables.
fn bit(id: Id) -> u128 {
    OURS.iter().position(|opt| opt.id == id).map_or(0, |place| 1 << place)
}

/// Refuses what does not go together. `flags` were given on the command line, `variables` in
/// the environment.
///
/// # Errors
/// A conflict between two options, or an option that another one is missing for.
pub fn check(flags: IdSet, variables: IdSet) -> Result<(), Usage> {
    let given = flags.union(variables);
    if given == IdSet::default() {
        return Ok(());
    }
    let mut all = given;
    for opt in OURS.iter().filter(|opt| given.contains(opt.id)) {
        opt.implies().for_each(|id| all.insert(id));
    }
    let named = |id| {
        let implies = |opt: &&Opt| given.contains(opt.id) && opt.implies().any(|other| other == id);
        let by = OURS.iter().find(implies).filter(|_| !given.contains(id));
        let opt = by.or_else(|| row(id))?;
        let variable = variables.contains(opt.id) && !flags.contains(opt.id);
        Some(Named { opt, origin: if variable { Origin::Variable } else { Origin::Flag } })
    };
    for opt in OURS.iter().filter(|opt| all.contains(opt.id)) {
        let pause = opt.id.sandbox().then_some(Id::Plain(Plain::Pause));
        let conflict = opt.conflicts().chain(pause).find(|id| all.contains(*id));
        if let Some((one, other)) = named(opt.id).zip(conflict.and_then(named)) {
            return Err(Usage::Conflict(one, other));
        }
        let missing = opt.needs().find(|id| !all.contains(*id));
        if let Some((one, other)) = named(opt.id).zip(missing.and_then(named)) {
            return Err(Usage::Needs(one, other));
        }
    }
    Ok(())
}

/// Refuses an option that would act on a later one where none follows.
///
/// # Errors
/// The two options.
pub fn check_order(config: &Config) -> Result<(), Usage> {
    let size = config.sandbox.as_ref().and_then(|sandbox| sandbox.tmpfs_size);
    let rows = row(Id::Mount(Mount::TmpfsSize)).zip(row(Id::Mount(Mount::Tmpfs)));
    match rows.filter(|_| size.is_some()) {
        Some((size, tmpfs)) => Err(Usage::StandsBefore(size, tmpfs)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::spec::Value;

    #[test]
    fn every_option_has_a_place_of_its_own() {
        let mut places = 0_u128;
        for opt in OURS.iter() {
            assert_eq!(bit(opt.id).count_ones(), 1, "--{}", opt.long);
            assert_eq!(places & bit(opt.id), 0, "--{}", opt.long);
            places |= bit(opt.id);
        }
    }

    /// A flag wins over its own variable, and over those that conflict with it.
    #[test]
    fn flags_decide_about_what_conflicts_with_them() {
        for one in OURS.iter() {
            let mut flags = IdSet::default();
            assert!(!flags.decides(one));
            flags.insert(one.id);
            for other in OURS.iter() {
                let conflicts = |a: &Opt, b: &Opt| a.conflicts().any(|id| id == b.id);
                let expected = one.id == other.id || conflicts(one, other) || conflicts(other, one);
                assert_eq!(flags.decides(other), expected, "--{} --{}", one.long, other.long);
            }
        }
    }

    #[test]
    fn what_is_implied_is_a_switch_that_implies_nothing() {
        for id in OURS.iter().flat_map(Opt::implies) {
            let implied = row(id).unwrap();
            assert_eq!((implied.value, implied.implies().next()), (Value::None, None));
        }
    }

    #[test]
    fn a_pair_stands_in_one_row() {
        for opt in OURS.iter() {
            for id in opt.conflicts() {
                let other = row(id).unwrap();
                assert!(other.conflicts().all(|id| id != opt.id), "--{} {id:?}", opt.long);
            }
        }
    }
}
