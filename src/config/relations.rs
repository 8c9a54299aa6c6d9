//! What options demand of each other: `needs` and `conflicts` of their rows.
//!
//! In: which options were given. Out: nothing, or two options that do not go together.

use super::Config;
use super::spec::{Id, Mount, OURS, Opt, Plain, row};
use super::usage::{Named, Origin, Usage};

/// A set of our own options. Two words: what a `u128` is shifted by takes ten times as long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdSet([u64; 2]);

impl IdSet {
    fn of(id: Id) -> IdSet {
        let number = id.number();
        let bit = 1 << (number % 64);
        IdSet(if number < 64 { [bit, 0] } else { [0, bit] })
    }

    /// Adds an option.
    pub fn insert(&mut self, id: Id) {
        *self = self.union(IdSet::of(id));
    }

    /// Is it in the set?
    pub fn contains(self, id: Id) -> bool {
        let (IdSet([a, b]), IdSet([low, high])) = (self, IdSet::of(id));
        a & low | b & high != 0
    }

    /// Both sets together.
    pub fn union(self, other: IdSet) -> IdSet {
        let (IdSet([a, b]), IdSet([c, d])) = (self, other);
        IdSet([a | c, b | d])
    }

    /// Is the option in the set, or an option that conflicts with it?
    pub fn decides(self, opt: &Opt) -> bool {
        let conflicts = |other: &&Opt| {
            opt.conflicts().any(|id| id == other.id) || other.conflicts().any(|id| id == opt.id)
        };
        self != IdSet::default() && (self.contains(opt.id) || self.rows().any(|o| conflicts(&o)))
    }

    /// The rows of its options, in the order of our tables.
    fn rows(self) -> impl Iterator<Item = &'static Opt> {
        OURS.iter().filter(move |opt| self.contains(opt.id))
    }
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
    for opt in given.rows() {
        opt.implies().for_each(|id| all.insert(id));
    }
    let named = |id| {
        let implies = |opt: &&Opt| opt.implies().any(|other| other == id);
        let by = given.rows().find(implies).filter(|_| !given.contains(id));
        let opt = by.or_else(|| row(id))?;
        let variable = variables.contains(opt.id) && !flags.contains(opt.id);
        Some(Named { opt, origin: if variable { Origin::Variable } else { Origin::Flag } })
    };
    for opt in all.rows() {
        let pair = |id: Option<Id>| named(id?).and_then(|other| Some((named(opt.id)?, other)));
        // An image may well have the variable of a report.
        let report = opt.id == Id::Plain(Plain::Report) && flags.contains(opt.id);
        let pause = (report || opt.id.sandbox()).then_some(Id::Plain(Plain::Pause));
        let conflict = opt.conflicts().chain(pause).find(|id| all.contains(*id));
        if let Some((one, other)) = pair(conflict) {
            return Err(Usage::Conflict(one, other));
        }
        let missing = opt.needs().find(|id| !all.contains(*id));
        if let Some((one, other)) = pair(missing) {
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
    let late = config.sandbox.as_ref().is_some_and(|sandbox| sandbox.tmpfs_size.is_some());
    let rows = || row(Id::Mount(Mount::TmpfsSize)).zip(row(Id::Mount(Mount::Tmpfs)));
    match late.then(rows).flatten() {
        Some((size, tmpfs)) => Err(Usage::StandsBefore(size, tmpfs)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::spec::Value;

    #[test]
    fn every_option_has_a_bit_of_its_own() {
        let mut all = IdSet::default();
        for opt in OURS.iter() {
            assert!(opt.id.number() < 128 && !all.contains(opt.id), "--{}", opt.long);
            all.insert(opt.id);
            assert!(all.contains(opt.id), "--{}", opt.long);
        }
        assert!(all.rows().map(|opt| opt.id).eq(OURS.iter().map(|opt| opt.id)));
    }

    /// A flag wins over its own variable, and over that of an option that says the opposite.
    #[test]
    fn flags_decide_about_what_conflicts_with_them() {
        use Plain::{ForwardTo, NoSubreaper, ProcessGroup, Quiet, Subreaper, Verbose};
        let pairs = [(Subreaper, NoSubreaper), (ProcessGroup, ForwardTo), (Verbose, Quiet)];
        let opposite = |one: Id| {
            let found = |(a, b)| [(Id::Plain(a), Id::Plain(b)), (Id::Plain(b), Id::Plain(a))];
            pairs.into_iter().flat_map(found).find(|(a, _)| *a == one).map(|(_, b)| b)
        };
        for flag in OURS.iter().filter(|opt| opt.variable) {
            let mut flags = IdSet::default();
            assert!(OURS.iter().all(|opt| !flags.decides(opt)));
            flags.insert(flag.id);
            let decided = OURS.iter().filter(|opt| opt.variable && flags.decides(opt));
            let expected = [Some(flag.id), opposite(flag.id)].into_iter().flatten();
            assert!(decided.map(|opt| opt.id).all(|id| expected.clone().any(|known| known == id)));
            assert!(expected.clone().all(|id| row(id).is_some_and(|opt| flags.decides(opt))));
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
