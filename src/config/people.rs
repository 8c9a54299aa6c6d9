//! What is for people to read: clap's command, built from the table of options.
//!
//! In: the table. Out: help, version and licence texts, suggestions. Allocates, so it
//! is only asked when nothing will be run.

use clap::builder::{OsStringValueParser, ValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};

use super::Page;
use super::options::{OPTIONS, Opt, Takes};
use crate::logger::Printable;

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
Each option but the last three has a variable, INIT_ and its long name in capitals with _ for -:
INIT_PROCESS_GROUP=1, INIT_REMAP_EXIT=143,130. A flag wins. INIT_LOG takes env_logger directives.

Exit status: the command's own, or 128+N when signal N killed it; 127 command not found; 126 found
but not runnable; 125 init itself failed; 124 --timeout ended the command.";

impl Opt {
    /// What follows the option, for messages.
    pub fn accepts(&self) -> &'static str {
        match &self.takes {
            Takes::Value { accepts, .. } => accepts,
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

/// The option that clap thinks was meant by the unknown `--word`.
pub fn similar(word: &[u8]) -> Option<String> {
    let typed = format!("--{}", Printable(word));
    let error = command().try_get_matches_from(["init", &typed]).err()?;
    match error.get(ContextKind::SuggestedArg)? {
        ContextValue::String(option) => Some(option.trim_start_matches('-').to_owned()),
        _ => None,
    }
}
