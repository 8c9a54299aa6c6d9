//! The environment's part of the configuration: `INIT_` and an option's long name.
//!
//! Looks only where `Environment` has seen an entry that begins like the name of a variable of ours. The variables stay in place: the app gets them as they are.

use super::options::{self, Opt, Row, Settings, Takes};
use super::personality::Variable;
use super::usage::Origin;
use super::{Config, Usage, values};
use crate::sys::{Strings, Text};

/// What the names of all variables of ours begin with.
pub const PREFIX: &[u8] = b"INIT_";

/// The variable that is none of an option's.
const LOG: &[u8] = b"INIT_LOG=";

/// Adds to `config` what variables say of settings that no flag was given for.
///
/// # Errors
/// The first variable, in the table's order, that cannot be understood.
pub fn read(
    table: &'static [Row],
    env: Strings,
    flags: Settings,
    config: &mut Config,
) -> Result<(), Usage> {
    if !config.environment.has_variables() {
        return Ok(());
    }
    config.log_filter = env.iter().find_map(|entry| entry.strip_prefix(LOG)).map(Text::to_bytes);
    for opt in options::all(table).filter(|opt| !flags.contains(opt.setting)) {
        if let Some(value) = env.iter().find_map(|entry| value_of(&opt, entry)) {
            set(opt, value, config)?;
        }
    }
    Ok(())
}

/// Lets the variables of another program have their say.
pub fn read_others(table: &[Variable], env: Strings, config: &mut Config) {
    for variable in table {
        if let Some(value) = env.iter().find_map(|entry| entry.strip_prefix(variable.name)) {
            (variable.set)(config, value.to_bytes());
        }
    }
}

/// The value, if `entry` is the variable of `opt`.
fn value_of(opt: &Opt, entry: Text) -> Option<&'static [u8]> {
    let text = entry.strip_prefix(PREFIX)?.to_bytes();
    let (name, rest) = text.split_at_checked(opt.long.len())?;
    let letter = |b: u8| if b == b'-' { b'_' } else { b.to_ascii_uppercase() };
    let same = name.iter().copied().eq(opt.long.bytes().map(letter));
    rest.strip_prefix(b"=").filter(|_| same)
}

fn set(opt: Opt, value: &'static [u8], config: &mut Config) -> Result<(), Usage> {
    let bad = |value, accepts| Usage::BadValue { origin: Origin::Variable, opt, value, accepts };
    match &opt.takes {
        Takes::Page(_) => Ok(()),
        Takes::Switch(set) => {
            let on = values::switch(value).ok_or(bad(value, values::SWITCH))?;
            set(config, on);
            Ok(())
        }
        Takes::Optional { accepts, set, .. } => match values::switch(value) {
            Some(false) => Ok(()),
            Some(true) => set(config, None).ok_or(bad(value, accepts)),
            None => set(config, Some(value)).ok_or(bad(value, accepts)),
        },
        // Empty is unset: the way to take back a variable that an image sets.
        Takes::Value { .. } if value.is_empty() => Ok(()),
        Takes::Value { accepts, set, repeats: false, .. } => {
            set(config, value).ok_or(bad(value, accepts))
        }
        Takes::Value { accepts, set, repeats: true, .. } => {
            let mut list = value.split(|b| *b == b',');
            list.try_for_each(|item| set(config, item).ok_or(bad(item, accepts)))
        }
    }
}
