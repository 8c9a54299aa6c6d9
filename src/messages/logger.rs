//! Messages: one line each on stderr, whatever state stderr is in.
//!
//! In: `log` records. Out: one write that never waits. It allocates nothing and takes
//! no lock, so it serves before and after the spawn alike: a line is put together in
//! a fixed buffer and cut where that ends. `env_logger` is asked only when the
//! variable `INIT_LOG` names a filter, and for nothing else: its own output path would
//! allocate and block.

use std::fmt::{self, Write};
use std::sync::OnceLock;

use log::{Level, LevelFilter, Metadata, Record, warn};
use nix::errno::Errno;

use crate::messages::notices::{self, Notice, Words};
use crate::sys::{self, FileKind};
use crate::text::{Fixed, Printable};

const STDERR: i32 = 2;

/// Longer lines are cut. Below PIPE_BUF (4096), so that lines of several writers never mix.
const LINE_MAX: usize = 1024;

static LOGGER: Stderr = Stderr;
static FILTER: OnceLock<env_logger::Logger> = OnceLock::new();
static STYLE: OnceLock<&'static Style> = OnceLock::new();

/// How lines begin, and how init speaks of what it does.
pub struct Style {
    /// Whose style it is.
    pub name: &'static str,
    /// Writes what stands before a message.
    pub begin: fn(Level, &mut dyn Write) -> fmt::Result,
    /// Finds level and words for a notice.
    pub tell: fn(&Notice<'_>, Words<'_>),
}

impl Style {
    /// A message with what stands before it, as a whole line. Allocates.
    pub fn line(&self, level: Level, message: &str) -> String {
        let mut line = String::new();
        // A string takes everything.
        let _ = (self.begin)(level, &mut line);
        line + message + "\n"
    }
}

impl fmt::Debug for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Our own.
pub static INIT: Style =
    Style { name: "init", begin: |_, line| line.write_str("init: "), tell: notices::in_our_words };

/// The style that was set up.
pub fn style() -> &'static Style {
    STYLE.get().copied().unwrap_or(&INIT)
}

/// Makes `log`'s macros print from `level` on, the way `style` has it.
///
/// `filter` is the value of `INIT_LOG`, in the form of env_logger's directives
/// (`debug`, `init::spawn=trace`), and then decides alone. What is none is said and left out.
pub fn set_up(level: LevelFilter, style: &'static Style, filter: Option<&[u8]>) {
    // Both fail only when called twice.
    let _ = STYLE.set(style);
    let _ = log::set_logger(&LOGGER);
    log::set_max_level(level);
    if let Some(directives) = filter {
        set_filter(directives);
    }
}

/// What [`directive`] reads.
const DIRECTIVE: &str = "LEVEL, MODULE or MODULE=LEVEL";

/// One of env_logger's directives. Its own reader would wait for a full stderr and panic
/// on a broken one, and its search in messages allocates for each of them.
fn directive(text: &[u8]) -> Option<(Option<&str>, LevelFilter)> {
    let text = std::str::from_utf8(text).ok().filter(|text| !text.contains('/'))?;
    let (module, level) = text.split_once('=').unwrap_or((text, ""));
    match (text.parse(), level.trim()) {
        (Ok(level), _) => Some((None, level)),
        (Err(_), "") => Some((Some(module), LevelFilter::max())),
        (Err(_), level) => Some((Some(module), level.parse().ok()?)),
    }
}

/// Not inlined: starts without a filter would touch its part of the stack too.
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
                warn!("variable INIT_LOG: bad value '{part}' (accepted: {DIRECTIVE}), left out");
            }
        }
    }
    if let Some(mut builder) = builder {
        let filter = builder.build();
        log::set_max_level(filter.filter());
        let _ = FILTER.set(filter);
    }
}

struct Stderr;

impl log::Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        let wanted = match FILTER.get() {
            Some(filter) => filter.matches(record),
            None => self.enabled(record.metadata()),
        };
        if wanted {
            print(record.level(), record.args());
        }
    }

    fn flush(&self) {}
}

fn print(level: Level, message: &fmt::Arguments<'_>) {
    let mut line = Line::new();
    // Neither fails: a line that is full drops the rest.
    let _ = (style().begin)(level, &mut line);
    let _ = line.write_fmt(*message);
    emit(line.0.as_line());
}

/// Prints a text of whole lines, as it is and whatever the level.
pub fn print_text(text: &str) {
    for part in text.lines() {
        let mut line = Line::new();
        let _ = line.write_str(part);
        emit(line.0.as_line());
    }
}

/// A line under construction: what is too long is cut, at a character's end.
struct Line(Fixed<LINE_MAX>);

impl Line {
    fn new() -> Line {
        Line(Fixed::new())
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            // Whatever a name or a value holds, it stays one line, and moves no cursor.
            self.0.write_char(if char.is_ascii_control() { '?' } else { char })?;
        }
        Ok(())
    }
}

/// Writes `line` to stderr if that is possible now. A closed, full or broken stderr
/// loses the line: init would rather be silent than late for a signal.
fn emit(line: &[u8]) {
    let _ = match sys::file_kind(STDERR) {
        None => return,
        Some(FileKind::Plain) => sys::write(STDERR, line),
        Some(FileKind::Socket) => sys::write_socket(STDERR, line),
        Some(FileKind::Pipe) => match sys::write_pipe(STDERR, line) {
            Err(Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EINVAL | Errno::EPERM) => {
                write_if_ready(line)
            }
            done => done,
        },
        Some(FileKind::Device) => write_device(line),
    };
}

/// A terminal whose output is stopped would hold a write back half-way. A description
/// of our own that does not wait can be had through /proc only; O_NONBLOCK on the one
/// we inherited would change it for the app as well.
fn write_device(line: &[u8]) -> Result<usize, Errno> {
    match sys::open_nonblocking(c"/proc/self/fd/2") {
        Ok(fd) => {
            let done = sys::write(fd, line);
            sys::close(fd);
            done
        }
        Err(_) => write_if_ready(line),
    }
}

fn write_if_ready(line: &[u8]) -> Result<usize, Errno> {
    if sys::writable(STDERR) { sys::write(STDERR, line) } else { Err(Errno::EAGAIN) }
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
        fn every_message_is_one_line(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let line = line_of(&Printable(&bytes).to_string());
            prop_assert_eq!(line.iter().filter(|b| b.is_ascii_control()).count(), 1);
            prop_assert_eq!(line.last(), Some(&b'\n'));
        }
    }
}
