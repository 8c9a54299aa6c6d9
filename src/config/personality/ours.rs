//! Our own command line.

use log::Level;

use super::{Invocation, Personality};
use crate::config::parser::{self, Outcome};
use crate::config::spec::{self, Id, Plain};
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
    let outcome = parser::read(spec::OURS, parser::OURS, apply::ours, words, config)?;
    let Some(word) = config.command.get(0).filter(|_| config.check.is_some() || config.pause)
    else {
        return Ok(outcome);
    };
    // A variable may well switch them on for an image that has a command.
    let id = if config.pause { Plain::Pause } else { Plain::Check };
    match spec::row(Id::Plain(id)) {
        Some(opt) => Err(Usage::RunsNothing { opt, word: word.to_bytes() }),
        None => Ok(outcome),
    }
}

/// One line.
pub fn refuse(usage: &Usage, called: &Invocation) -> String {
    called.personality.style.line(Level::Error, &usage.to_string())
}
