//! catatonit 0.2.

use std::time::Duration;

use log::{Level, LevelFilter};
use nix::unistd::getpid;

use super::{Invocation, Personality, Variable, getopt};
use crate::config::apply;
use crate::config::parser::{self, Grammar, Long};
use crate::config::spec::catatonit::OPTIONS;
use crate::config::usage::Usage;
use crate::config::{Config, Page, help};
use crate::messages::{Emit, Notice, Style, emit_in_our_words};
use crate::text::Printable;

/// Prints errors only, and gives survivors no time.
pub static CATATONIT: Personality = Personality {
    names: &[b"catatonit"],
    start: |config| {
        config.verbosity = LevelFilter::Error;
        config.grace_period = Duration::ZERO;
    },
    read: |words, config| parser::read(OPTIONS, GRAMMAR, apply::ours, words, config),
    variables: &[Variable { name: b"CATATONIT_DEBUG=", set: |config, _| debug(config) }],
    settle: |_| {},
    style: &STYLE,
    failure: 1,
    page,
    refuse,
};

fn debug(config: &mut Config) {
    config.verbosity = LevelFilter::Debug;
}

const GRAMMAR: Grammar = Grammar { long: Long::Abbreviated, equals: false, hyphens: true };

const USAGE: &str = "usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]";

fn page(page: Page, _: &Invocation) -> String {
    match page {
        Page::Help | Page::Summary => format!("{USAGE}\n\n{}", help::options::CATATONIT),
        // The name is tini's: Docker knows no other.
        Page::Version => format!("tini version 0.2.0_catatonit{}\n", help::BUILD),
        Page::Licence => help::page(page).to_owned(),
    }
}

fn refuse(usage: &Usage, called: &Invocation) -> String {
    let error = |words: &str| called.personality.style.line(Level::Error, words);
    let line = match usage {
        Usage::NoCommand => Some(error("missing program name")),
        _ => getopt::line(usage, called),
    };
    match line {
        Some(line) => format!("{line}{USAGE}\n"),
        None => error(&usage.to_string()),
    }
}

static STYLE: Style = Style {
    name: "catatonit",
    prefix: |level, line| {
        let word = match level {
            Level::Error => "ERROR",
            Level::Warn => "WARN",
            Level::Info => "INFO",
            Level::Debug | Level::Trace => "DEBUG",
        };
        write!(line, "{word} (catatonit:{}): ", getpid())
    },
    emit,
};

fn emit(notice: &Notice<'_>, emit: Emit<'_>) {
    match *notice {
        Notice::Failed(error) if error.operation == "exec" => emit(
            Level::Error,
            format_args!("failed to exec {}: {}", Printable(error.object), error.reason()),
        ),
        Notice::Started { name, pid } => {
            emit(Level::Debug, format_args!("pid1 ({pid}) spawned: {}", Printable(name)));
        }
        _ => emit_in_our_words(notice, emit),
    }
}
