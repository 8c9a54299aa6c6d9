//! Our own command line.

use log::Level;

use super::{Invocation, Personality};
use crate::config::options::OPTIONS;
use crate::config::{Usage, help, parser, sandbox};
use crate::{exit, messages};

/// `init`, and every name that is nobody else's.
pub static OURS: Personality = Personality {
    names: &[],
    start: |_| {},
    read: |words, config| {
        parser::read([OPTIONS, sandbox::options::OPTIONS], parser::OURS, words, config)
    },
    variables: &[],
    settle: |_| {},
    style: &messages::INIT,
    failure: exit::INIT_FAILED,
    page: |page, _| help::page(page),
    refuse,
};

/// One line.
pub fn refuse(usage: &Usage, called: &Invocation) -> String {
    called.personality.style.line(Level::Error, &usage.to_string())
}
