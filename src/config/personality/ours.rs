//! Our own command line.

use log::Level;

use super::{Invocation, Personality};
use crate::config::spec::OURS as TABLES;
use crate::config::usage::Usage;
use crate::config::{apply, help, parser};
use crate::{exit, messages};

/// `init`, and every name that is nobody else's.
pub static OURS: Personality = Personality {
    names: &[],
    start: |_| {},
    read: |words, config| parser::read(TABLES, parser::OURS, apply::ours, words, config),
    variables: &[],
    settle: |_| {},
    style: &messages::INIT,
    failure: exit::INIT_FAILED,
    page: |page, _| help::page(page).to_owned(),
    refuse,
};

/// One line.
pub fn refuse(usage: &Usage, called: &Invocation) -> String {
    called.personality.style.line(Level::Error, &usage.to_string())
}
