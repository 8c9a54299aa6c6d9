//! Kubernetes' pause: the process that holds a pod's namespaces open.

use log::Level;

use super::{Personality, ours};
use crate::config::parser::Outcome;
use crate::config::relations::IdSet;
use crate::config::spec::{Id, Plain};
use crate::config::usage::Usage;
use crate::config::{Config, Page, help};
use crate::messages::{Notice, Style, emit_in_our_words};
use crate::sys::Strings;

/// Runs nothing; ignores words that it does not know.
pub static PAUSE: Personality = Personality {
    names: &[b"pause"],
    start: |config| {
        config.pause = true;
        // It has no descendants, so no orphan could come to it as a subreaper.
        config.subreaper = false;
        config.warn_no_reaper = true;
    },
    read,
    variables: &[],
    settle: |_| {},
    style: &STYLE,
    failure: 1,
    page: |page, _| match page {
        Page::Version => format!("pause {}{}\n", env!("CARGO_PKG_VERSION"), help::BUILD),
        Page::Help | Page::Summary => HELP.to_owned(),
        Page::Licence => help::page(page).to_owned(),
    },
    refuse: ours::refuse,
};

/// Kubernetes' own knows `-v` alone, in any case and at any place.
fn read(words: Strings, _: &mut Config) -> Result<Outcome, Usage> {
    let page = |word: &[u8]| match word {
        b"-v" | b"-V" | b"--version" => Some(Page::Version),
        b"-h" | b"--help" => Some(Page::Help),
        _ => None,
    };
    let found = words.iter().find_map(|word| page(word.to_bytes()));
    // The name is the option: no variable takes it back, for there is no command to run.
    let mut flags = IdSet::default();
    flags.insert(Id::Plain(Plain::Pause));
    Ok(found.map_or(Outcome::Command(flags), Outcome::Print))
}

const HELP: &str = "\
Usage: pause [-v | --version] [-h | --help]

Runs nothing: reaps until TERM or INT comes, then exits with 0.
";

static STYLE: Style = Style {
    name: "pause",
    prefix: |level, line| {
        line.write_str(match level {
            Level::Error => "Error: ",
            Level::Warn => "Warning: ",
            Level::Info | Level::Debug | Level::Trace => "pause: ",
        })
    },
    emit: |notice, emit| match *notice {
        Notice::NoReaper => emit(
            Level::Warn,
            format_args!(
                "pause is not PID 1, so the orphans of other containers do not come to it"
            ),
        ),
        _ => emit_in_our_words(notice, emit),
    },
};
