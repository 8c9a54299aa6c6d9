//! clap's view of the tables: what our parser and our help are compared with.
//!
//! clap itself would be a third of the binary.

use clap::builder::{OsStringValueParser, ValueParser};
use clap::{Arg, ArgAction, Command};

use super::options::{OPTIONS, Opt, Takes};
use super::{help, sandbox};

/// clap's value of an option that was given none; no word of a command line is that.
pub const MISSING: &str = "\0";

/// All of it.
pub fn command() -> Command {
    Command::new("init")
        .about(help::ABOUT)
        .override_usage(help::USAGE)
        .after_help(help::MORE_HELP)
        .term_width(0)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(OPTIONS.iter().map(|row| arg(row())))
        .next_help_heading("Sandbox options")
        .args(sandbox::options::OPTIONS.iter().map(|row| arg(row())))
        .arg(
            Arg::new("COMMAND")
                .num_args(1..)
                .trailing_var_arg(true)
                .hide(true)
                .value_parser(ValueParser::from(OsStringValueParser::new())),
        )
}

fn arg(opt: Opt) -> Arg {
    let arg = Arg::new(opt.long).long(opt.long).help(opt.help);
    let arg = match opt.short {
        Some(letter) => arg.short(char::from(letter)),
        None => arg,
    };
    match &opt.takes {
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
