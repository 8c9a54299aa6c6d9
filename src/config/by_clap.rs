//! The tables of options as commands of clap.
//!
//! `build.rs` makes help, man page and completions of them, and the tests compare our parser
//! with clap's. At run time clap is not there: it would be a third of the binary.

use std::ffi::OsString;

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{Arg, ArgAction, Command, ValueHint};

use super::spec::{self, Accepted, Kind, Opt, Value};

/// What the program does, in a line.
const ABOUT: &str =
    "Runs COMMAND as its child, forwards signals, reaps zombies, ends with its status";

/// What stands behind the options: a heading for the manual, and a paragraph.
pub const MORE: [(&str, &str); 2] = [
    (
        "ENVIRONMENT",
        "Each option that is not a sandbox option, and prints no text, has a variable: \
         CONTAINER_INIT_ and its long name in capitals, with _ for -: \
         CONTAINER_INIT_PROCESS_GROUP=1, CONTAINER_INIT_REMAP_EXIT=143,130. A flag wins. \
         CONTAINER_INIT_LOG takes directives of env_logger. A duration of 0 means no limit, but \
         for the grace period, where it means no time. Any sandbox option switches sandbox mode on.",
    ),
    (
        "EXIT STATUS",
        "Exit status: the command's own, or 128+N when signal N killed it; 127 when the command is \
         not found; 126 when it is found but cannot be run; 125 when init itself fails; 124 when \
         --timeout ended the command.",
    ),
];

/// The other programs that init speaks for, their options and their variables.
pub static OTHERS: [(&str, &[Opt], &str); 3] = [
    (
        "catatonit",
        spec::catatonit::OPTIONS,
        "Variables: CATATONIT_DEBUG, set to anything, prints what is being done.",
    ),
    (
        "dumb-init",
        spec::dumb_init::OPTIONS,
        "Variables: DUMB_INIT_DEBUG=1 is -v, DUMB_INIT_SETSID=0 is -c.",
    ),
    (
        "tini",
        spec::tini::OPTIONS,
        "Variables: TINI_SUBREAPER and TINI_KILL_PROCESS_GROUP, set to anything, are -s and -g; \
         TINI_VERBOSITY is a level from 0 to 4, and 1 when it is not set.",
    ),
];

/// What closes the help of another program.
pub const OUR_VARIABLES: &str = "The variables of init are read as well, CONTAINER_INIT_GRACE_PERIOD=8s for one; see init --help.";

/// clap's value of an option that was given none, if any text is a value of it.
pub const MISSING: &str = "\0";

/// Our own command line, by this name.
pub fn ours(name: &'static str) -> Command {
    let usage = format!("{name} [OPTIONS] [--] COMMAND [ARG]...");
    let command = of(name, spec::ours::OPTIONS)
        .next_help_heading("Sandbox options")
        .args(spec::sandbox::OPTIONS.iter().map(arg));
    command.about(ABOUT).override_usage(usage).arg(
        Arg::new("COMMAND")
            .num_args(1..)
            .trailing_var_arg(true)
            .hide(true)
            .value_hint(ValueHint::CommandWithArguments)
            .value_parser(any()),
    )
}

/// These options alone.
pub fn of(name: &'static str, options: &[Opt]) -> Command {
    let command =
        Command::new(name).term_width(80).disable_help_flag(true).disable_version_flag(true);
    command.args(options.iter().map(arg))
}

fn arg(opt: &Opt) -> Arg {
    // An id only has to differ from the others.
    let arg = match opt.long {
        "" => Arg::new(opt.help.text()),
        long => Arg::new(long).long(long),
    };
    let arg = arg.short(opt.short.map(char::from)).help(opt.help.text()).action(ArgAction::Append);
    let arg = if opt.more.text().is_empty() {
        arg
    } else {
        arg.long_help(format!("{}. {}", opt.help.text(), opt.more.text()))
    };
    match opt.value {
        // Count would show dots in the help, and keep one place of many.
        Value::None => arg.num_args(0).default_missing_value(""),
        Value::One(accepted) => value(arg, accepted).allow_hyphen_values(true),
        Value::Two([first, second]) => value(arg, *first)
            .value_names([first.name.text(), second.name.text()])
            .allow_hyphen_values(true),
        Value::Optional(accepted) => value(arg, accepted)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value(missing(accepted.kind)),
    }
}

/// Of words, the first is what the option alone means.
fn missing(kind: Kind) -> &'static str {
    match kind {
        Kind::Words(words) => words.first().copied().unwrap_or(MISSING),
        Kind::Directory | Kind::File | Kind::Text(_) => MISSING,
    }
}

fn value(arg: Arg, accepted: Accepted) -> Arg {
    let arg = arg.value_name(accepted.name.text()).hide_possible_values(true);
    match accepted.kind {
        Kind::Words(words) => {
            arg.value_parser(PossibleValuesParser::new(words).map(OsString::from))
        }
        Kind::Directory => arg.value_hint(ValueHint::DirPath).value_parser(any()),
        Kind::File => arg.value_hint(ValueHint::FilePath).value_parser(any()),
        Kind::Text(_) => arg.value_hint(ValueHint::Other).value_parser(any()),
    }
}

fn any() -> ValueParser {
    ValueParser::from(OsStringValueParser::new())
}
