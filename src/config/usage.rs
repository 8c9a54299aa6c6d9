//! What can be wrong with a command line or a variable, in one line for people.
//!
//! In: the first mistake, as plain data. Out: its line. Allocates only for suggestions.

use std::fmt;

use super::apply::Given;
use super::expand::{BadWord, Fault};
use super::spec::{Id, Opt, PREFIX, Value};
use super::{suggest, values};
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
        /// All options.
        options: &'static [Opt],
    },
    /// `-x` that is no option.
    UnknownShort(u8),
    /// An option that needs a value was the last word.
    MissingValue {
        /// The option.
        opt: &'static Opt,
        /// It was written `-x`, not `--word`.
        by_letter: bool,
    },
    /// `--switch=value`.
    UnwantedValue {
        /// The switch.
        opt: &'static Opt,
        /// What it does not take.
        value: &'static [u8],
    },
    /// A value that cannot be understood.
    BadValue {
        /// Flag or variable.
        origin: Origin,
        /// The option it was given to.
        opt: &'static Opt,
        /// The value, or the item of a list.
        given: Given,
    },
    /// Two options that do not go together.
    Conflict(Named, Named),
    /// An option that means nothing without another option.
    Needs(Named, Named),
    /// An option without the other one behind it.
    StandsBefore(&'static Opt, &'static Opt),
    /// A word behind an option that runs no command.
    RunsNothing {
        /// The option.
        opt: &'static Opt,
        /// The first word of the command.
        word: &'static [u8],
    },
    /// A word of the command that `--expand-env` cannot expand.
    BadWord(BadWord),
    /// Options only, or nothing at all.
    NoCommand,
}

/// An option as it was given: by its flag or by its variable.
#[derive(Clone, Copy)]
pub struct Named {
    /// The option.
    pub opt: &'static Opt,
    /// Which of its names was used.
    pub origin: Origin,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::Flag => write!(f, "--{}", self.opt.long),
            Origin::Variable => Variable(self.opt).fmt(f),
        }
    }
}

/// The name of an option's variable.
pub struct Variable(pub &'static Opt);

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.0.long.to_ascii_uppercase().replace('-', "_"))
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Usage::UnknownLong(text) | Usage::AmbiguousLong { text, .. } => {
                let word = text.split(|b| *b == b'=').next().unwrap_or(text);
                write!(f, "unknown option --{}", Excerpt(word))?;
                match suggest::option(word) {
                    Some(similar) => write!(f, " (did you mean --{}?)", similar.long),
                    None => f.write_str(" (see init --help)"),
                }
            }
            Usage::UnknownShort(letter) => {
                write!(f, "unknown option -{}", Excerpt(&[letter]))?;
                match suggest::letter(letter) {
                    Some(long) => write!(f, " (did you mean --{long}?)"),
                    None => f.write_str(" (see init --help)"),
                }
            }
            Usage::MissingValue { opt, .. } => {
                let many = if let Value::Two(..) = opt.value { "two values" } else { "a value" };
                write!(f, "option --{} needs {many} ({})", opt.long, opt.value)
            }
            Usage::UnwantedValue { opt, value } => {
                write!(f, "option --{} takes no value (got {}", opt.long, Excerpt(value))?;
                instead_of_value(f, opt, value)?;
                f.write_str(")")
            }
            Usage::BadValue { origin, opt, given } => bad_value(f, origin, opt, given),
            Usage::Conflict(one, other) => write!(f, "{one} conflicts with {other}"),
            Usage::Needs(one, other) => write!(f, "{one} needs {other}"),
            Usage::StandsBefore(one, other) => {
                write!(
                    f,
                    "option --{} stands before --{1}, and no --{1} follows",
                    one.long, other.long
                )
            }
            Usage::RunsNothing { opt, word } => runs_nothing(f, opt, word),
            Usage::BadWord(bad) => bad_word(f, &bad),
            Usage::NoCommand => {
                f.write_str("no command given (usage: init [OPTIONS] [--] COMMAND [ARG]...)")
            }
        }
    }
}

/// Which option takes the value that a namespace's was given. unshare(1) keeps the namespace in
/// such a file.
fn instead_of_value(f: &mut fmt::Formatter<'_>, opt: &Opt, value: &[u8]) -> fmt::Result {
    use super::spec::Namespace::{All, Fork, KillChild, Pid, ShareNet, User};
    let (kind, file) = (opt.long, Excerpt(value));
    match opt.id {
        Id::Namespace(All | Fork | KillChild | ShareNet) => Ok(()),
        Id::Namespace(User) if value.iter().all(u8::is_ascii_digit) => {
            write!(f, "; use --setuid {file}")
        }
        // No file can keep it.
        Id::Namespace(Pid) => write!(f, "; use --join {kind}={file} to enter it"),
        Id::Namespace(_) => {
            write!(f, "; use --persist {kind}={file} to keep it, --join {kind}={file} to enter it")
        }
        _ => Ok(()),
    }
}

fn bad_value(
    f: &mut fmt::Formatter<'_>,
    origin: Origin,
    opt: &'static Opt,
    given: Given,
) -> fmt::Result {
    match origin {
        Origin::Flag => write!(f, "option --{}", opt.long)?,
        Origin::Variable => write!(f, "variable {}", Variable(opt))?,
    }
    f.write_str(": bad value ")?;
    match given {
        Given::On | Given::Off => f.write_str("''")?,
        Given::Value(value) => write!(f, "'{}'", Excerpt(value))?,
        Given::Pair(one, other) => write!(f, "'{}' '{}'", Excerpt(one), Excerpt(other))?,
    }
    let value = given.value().unwrap_or_default();
    if let Some((part, why)) = values::wrong_part(opt.id, value) {
        write!(f, ": '{}' {why}", Excerpt(part))?;
    }
    match opt.value {
        Value::None if opt.repeatable => write!(f, " (accepted: {}, or how often)", values::SWITCH),
        Value::None => write!(f, " (accepted: {})", values::SWITCH),
        accepted => match suggest::instead_of_value(opt.id, value) {
            Some(long) => write!(f, " (accepted: {accepted}; did you mean --{long}?)"),
            None => write!(f, " (accepted: {accepted})"),
        },
    }
}

fn runs_nothing(f: &mut fmt::Formatter<'_>, opt: &Opt, word: &[u8]) -> fmt::Result {
    write!(f, "option --{} runs no command (got '{}'", opt.long, Excerpt(word))?;
    match opt.value {
        Value::Optional(accepted) => write!(f, "; {} stands after =)", accepted.kind),
        _ => f.write_str(")"),
    }
}

fn bad_word(f: &mut fmt::Formatter<'_>, bad: &BadWord) -> fmt::Result {
    let word = Excerpt(bad.word);
    match bad.fault {
        Fault::Unset(name) => write!(
            f,
            "option --expand-env: {0} is unset in '{word}' (set it, or give a default: \
             ${{{0}:-TEXT}})",
            Excerpt(name)
        ),
        Fault::TooLong => {
            write!(f, "option --expand-env: '{word}' becomes longer than 131071 bytes")
        }
        Fault::TooMuch => write!(
            f,
            "option --expand-env: with '{word}' the command and its environment become more than \
             the kernel takes (a quarter of the stack's limit, at most 6 MiB)"
        ),
        Fault::Malformed => write!(
            f,
            "option --expand-env: bad variable in '{word}' (accepted: $VAR, ${{VAR}}, \
             ${{VAR:-TEXT}}, $$)"
        ),
    }
}
