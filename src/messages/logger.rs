//! The logger behind the macros of `log`.
//!
//! In: records. Out: lines on stderr. It allocates nothing and takes no lock, so it serves
//! before and after the spawn alike: a line is built in a fixed buffer. `env_logger`
//! serves as the filter only, and only when the variable `CONTAINER_INIT_LOG` is set: its output
//! would allocate and block. Knows nothing of what init does, nor of personalities.

use std::fmt::{self, Write};
use std::sync::OnceLock;

use log::{Level, LevelFilter, Metadata, Record, warn};

use super::stderr;
use crate::text::{Fixed, Printable, is_deceptive};

/// Longer lines are cut. Below PIPE_BUF (4096, pipe(7)), so that the lines of several
/// writers never mix.
const LINE_MAX: usize = 1024;

/// Writes what stands before a message of this level.
pub type Prefix = fn(Level, &mut dyn Write) -> fmt::Result;

static LOGGER: Logger = Logger;
static FILTER: OnceLock<env_logger::Logger> = OnceLock::new();
static PREFIX: OnceLock<Prefix> = OnceLock::new();

/// Makes `log`'s macros print from `level` on, each line with a prefix.
///
/// `filter` is the value of `CONTAINER_INIT_LOG`, env_logger's directives (`debug`,
/// `init::spawn=trace`), and decides instead of `level`. A wrong directive is left out,
/// with a warning.
pub fn set_up(level: LevelFilter, prefix: Prefix, filter: Option<&[u8]>) {
    // Both fail only when called twice.
    let _ = PREFIX.set(prefix);
    let _ = log::set_logger(&LOGGER);
    log::set_max_level(level);
    if let Some(directives) = filter {
        set_filter(directives);
    }
}

/// The forms that [`directive`] reads.
const DIRECTIVE: &str = "LEVEL, MODULE or MODULE=LEVEL";

/// Reads one of env_logger's directives. Its own reader reports errors to stderr, where it
/// would block when that is full and panic when it is broken; and its search in messages
/// (`/text`) allocates for each message.
fn directive(text: &[u8]) -> Option<(Option<&str>, LevelFilter)> {
    let text = std::str::from_utf8(text).ok().filter(|text| !text.contains('/'))?;
    let (module, level) = text.split_once('=').unwrap_or((text, ""));
    match (text.parse(), level.trim()) {
        (Ok(level), _) => Some((None, level)),
        (Err(_), "") => Some((Some(module), LevelFilter::max())),
        (Err(_), level) => Some((Some(module), level.parse().ok()?)),
    }
}

/// Not inlined: a start without a filter must not touch the stack pages of this function.
#[cold]
#[inline(never)]
fn set_filter(directives: &[u8]) {
    let mut builder = None;
    let parts = directives.split(|b| *b == b',').map(<[u8]>::trim_ascii);
    for part in parts.filter(|part| !part.is_empty()) {
        match directive(part) {
            Some((module, level)) => {
                builder.get_or_insert_with(env_logger::Builder::new).filter(module, level);
            }
            None => {
                let part = Printable(part);
                warn!(
                    "variable CONTAINER_INIT_LOG: bad value '{part}' (accepted: {DIRECTIVE}), left out"
                );
            }
        }
    }
    if let Some(mut builder) = builder {
        let filter = builder.build();
        log::set_max_level(filter.filter());
        let _ = FILTER.set(filter);
    }
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        // Not `matches`, which also has the search in messages, and so allocates.
        let wanted = FILTER.get().is_none_or(|filter| log::Log::enabled(filter, record.metadata()));
        if wanted && self.enabled(record.metadata()) {
            print(record.level(), *record.args());
        }
    }

    fn flush(&self) {}
}

/// Prints a message with its prefix, whatever the level is. Not inlined: a start without a
/// message must not touch the stack pages of the line.
#[inline(never)]
pub fn print(level: Level, message: fmt::Arguments<'_>) {
    let mut line = Line::new();
    // Neither fails: a full line leaves out the rest.
    let _ = PREFIX.get().map(|prefix| prefix(level, &mut line));
    let _ = line.write_fmt(message);
    stderr::write_line(line.0.as_line());
}

/// Prints each line of a text, without a prefix and whatever the level is.
pub fn print_text(text: &str) {
    for part in text.lines() {
        let mut line = Line::new();
        let _ = line.write_str(part);
        stderr::write_line(line.0.as_line());
    }
}

/// A line under construction. A line that is too long is cut between two characters.
struct Line(Fixed<LINE_MAX>);

impl Line {
    fn new() -> Line {
        Line(Fixed::new())
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            // Whatever a name or a value holds: it starts no new line, and moves no cursor.
            self.0.write_char(if is_deceptive(char) { '?' } else { char })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line_of(text: &str) -> Vec<u8> {
        let mut line = Line::new();
        line.write_str(text).unwrap();
        line.0.as_line().to_vec()
    }

    #[test]
    fn long_lines_are_cut_and_stay_lines() {
        let line = line_of(&"x".repeat(5000));
        assert_eq!(line.len(), LINE_MAX);
        assert_eq!(line.last(), Some(&b'\n'));
        let line = line_of(&"€".repeat(5000));
        assert_eq!(String::from_utf8(line).unwrap(), "€".repeat((LINE_MAX - 1) / 3) + "\n");
    }

    #[test]
    fn directives() {
        let max = LevelFilter::Trace;
        for (text, read) in [
            ("debug", Some((None, LevelFilter::Debug))),
            ("OFF", Some((None, LevelFilter::Off))),
            ("init::spawn", Some((Some("init::spawn"), max))),
            ("init::spawn=", Some((Some("init::spawn"), max))),
            ("init::spawn= warn", Some((Some("init::spawn"), LevelFilter::Warn))),
            ("init=nosuch", None),
            ("init=warn=info", None),
            ("debug/text", None),
            ("/", None),
        ] {
            assert_eq!(directive(text.as_bytes()), read, "{text}");
        }
        assert_eq!(directive(b"\xff"), None);
    }

    proptest! {
        #[test]
        fn every_message_is_one_line(text in ".{0,500}", bytes in prop::collection::vec(any::<u8>(), 0..999)) {
            let line = line_of(&format!("{text}\u{202e}\n\u{85}{}", Printable(&bytes)));
            let line = String::from_utf8(line).unwrap();
            prop_assert_eq!(line.find(is_deceptive), Some(line.len() - 1), "{}", line);
            prop_assert!(line.ends_with('\n'));
        }
    }
}
