//! tini 0.19, and dockerd's name for it.

use std::time::Duration;

use log::{Level, LevelFilter};
use nix::unistd::getpid;

use super::{Invocation, Personality, Variable, base_name, getopt, number};
use crate::config::apply::{self, Given};
use crate::config::parser::{self, Grammar, Long, Outcome};
use crate::config::spec::tini::OPTIONS;
use crate::config::spec::{Id, Plain};
use crate::config::usage::{Origin, Usage};
use crate::config::{Config, ForwardTo, Page, help};
use crate::exit::Ended;
use crate::messages::{Emit, Notice, Style, emit_in_our_words};
use crate::sys::Strings;
use crate::text::Printable;

/// Under tini's own name the end is tini's: survivors get no time.
pub static TINI: Personality = Personality {
    names: &[b"tini", b"tini-static"],
    start: |config| {
        adopt_nobody(config);
        config.grace_period = Duration::ZERO;
    },
    ..SPEAKER
};

/// Under dockerd's name the end is ours: who installs init there wants its end.
pub static DOCKER_INIT: Personality = SPEAKER;

const SPEAKER: Personality = Personality {
    names: &[b"docker-init"],
    start: adopt_nobody,
    read,
    variables: VARIABLES,
    settle: |_| {},
    style: &STYLE,
    failure: 1,
    page,
    refuse,
};

fn adopt_nobody(config: &mut Config) {
    config.subreaper = false;
    config.warn_no_reaper = true;
}

const GRAMMAR: Grammar = Grammar { long: Long::Unknown, equals: false, hyphens: true };

static VARIABLES: &[Variable] = &[
    // These two count whatever their value is.
    Variable { name: b"TINI_SUBREAPER=", set: |config, _| config.subreaper = true },
    Variable {
        name: b"TINI_KILL_PROCESS_GROUP=",
        set: |config, _| config.forward_to = ForwardTo::Group,
    },
    Variable { name: b"TINI_VERBOSITY=", set: |config, value| config.verbosity = verbosity(value) },
];

/// Sets an option: tini reads exit codes in another way.
fn set(config: &mut Config, id: Id, given: Given) -> Option<()> {
    match id {
        Id::Plain(Plain::RemapExit) => {
            config.remap_exit.insert(exit_code(given.value()?)?);
            Some(())
        }
        _ => apply::ours(config, id, given),
    }
}

/// As tini reads it with strtol(3): an empty text is 0.
fn exit_code(value: &[u8]) -> Option<u8> {
    match number(value) {
        Some((code, [])) => u8::try_from(code).ok(),
        Some(_) => None,
        None => value.is_empty().then_some(0),
    }
}

/// As tini reads it with atoi(3): a text that is no number is 0.
fn verbosity(value: &[u8]) -> LevelFilter {
    match number(value).map_or(0, |(level, _)| level) {
        ..=0 => LevelFilter::Error,
        1 => LevelFilter::Warn,
        2 => LevelFilter::Info,
        3 => LevelFilter::Debug,
        4.. => LevelFilter::Trace,
    }
}

fn read(words: Strings, config: &mut Config) -> Result<Outcome, Usage> {
    let mut each = words.iter().map(|word| word.to_bytes());
    if each.next() == Some(b"--version") && each.next().is_none() {
        return Ok(Outcome::Print(Page::Version));
    }
    parser::read(OPTIONS, GRAMMAR, set, words, config)
}

fn page(page: Page, called: &Invocation) -> String {
    match page {
        Page::Help | Page::Summary => help(called),
        Page::Version => format!("{}\n", version()),
        Page::Licence => help::page(page).to_owned(),
    }
}

fn version() -> String {
    format!("tini version 0.19.0{}", help::BUILD)
}

fn help(called: &Invocation) -> String {
    let name = Printable(base_name(called.name));
    format!(
        "{name} ({})\n\
         Usage: {name} [OPTIONS] [--] PROGRAM [ARGS] | --version\n\n\
         Runs a program under the supervision of a valid init process.\n\n\
         {}",
        version(),
        help::options::TINI,
    )
}

fn refuse(usage: &Usage, called: &Invocation) -> String {
    let error = |words: &str| called.personality.style.line(Level::Error, words);
    match *usage {
        Usage::BadValue { origin: Origin::Flag, opt, given } => {
            let letter = char::from(opt.short.unwrap_or_default());
            let value = given.value().unwrap_or_default();
            error(&format!("Not a valid option for -{letter}: {}", Printable(value)))
        }
        Usage::NoCommand => help(called),
        _ => match getopt::line(usage, called) {
            Some(line) => line + &help(called),
            None => error(&usage.to_string()),
        },
    }
}

static STYLE: Style = Style {
    name: "tini",
    prefix: |level, line| {
        let word = match level {
            Level::Error => "FATAL",
            Level::Warn => "WARN ",
            Level::Info => "INFO ",
            Level::Debug => "DEBUG",
            Level::Trace => "TRACE",
        };
        write!(line, "[{word} tini ({})] ", getpid())
    },
    emit,
};

fn emit(notice: &Notice<'_>, emit: Emit<'_>) {
    match *notice {
        Notice::Failed(error) if error.operation == "exec" => emit(
            Level::Error,
            format_args!("exec {} failed: {}", Printable(error.object), error.reason()),
        ),
        Notice::NoReaper => emit(
            Level::Warn,
            format_args!(
                "Tini is not PID 1 and not a subreaper: zombie reaping won't work \
                 (use -s or set TINI_SUBREAPER)"
            ),
        ),
        Notice::Started { name, pid } => emit(
            Level::Info,
            format_args!("Spawned child process '{}' with pid '{pid}'", Printable(name)),
        ),
        Notice::Received(signal) => emit(Level::Debug, format_args!("Received {signal}")),
        Notice::Sent(signal) => emit(Level::Debug, format_args!("Passing signal: '{signal}'")),
        Notice::Reaped { pid, ended, main, warn } => {
            emit(Level::Debug, format_args!("Reaped child with pid: '{pid}'"));
            match ended {
                Ended::Exited(code) if main => emit(
                    Level::Info,
                    format_args!("Main child exited normally (with status '{code}')"),
                ),
                Ended::Signaled(signal, _) if main => emit(
                    Level::Info,
                    format_args!("Main child exited with signal (with signal '{signal}')"),
                ),
                _ if warn => {
                    emit(Level::Warn, format_args!("Reaped zombie process with pid={pid}"));
                }
                _ => {}
            }
        }
        Notice::Exiting(_) => emit(Level::Trace, format_args!("Exiting: child has exited")),
        Notice::Failed(_) | Notice::HandOff(_) | Notice::Session => emit_in_our_words(notice, emit),
    }
}
