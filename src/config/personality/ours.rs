//! Our own command line.

use log::Level;

use super::{Called, Personality};
use crate::config::options::OPTIONS;
use crate::config::{Usage, parser, people, sandbox};
use crate::{exit, logger};

/// `init`, and every name that is nobody else's.
pub static OURS: Personality = Personality {
    names: &[],
    start: |_| {},
    read: |words, config| {
        parser::read([OPTIONS, sandbox::options::OPTIONS], parser::OURS, words, config)
    },
    variables: &[],
    settle: |_| {},
    style: &logger::INIT,
    failure: exit::INIT_FAILED,
    page: |page, _| people::page(page),
    refuse,
};

/// One line.
pub fn refuse(usage: &Usage, called: &Called) -> String {
    called.personality.style.line(Level::Error, &usage.to_string())
}
