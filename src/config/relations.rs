//! What options demand of each other: `needs` and `conflicts` of their rows.
//!
//! In: which options were given. Out: nothing, or two options that do not go together.

use super::spec::{self, Id, OURS, Opt};
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
        let mut given = spec::all(OURS).filter(|other| self.contains(other.id));
        self != IdSet::default() && (self.contains(opt.id) || given.any(|other| conflicts(&other)))
    }
}

/// The bit of a row is its place in our tables.
fn bit(id: Id) -> u128 {
    spec::all(OURS).position(|opt| opt.id == id).map_or(0, |place| 1 << place)
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
    for opt in spec::all(OURS).filter(|opt| given.contains(opt.id)) {
        opt.implies().for_each(|id| all.insert(id));
    }
    let named = |id| {
        let implies = |opt: &&Opt| given.contains(opt.id) && opt.implies().any(|other| other == id);
        let by = spec::all(OURS).find(implies).filter(|_| !given.contains(id));
        let opt = by.or_else(|| spec::all(OURS).find(|opt| opt.id == id))?;
        let variable = variables.contains(opt.id) && !flags.contains(opt.id);
        Some(Named { opt, origin: if variable { Origin::Variable } else { Origin::Flag } })
    };
    for table in OURS {
        for opt in table.options.iter().filter(|opt| all.contains(opt.id)) {
            let mut conflicts = opt.conflicts().chain(table.conflicts.iter().copied());
            let conflict = conflicts.find(|id| all.contains(*id));
            if let Some((one, other)) = named(opt.id).zip(conflict.and_then(named)) {
                return Err(Usage::Conflict(one, other));
            }
            let missing = opt.needs().find(|id| !all.contains(*id));
            if let Some((one, other)) = named(opt.id).zip(missing.and_then(named)) {
                return Err(Usage::Needs(one, other));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_has_a_place_of_its_own() {
        let mut places = 0_u128;
        for opt in spec::all(OURS) {
            assert_eq!(bit(opt.id).count_ones(), 1, "--{}", opt.long);
            assert_eq!(places & bit(opt.id), 0, "--{}", opt.long);
            places |= bit(opt.id);
        }
    }

    #[test]
    fn what_is_implied_is_a_switch_that_implies_nothing() {
        for id in spec::all(OURS).flat_map(Opt::implies) {
            let implied = spec::all(OURS).find(|opt| opt.id == id).unwrap();
            assert_eq!((implied.value, implied.implies().next()), (spec::Value::None, None));
        }
    }

    #[test]
    fn a_pair_stands_in_one_row() {
        for opt in spec::all(OURS) {
            for id in opt.conflicts() {
                let other = spec::all(OURS).find(|other| other.id == id).unwrap();
                assert!(other.conflicts().all(|id| id != opt.id), "--{} {id:?}", opt.long);
            }
        }
    }
}
