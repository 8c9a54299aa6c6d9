//! What is for people to read: clap's command, built from the table of options.
//!
//! In: the table. Out: help, version and licence texts, suggestions. Allocates, so it
//! is only asked when nothing will be run.

use clap::builder::{OsStringValueParser, ValueParser};
use clap::{Arg, ArgAction, Command};

use super::options::{OPTIONS, Opt, Takes};
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

const ENVIRONMENT: &str = "\
Each option but the last three of the first list has a variable, INIT_ and its long name in capitals
with _ for -: INIT_PROCESS_GROUP=1, INIT_REMAP_EXIT=143,130. A flag wins. INIT_LOG takes env_logger
directives. Options of the second list switch sandbox mode on.

Exit status: the command's own, or 128+N when signal N killed it; 127 command not found; 126 found
but not runnable; 125 init itself failed; 124 --timeout ended the command.";

/// clap's value of an option that was given none; no word of a command line is that.
pub const MISSING: &str = "\0";

impl Opt {
    /// What follows the option, for messages.
    pub fn accepts(&self) -> &'static str {
        match &self.takes {
            Takes::Value { accepts, .. } | Takes::Optional { accepts, .. } => accepts,
            Takes::Switch(_) | Takes::Page(_) => "nothing",
        }
    }

    fn arg(&self) -> Arg {
        let arg = Arg::new(self.long).long(self.long).help(self.help);
        let arg = match self.short {
            Some(letter) => arg.short(char::from(letter)),
            None => arg,
        };
        match &self.takes {
            Takes::Value { name, .. } => arg
                .value_name(*name)
                .action(ArgAction::Append)
                .allow_hyphen_values(true)
                .value_parser(ValueParser::from(OsStringValueParser::new())),
            Takes::Optional { name, .. } => arg
                .value_name(*name)
                .action(ArgAction::Append)
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value(MISSING)
                .value_parser(ValueParser::from(OsStringValueParser::new())),
            // Count would show dots in the help, and keep one place of many.
            Takes::Switch(_) | Takes::Page(_) => {
                arg.action(ArgAction::Append).num_args(0).default_missing_value("")
            }
        }
    }
}

/// clap's view of the table.
pub fn command() -> Command {
    Command::new("init")
        .about("Runs COMMAND as its child, forwards signals, reaps zombies, ends with its status")
        .override_usage("init [OPTIONS] [--] COMMAND [ARG]...")
        .after_help(ENVIRONMENT)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(OPTIONS.iter().map(Opt::arg))
        .next_help_heading("Sandbox options")
        .args(sandbox::options::OPTIONS.iter().map(Opt::arg))
        .arg(
            Arg::new("COMMAND")
                .num_args(1..)
                .trailing_var_arg(true)
                .hide(true)
                .value_parser(ValueParser::from(OsStringValueParser::new())),
        )
}

/// The text of a page, with its closing line feed.
pub fn page(page: Page) -> String {
    match page {
        Page::Help => command().render_help().to_string(),
        Page::Version => format!("{VERSION}\n"),
        Page::Licence => LICENCE.to_owned(),
    }
}

/// The option that was probably meant by the unknown `--word`: one that starts with it, or
/// the one with the fewest letters to change, if those are not more than a third.
pub fn similar(word: &[u8]) -> Option<&'static str> {
    let names = || OPTIONS.iter().map(|opt| opt.long);
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
