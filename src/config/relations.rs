//! What options demand of each other: `needs` and `conflicts` of their rows.
//!
//! In: which options were given. Out: nothing, or two options that do not go together.

use super::spec::{self, Id, OURS, Opt};
use super::usage::Usage;

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

    /// Is the option in the set, or another option about the same setting?
    pub fn decides(self, opt: &Opt) -> bool {
        self != IdSet::default()
            && (self.contains(opt.id) || opt.overrides().any(|id| self.contains(id)))
    }
}

/// The bit of a row is its place in our tables.
fn bit(id: Id) -> u128 {
    spec::all(OURS).position(|opt| opt.id == id).map_or(0, |place| 1 << place)
}

/// Refuses what does not go together.
///
/// # Errors
/// A conflict between two options, or an option that another one is missing for.
pub fn check(given: IdSet) -> Result<(), Usage> {
    if given == IdSet::default() {
        return Ok(());
    }
    let mut all = given;
    for opt in spec::all(OURS).filter(|opt| given.contains(opt.id)) {
        opt.implies().for_each(|id| all.insert(id));
    }
    for table in OURS {
        for opt in table.options.iter().filter(|opt| all.contains(opt.id)) {
            let mut conflicts = opt.conflicts().chain(table.conflicts.iter().copied());
            if let Some(other) = conflicts.find(|id| all.contains(*id)) {
                return pair(opt.id, other, given, Usage::Conflict);
            }
            if let Some(other) = opt.needs().find(|id| !all.contains(*id)) {
                return pair(opt.id, other, given, Usage::Needs);
            }
        }
    }
    Ok(())
}

/// The error about two options, by the names that were typed: for an implied option that is
/// the name of the option that implies it.
fn pair(
    one: Id,
    other: Id,
    given: IdSet,
    error: fn(&'static Opt, &'static Opt) -> Usage,
) -> Result<(), Usage> {
    let typed = |id| {
        let implies =
            |opt: &&Opt| given.contains(opt.id) && opt.implies().any(|implied| implied == id);
        let implied_by = spec::all(OURS).find(implies).filter(|_| !given.contains(id));
        implied_by.or_else(|| spec::all(OURS).find(|opt| opt.id == id))
    };
    match (typed(one), typed(other)) {
        (Some(one), Some(other)) => Err(error(one, other)),
        _ => Ok(()),
    }
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
    fn options_about_one_setting_name_each_other() {
        for opt in spec::all(OURS) {
            for id in opt.overrides() {
                let other = spec::all(OURS).find(|other| other.id == id).unwrap();
                assert!(other.overrides().any(|id| id == opt.id), "--{} {id:?}", opt.long);
            }
        }
    }
}
