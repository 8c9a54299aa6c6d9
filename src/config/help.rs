//! What is for people to read, made from the tables of options.
//!
//! In: the tables. Out: help, version and licence texts, suggestions. Allocates, so it
//! is only asked when nothing will be run.

use super::options::{self, OPTIONS, Opt, Row, Takes};
use super::{Page, sandbox};

/// The version line. dockerd reads the second part of it as `git.COMMIT`.
pub const VERSION: &str =
    concat!("init ", env!("CARGO_PKG_VERSION"), " - git.", env!("INIT_COMMIT"));

/// What follows another program's version in its version line.
pub const BUILD: &str =
    concat!(" - git.", env!("INIT_COMMIT"), " - init ", env!("CARGO_PKG_VERSION"));

/// What closes another program's help.
pub const MORE: &str =
    "The variables of init are read as well, INIT_GRACE_PERIOD=8s for one; see init --help.\n";

const LICENCE: &str = include_str!("../../LICENSE");

/// What the program does, in a line.
pub const ABOUT: &str =
    "Runs COMMAND as its child, forwards signals, reaps zombies, ends with its status";

/// What a command line looks like.
pub const USAGE: &str = "init [OPTIONS] [--] COMMAND [ARG]...";

/// What closes the help.
pub const MORE_HELP: &str = "\
Each option but the last three of the first list has a variable, INIT_ and its long name in capitals
with _ for -: INIT_PROCESS_GROUP=1, INIT_REMAP_EXIT=143,130. A flag wins. INIT_LOG takes env_logger
directives. Options of the second list switch sandbox mode on.

Exit status: the command's own, or 128+N when signal N killed it; 127 command not found; 126 found
but not runnable; 125 init itself failed; 124 --timeout ended the command.";

impl Opt {
    /// What follows the option, for messages.
    pub fn accepts(self) -> &'static str {
        match &self.takes {
            Takes::Value { accepts, .. } | Takes::Optional { accepts, .. } => accepts,
            Takes::Switch(_) | Takes::Page(_) => "nothing",
        }
    }

    /// How it is written: `-r, --rewrite <FROM:TO>`, with room for a missing letter.
    fn usage(&self) -> String {
        let letter = self.short.map(|letter| format!("-{}", char::from(letter)));
        let long = Some(self.long).filter(|long| !long.is_empty()).map(|long| format!("--{long}"));
        let names = match (letter, long) {
            (Some(letter), Some(long)) => format!("{letter}, {long}"),
            (letter, long) => letter.unwrap_or("    ".to_owned()) + &long.unwrap_or_default(),
        };
        match &self.takes {
            Takes::Value { name, .. } => format!("{names} <{name}>"),
            Takes::Optional { name, .. } => format!("{names}[=<{name}>]"),
            Takes::Switch(_) | Takes::Page(_) => names,
        }
    }
}

/// A line for each option.
pub fn list(table: &'static [Row]) -> String {
    let width = options::all(table).map(|opt| opt.usage().len()).max().unwrap_or_default();
    options::all(table).map(|opt| format!("  {:width$}  {}\n", opt.usage(), opt.help)).collect()
}

fn help() -> String {
    let (plain, sandbox) = (list(OPTIONS), list(sandbox::options::OPTIONS));
    format!(
        "{ABOUT}\n\nUsage: {USAGE}\n\nOptions:\n{plain}\nSandbox options:\n{sandbox}\n{MORE_HELP}\n"
    )
}

/// The text of a page, with its closing line feed.
pub fn page(page: Page) -> String {
    match page {
        Page::Help => help(),
        Page::Version => format!("{VERSION}\n"),
        Page::Licence => LICENCE.to_owned(),
    }
}

/// The option that was probably meant by the unknown `--word`: one that starts with it, or
/// the one with the fewest letters to change, if those are not more than a third.
pub fn similar(word: &[u8]) -> Option<&'static str> {
    let names = || OPTIONS.iter().chain(sandbox::options::OPTIONS).map(|row| row().long);
    let begun = |name: &&str| !word.is_empty() && name.as_bytes().starts_with(word);
    if let Some(longer) = names().find(begun) {
        return Some(longer);
    }
    let (changes, name) = names().map(|name| (distance(word, name.as_bytes()), name)).min()?;
    (changes <= name.len().max(word.len()) / 3).then_some(name)
}

/// How many letters to add, remove or replace to make `a` of `b` (Levenshtein's distance).
fn distance(a: &[u8], b: &[u8]) -> usize {
    // For each start of `b`, its distance to what was read of `a`.
    let mut row: Vec<usize> = (1..=b.len()).collect();
    let mut whole = b.len();
    for (read, x) in a.iter().enumerate() {
        let (mut diagonal, mut left) = (read, read + 1);
        for (place, y) in row.iter_mut().zip(b) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = *place;
            left = replaced.min(diagonal + 1).min(left + 1);
            *place = left;
        }
        whole = left;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("same", "same", 0),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        }
    }

    #[test]
    fn suggestions() {
        for (word, expected) in [
            ("subreapr", Some("subreaper")),
            ("grace", Some("grace-period")),
            ("remap-exti", Some("remap-exit")),
            ("killafter", Some("kill-after")),
            ("nonsense", None),
            ("", None),
        ] {
            assert_eq!(similar(word.as_bytes()), expected, "{word}");
        }
    }
}
