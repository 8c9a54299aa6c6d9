//! What can be wrong with a command line or a variable, in one line for people.

use std::fmt;

use super::expand::Fault;
use super::help;
use super::options::{Opt, Tables};
use crate::text::Excerpt;

/// Where a bad value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// The environment.
    Variable,
}

/// The first thing on the command line or in the environment that is wrong.
#[derive(Clone, Copy)]
pub enum Usage {
    /// `--word` that is no option, without its hyphens.
    UnknownLong(&'static [u8]),
    /// `--wo`, which several options start with.
    AmbiguousLong {
        /// Without hyphens and value.
        name: &'static [u8],
        /// Without hyphens.
        text: &'static [u8],
        /// Where the options are.
        tables: Tables,
    },
    /// `-x` that is no option.
    UnknownShort(u8),
    /// An option that needs a value was the last word.
    MissingValue {
        /// The option.
        opt: Opt,
        /// It was written `-x`, not `--word`.
        by_letter: bool,
    },
    /// `--switch=value`.
    UnwantedValue {
        /// The switch.
        opt: Opt,
        /// What it does not take.
        value: &'static [u8],
    },
    /// A value that cannot be understood.
    BadValue {
        /// Flag or variable.
        origin: Origin,
        /// The option it was given to.
        opt: Opt,
        /// The value, or the item of a list.
        value: &'static [u8],
        /// What can be given.
        accepts: &'static str,
    },
    /// Two options that do not go together.
    Conflict(&'static str, &'static str),
    /// An option that means nothing without another one.
    Needs(&'static str, &'static str),
    /// A word of the command that `--expand-env` cannot expand.
    BadWord {
        /// As it was given.
        word: &'static [u8],
        /// What is wrong with it.
        fault: Fault,
    },
    /// Options only, or nothing at all.
    NoCommand,
}

struct Variable(Opt);

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "INIT_{}", self.0.long.to_ascii_uppercase().replace('-', "_"))
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Usage::UnknownLong(text) | Usage::AmbiguousLong { text, .. } => {
                let word = text.split(|b| *b == b'=').next().unwrap_or(text);
                write!(f, "unknown option --{}", Excerpt(word))?;
                match help::similar(word) {
                    Some(similar) => write!(f, " (did you mean --{similar}?)"),
                    None => f.write_str(" (see init --help)"),
                }
            }
            Usage::UnknownShort(letter) => {
                write!(f, "unknown option -{} (see init --help)", Excerpt(&[letter]))
            }
            Usage::MissingValue { opt, .. } => {
                write!(f, "option --{} needs a value ({})", opt.long, opt.accepts())
            }
            Usage::UnwantedValue { opt, value } => {
                write!(f, "option --{} takes no value (got {})", opt.long, Excerpt(value))
            }
            Usage::BadValue { origin, opt, value, accepts } => {
                match origin {
                    Origin::Flag => write!(f, "option --{}", opt.long)?,
                    Origin::Variable => write!(f, "variable {}", Variable(opt))?,
                }
                write!(f, ": bad value '{}' (accepted: {accepts})", Excerpt(value))
            }
            Usage::Conflict(one, other) => write!(f, "--{one} conflicts with --{other}"),
            Usage::Needs(one, other) => write!(f, "--{one} needs --{other}"),
            Usage::BadWord { word, fault: Fault::Unset(name) } => {
                let (word, name) = (Excerpt(word), Excerpt(name));
                write!(f, "option --expand-env: {name} is unset in '{word}' (set it, or give ")?;
                write!(f, "a default: ${{{name}:-TEXT}})")
            }
            Usage::BadWord { word, fault: Fault::Malformed } => write!(
                f,
                "option --expand-env: bad variable in '{}' (accepted: $VAR, ${{VAR}}, ${{VAR:-TEXT}}, $$)",
                Excerpt(word)
            ),
            Usage::NoCommand => {
                f.write_str("no command given (usage: init [OPTIONS] [--] COMMAND [ARG]...)")
            }
        }
    }
}
