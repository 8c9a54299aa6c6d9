//! dumb-init 1.2.5.

use std::time::Duration;

use log::{Level, LevelFilter};

use super::{Invocation, Personality, Variable, getopt, number};
use crate::config::apply::{self, Given};
use crate::config::parser::{self, Grammar, Long};
use crate::config::spec::dumb_init::OPTIONS;
use crate::config::spec::{Id, Plain};
use crate::config::usage::{Origin, Usage};
use crate::config::{Config, ForwardTo, Page, help};
use crate::exit::Ended;
use crate::messages::{Emit, Notice, Style, emit_in_our_words};
use crate::signals::Signal;
use crate::text::Printable;

/// The main child gets a session of its own, and signals go to its whole process group.
pub static DUMB_INIT: Personality = Personality {
    names: &[b"dumb-init"],
    start: |config| {
        config.new_session = true;
        config.stops_along = true;
        config.end_signal = Some(Signal::TERM);
        config.grace_period = Duration::ZERO;
    },
    read: |words, config| parser::read(OPTIONS, GRAMMAR, set, words, config),
    variables: VARIABLES,
    settle,
    style: &STYLE,
    failure: 1,
    page,
    refuse,
};

const GRAMMAR: Grammar = Grammar { long: Long::Abbreviated, equals: false, hyphens: true };

/// The last signal that dumb-init knows; later ones are forwarded as they are.
const HIGHEST: i64 = 31;

/// Its own messages have this level, and messages of ours have other levels.
const VERBOSE: LevelFilter = LevelFilter::Info;

static VARIABLES: &[Variable] = &[
    Variable {
        name: b"DUMB_INIT_DEBUG=",
        set: |config, value| {
            if value == b"1" {
                config.verbosity = VERBOSE;
            }
        },
    },
    Variable {
        name: b"DUMB_INIT_SETSID=",
        set: |config, value| config.new_session &= value != b"0",
    },
];

/// Sets an option: three are dumb-init's own.
fn set(config: &mut Config, id: Id, given: Given) -> Option<()> {
    match id {
        // `-c`; without a session the receiver is the main child, see `settle`.
        Id::Plain(Plain::ForwardTo) => config.new_session = false,
        Id::Plain(Plain::Verbose) => config.verbosity = VERBOSE,
        Id::Plain(Plain::Rewrite) => {
            let (from, to) = rewrite(given.value()?)?;
            config.rewrites.set(from, to);
        }
        _ => return apply::ours(config, id, given),
    }
    Some(())
}

/// As dumb-init reads it with scanf(3), `%d:%d`: text behind the numbers is ignored.
fn rewrite(value: &[u8]) -> Option<(Signal, Option<Signal>)> {
    let (from, rest) = number(value)?;
    let (to, _) = number(rest.strip_prefix(b":")?)?;
    let signal = |n: i64| Signal::new(i32::try_from(n).ok().filter(|_| n <= HIGHEST)?);
    match to {
        0 => Some((signal(from)?, None)),
        to => Some((signal(from)?, Some(signal(to)?))),
    }
}

fn settle(config: &mut Config) {
    if config.new_session {
        config.forward_to = ForwardTo::Group;
        // In an orphaned process group, as the new session is, these three stop no process.
        for signal in Signal::TERMINAL_STOPS {
            config.rewrites.set_if_unset(signal, Signal::STOP);
        }
    }
}

fn page(page: Page, called: &Invocation) -> String {
    let version = format!("dumb-init v1.2.5{}\n", help::BUILD);
    match page {
        Page::Help | Page::Summary => format!(
            "{version}\
             Usage: {} [option] command [[arg] ...]\n\n\
             {}",
            Printable(called.name),
            help::options::DUMB_INIT,
        ),
        Page::Version => version,
        Page::Licence => help::page(page).to_owned(),
    }
}

fn refuse(usage: &Usage, called: &Invocation) -> String {
    let name = Printable(called.name);
    match usage {
        Usage::NoCommand => {
            format!("Usage: {name} [option] program [args]\nTry {name} --help for full usage.\n")
        }
        Usage::BadValue { origin: Origin::Flag, .. } => format!(
            "Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and \
             {HIGHEST}.\nThis option can be specified multiple times.\nUse --help for full \
             usage.\n"
        ),
        _ => getopt::line(usage, called)
            .unwrap_or_else(|| called.personality.style.line(Level::Error, &usage.to_string())),
    }
}

static STYLE: Style =
    Style { name: "dumb-init", prefix: |_, line| line.write_str("[dumb-init] "), emit };

fn emit(notice: &Notice<'_>, emit: Emit<'_>) {
    if let Notice::Failed(error) = notice {
        let (object, reason) = (Printable(error.object), error.reason());
        return match error.operation {
            "exec" => emit(Level::Error, format_args!("{object}: {reason}")),
            _ => emit_in_our_words(notice, emit),
        };
    }
    let mut info = |words: std::fmt::Arguments<'_>| emit(Level::Info, words);
    match *notice {
        Notice::HandOff(signal) => {
            info(format_args!("Ignoring tty hand-off signal {}.", signal.number()));
        }
        Notice::Session => info(format_args!("setsid complete.")),
        Notice::Started { pid, .. } => info(format_args!("Child spawned with PID {pid}.")),
        Notice::Received(signal) => info(format_args!("Received signal {}.", signal.number())),
        Notice::Sent(signal) => {
            info(format_args!("Forwarded signal {} to children.", signal.number()));
        }
        Notice::Reaped { pid, ended: Ended::Exited(code), .. } => {
            info(format_args!("A child with PID {pid} exited with exit status {code}."));
        }
        Notice::Reaped { pid, ended: Ended::Signaled(signal, _), .. } => {
            let signal = signal.number();
            info(format_args!("A child with PID {pid} was terminated by signal {signal}."));
        }
        Notice::Exiting(status) => {
            info(format_args!("Child exited with status {status}. Goodbye."));
        }
        Notice::Failed(_) | Notice::NoReaper => {}
    }
}
