//! Our own command line.

use log::Level;

use super::{Invocation, Personality};
use crate::config::parser::{self, Outcome};
use crate::config::spec::{self, Id, OURS as TABLES, Opt, Plain};
use crate::config::usage::Usage;
use crate::config::{Config, apply, help};
use crate::sys::Strings;
use crate::{exit, messages};

/// `init`, and every name that no other personality has.
pub static OURS: Personality = Personality {
    names: &[],
    start: |_| {},
    read,
    variables: &[],
    settle: |_| {},
    style: &messages::INIT,
    failure: exit::INIT_FAILED,
    page: |page, _| help::page(page).to_owned(),
    refuse,
};

fn read(words: Strings, config: &mut Config) -> Result<Outcome, Usage> {
    let outcome = parser::read(TABLES, parser::OURS, apply::ours, words, config)?;
    let Outcome::Command(flags) = &outcome else { return Ok(outcome) };
    // A variable may well switch them on for an image that has a command.
    let runs_nothing = |opt: &&Opt| matches!(opt.id, Id::Plain(Plain::Check | Plain::Pause));
    let given = spec::all(TABLES).filter(runs_nothing).find(|opt| flags.contains(opt.id));
    match (given, config.command.get(0)) {
        (Some(opt), Some(word)) => Err(Usage::RunsNothing { opt, word: word.to_bytes() }),
        _ => Ok(outcome),
    }
}

/// One line.
pub fn refuse(usage: &Usage, called: &Invocation) -> String {
    called.personality.style.line(Level::Error, &usage.to_string())
}
