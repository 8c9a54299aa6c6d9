//! Which program's command line init speaks: that of the program by whose name it was started.
//!
//! In: `argv[0]`. Out: a `Personality`: a table of options, and a few functions that make a
//! `Config` of what was typed. The code behind the parser does not know the name.

mod catatonit;
mod dumb_init;
mod getopt;
mod ours;
mod pause;
mod tini;

use std::fmt;

use super::parser::Outcome;
use super::usage::Usage;
use super::{Config, Page};
use crate::messages::Style;
use crate::sys::Strings;

/// A program whose command line init speaks.
pub struct Personality {
    /// The names it goes by, without directories.
    names: &'static [&'static [u8]],
    /// Sets the program's own defaults, before anything is read.
    pub start: fn(&mut Config),
    /// Reads the words after `argv[0]`.
    pub read: fn(Strings, &mut Config) -> Result<Outcome, Usage>,
    /// The variables it reads, after the words.
    pub variables: &'static [Variable],
    /// Sets what follows from its words and variables, once they are read.
    pub settle: fn(&mut Config),
    /// How messages begin and what they say.
    pub style: &'static Style,
    /// What it exits with when it fails by itself.
    pub failure: u8,
    /// The text of a page.
    pub page: fn(Page, &Invocation) -> String,
    /// The answer to a wrong command line: whole lines.
    pub refuse: fn(&Usage, &Invocation) -> String,
}

impl fmt::Debug for Personality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.style.name)
    }
}

/// An environment variable of another program.
pub struct Variable {
    /// Its name and `=`.
    pub name: &'static [u8],
    /// What the first one of that name does.
    pub set: fn(&mut Config, &'static [u8]),
}

/// How init was started.
#[derive(Clone, Copy, Debug)]
pub struct Invocation {
    /// The program whose command line init speaks.
    pub personality: &'static Personality,
    /// `argv[0]`.
    pub name: &'static [u8],
}

static OTHERS: [&Personality; 5] =
    [&tini::TINI, &tini::DOCKER_INIT, &dumb_init::DUMB_INIT, &catatonit::CATATONIT, &pause::PAUSE];

impl Invocation {
    /// By `argv[0]`, which may be missing.
    pub fn by(args: Strings) -> Invocation {
        let name = args.get(0).map_or(&b"init"[..], |name| name.to_bytes());
        let base = base_name(name);
        let found = OTHERS.iter().find(|other| other.names.contains(&base));
        Invocation { personality: found.copied().unwrap_or(&ours::OURS), name }
    }
}

fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|b| *b == b'/').next().unwrap_or(path)
}

/// The number that strtol(3) reads in base ten, and the rest of the text.
fn number(text: &[u8]) -> Option<(i64, &[u8])> {
    let blank = |b: &u8| b.is_ascii_whitespace() || *b == 0x0b;
    let text = text.get(text.iter().take_while(|b| blank(b)).count()..)?;
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let (digits, rest) =
        digits.split_at_checked(digits.iter().take_while(|b| b.is_ascii_digit()).count())?;
    let mut value = 0_i64;
    for digit in digits {
        value = value.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    }
    (!digits.is_empty()).then_some((if negative { -value } else { value }, rest))
}

#[cfg(test)]
mod tests;
