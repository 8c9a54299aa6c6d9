//! How init's messages read: each personality has a prefix and words of its own.
//!
//! In: a style, once, and then notices. Out: lines, by way of the logger.

use std::fmt;
use std::sync::OnceLock;

use log::{Level, LevelFilter};

use super::logger::{self, Prefix};
use super::notices::{Emit, Notice, emit_in_our_words};

static STYLE: OnceLock<&'static Style> = OnceLock::new();

/// A prefix, and words for notices.
pub struct Style {
    /// The name of the program that speaks so.
    pub name: &'static str,
    /// Writes what stands before each message.
    pub prefix: Prefix,
    /// Emits the messages for a notice: none, one or more, each with its level.
    pub emit: fn(&Notice<'_>, Emit<'_>),
}

/// Our own style.
pub static INIT: Style =
    Style { name: "init", prefix: |_, line| line.write_str("init: "), emit: emit_in_our_words };

impl Style {
    /// A message with its prefix, as a whole line. Allocates.
    pub fn line(&self, level: Level, message: &str) -> String {
        let mut line = String::new();
        // Writing to a string cannot fail.
        let _ = (self.prefix)(level, &mut line);
        line + message + "\n"
    }
}

impl fmt::Debug for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Sets the style of all messages, and prints them from `level` on. `filter`, the value of
/// the log variable, decides instead of `level` when there is one.
pub fn set_up(level: LevelFilter, style: &'static Style, filter: Option<&[u8]>) {
    // Fails only when called twice.
    let _ = STYLE.set(style);
    logger::set_up(level, style.prefix, filter);
}

/// Logs `notice` in the words of the style. Why the command was not started is printed
/// whatever the level and the filter are.
pub fn log(notice: &Notice<'_>) {
    let style = STYLE.get().copied().unwrap_or(&INIT);
    match notice {
        Notice::Failed(_) => (style.emit)(notice, &mut logger::print),
        _ => (style.emit)(notice, &mut |level, words| log::log!(level, "{words}")),
    }
}
