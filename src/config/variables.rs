//! The environment's part of the configuration: `INIT_` and an option's long name.
//!
//! Looks only where `Environment` has seen an entry that begins like the name of a variable
//! of ours. The variables stay in place: the app gets them as they are.

use super::apply::{self, Given};
use super::personality::Variable;
use super::relations::IdSet;
use super::spec::{self, OURS, Opt, Value};
use super::usage::{Origin, Usage};
use super::{Config, values};
use crate::sys::{Strings, Text};

/// What the names of all variables of ours begin with.
pub const PREFIX: &[u8] = b"INIT_";

/// The variable that is none of an option's.
const LOG: &[u8] = b"INIT_LOG=";

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
    for opt in spec::all(OURS).filter(|opt| opt.variable && !flags.decides(opt)) {
        if let Some(value) = env.iter().find_map(|entry| value_of(opt, entry))
            && set(opt, value, config)?
        {
            given.insert(opt.id);
        }
    }
    Ok(given)
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
