//! The environment's part of the configuration: `CONTAINER_INIT_` and an option's long name.
//!
//! Looks only where `Environment` has seen an entry that begins like the name of a variable
//! of ours. The variables stay in place: the app gets them as they are.

use std::fmt;

use super::apply::{self, Given};
use super::personality;
use super::relations::IdSet;
use super::spec::{self, OURS, Opt, Value};
use super::usage::{Origin, Usage, Variable};
use super::{Config, suggest, values};
use crate::parse_number;
use crate::sys::{Strings, Text};
use crate::text::Excerpt;

/// What the names of all variables of ours begin with.
pub const PREFIX: &[u8] = spec::PREFIX.as_bytes();

/// The variable that is none of an option's.
const LOG: &[u8] = b"CONTAINER_INIT_LOG=";

/// Adds to `config` what variables say of settings that no flag was given for. Returns the
/// options that they switch on.
///
/// # Errors
/// The first variable, in the table's order, that cannot be understood.
pub fn read(env: Strings, flags: IdSet, config: &mut Config) -> Result<IdSet, Usage> {
    let mut given = IdSet::default();
    if !config.environment.has_variables() {
        return Ok(given);
    }
    config.log_filter = env.iter().find_map(|entry| entry.strip_prefix(LOG)).map(Text::to_bytes);
    for opt in OURS.iter().filter(|opt| opt.variable && !flags.decides(opt)) {
        if let Some(value) = env.iter().find_map(|entry| value_of(opt, entry))
            && set(opt, value, config)?
        {
            given.insert(opt.id);
        }
    }
    Ok(given)
}

/// Lets the variables of another program have their say.
pub fn read_others(table: &[personality::Variable], env: Strings, config: &mut Config) {
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

/// A variable with the prefix of ours that init does not read.
#[derive(Clone, Copy, Debug)]
pub struct Unknown {
    name: &'static [u8],
}

/// The variables with the prefix of ours that init does not read.
pub fn unknown(env: Strings) -> impl Iterator<Item = Unknown> {
    let ours = env.iter().filter(|entry| entry.strip_prefix(PREFIX).is_some());
    let unread = |entry: &Text| {
        let option = |opt: &Opt| opt.variable && value_of(opt, *entry).is_some();
        entry.strip_prefix(LOG).is_none() && !OURS.iter().any(option)
    };
    ours.filter(unread).map(|entry| {
        let entry = entry.to_bytes();
        Unknown { name: entry.split(|b| *b == b'=').next().unwrap_or(entry) }
    })
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "variable {}: unknown", Excerpt(self.name))?;
        let word = self.name.get(PREFIX.len()..).unwrap_or_default();
        let word: Vec<u8> =
            word.iter().map(|b| if *b == b'_' { b'-' } else { b.to_ascii_lowercase() }).collect();
        match suggest::option(&word) {
            Some(similar) if similar.variable => {
                write!(f, " (did you mean {}?)", Variable(similar))
            }
            Some(similar) => write!(f, " (--{} has no variable)", similar.long),
            None => f.write_str(" (see init --help)"),
        }
    }
}

/// Sets the option; says whether the value is more than "off".
fn set(opt: &'static Opt, value: &'static [u8], config: &mut Config) -> Result<bool, Usage> {
    let mut set = |given| {
        let bad = Usage::BadValue { origin: Origin::Variable, opt, given };
        apply::with_implied(apply::ours, config, opt, given).map(|()| given.on()).ok_or(bad)
    };
    match (opt.value, values::switch(value)) {
        (Value::None, Some(true)) | (Value::Optional(_), Some(true)) => set(Given::On),
        (Value::None, Some(false)) => set(Given::Off),
        (Value::None, None) => {
            let times = parse_number::number::<u8>(value).filter(|_| opt.repeatable);
            if let Some(times) = times {
                return (0..times).try_for_each(|_| set(Given::On).map(drop)).map(|()| times > 0);
            }
            let given = Given::Value(value);
            Err(Usage::BadValue { origin: Origin::Variable, opt, given })
        }
        // Empty is unset: the way to take back a variable that an image sets.
        (Value::Optional(_), Some(false)) => Ok(false),
        (Value::One(_), _) if value.is_empty() => Ok(false),
        (Value::One(_), _) if opt.repeatable => {
            value.split(|b| *b == b',').try_for_each(|item| set(Given::Value(item)).map(drop))?;
            Ok(true)
        }
        (Value::One(_) | Value::Optional(_), _) => set(Given::Value(value)),
        // No option with two values has a variable.
        (Value::Two(..), _) => Ok(false),
    }
}
