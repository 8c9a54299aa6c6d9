//! The environment's part of the configuration: `INIT_` and an option's long name.
//!
//! One pass over the environment, and only entries that start with a name of ours are
//! read to their end. The variables stay in place: the app gets them as they are.

use super::options::{self, Opt, Row, Settings, Takes};
use super::personality::Variable;
use super::usage::Origin;
use super::{Config, NamedPid, Usage, values};
use crate::sys::{Strings, Text};

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
    let mut ours = false;
    for (n, entry) in env.iter().enumerate() {
        // Most are nobody's, and this is all that they cost.
        if !matches!(entry.first(), Some(b'I' | b'L' | b'P' | b'W')) {
            continue;
        }
        if let Some(value) = entry.strip_prefix(b"PATH=") {
            // The first one counts, as in getenv(3).
            config.path = config.path.or_else(|| Some(value.to_bytes()));
        } else if let Some(value) = entry.strip_prefix(b"LISTEN_PID=") {
            config.listen_pid = config.listen_pid.or_else(|| named_pid(n, value));
        } else if let Some(value) = entry.strip_prefix(b"WATCHDOG_PID=") {
            config.watchdog_pid = config.watchdog_pid.or_else(|| named_pid(n, value));
        } else if entry.strip_prefix(b"LISTEN_PIDFDID=").is_some() {
            config.listen_pidfd = config.listen_pidfd.or(Some(n));
        } else if let Some(entry) = entry.strip_prefix(b"INIT_") {
            ours = true;
            if let Some(value) = entry.strip_prefix(b"LOG=") {
                config.log_filter = config.log_filter.or_else(|| Some(value.to_bytes()));
            }
        }
    }
    if !ours {
        return Ok(());
    }
    for opt in options::all(table).filter(|opt| !flags.contains(opt.setting)) {
        if let Some(value) = env.iter().find_map(|entry| value_of(&opt, entry)) {
            set(opt, value, config)?;
        }
    }
    Ok(())
}

fn named_pid(entry: usize, value: Text) -> Option<NamedPid> {
    let pid = std::str::from_utf8(value.to_bytes()).ok()?.parse().ok()?;
    Some(NamedPid { entry, pid })
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
    let text = entry.strip_prefix(b"INIT_")?.to_bytes();
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
