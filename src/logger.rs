//! Messages: one line each on stderr, whatever state stderr is in.
//!
//! In: `log` records. Out: one write that never waits. It allocates nothing and takes
//! no lock, so it serves before and after the spawn alike: a line is put together in
//! a fixed buffer and cut where that ends. `env_logger` is asked only when the
//! variable `INIT_LOG` names a filter; its own output path would allocate and block.

use std::fmt::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use log::{Level, LevelFilter, Metadata, Record};
use nix::errno::Errno;

use crate::sys::{self, FileKind};

const STDERR: i32 = 2;

/// Longer lines are cut. Below PIPE_BUF (4096), so that lines of several writers never mix.
const LINE_MAX: usize = 1024;

static LOGGER: Stderr = Stderr;
static FILTER: OnceLock<env_logger::Logger> = OnceLock::new();
static STYLE: AtomicU8 = AtomicU8::new(Style::Init as u8);

/// How lines begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `init: `
    Init,
}

impl Style {
    const ALL: [Style; 1] = [Style::Init];

    fn current() -> Style {
        let style = STYLE.load(Ordering::Relaxed);
        Style::ALL.get(usize::from(style)).copied().unwrap_or(Style::Init)
    }

    fn begin(self, _level: Level, line: &mut Line) -> fmt::Result {
        match self {
            Style::Init => line.write_str("init: "),
        }
    }
}

/// Makes `log`'s macros print from `level` on, the way `style` has it.
///
/// `filter` is the value of `INIT_LOG`, in the form of env_logger's directives
/// (`debug`, `init::spawn=trace`), and then decides alone.
pub fn set_up(level: LevelFilter, style: Style, filter: Option<&[u8]>) {
    STYLE.store(style as u8, Ordering::Relaxed);
    log::set_max_level(level);
    if let Some(directives) = filter.and_then(|f| std::str::from_utf8(f).ok()) {
        let filter = env_logger::Builder::new().parse_filters(directives).build();
        log::set_max_level(filter.filter());
        let _ = FILTER.set(filter);
    }
    // Fails only when called twice, which leaves the same logger in place.
    let _ = log::set_logger(&LOGGER);
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

/// Prints one line at once; used directly where no level may hide it.
pub fn print(level: Level, message: &fmt::Arguments<'_>) {
    let mut line = Line { bytes: [0; LINE_MAX], len: 0 };
    // Neither fails: a line that is full drops the rest.
    let _ = Style::current().begin(level, &mut line);
    let _ = line.write_fmt(*message);
    emit(line.finish());
}

/// A line under construction.
struct Line {
    bytes: [u8; LINE_MAX],
    len: usize,
}

impl Line {
    fn push(&mut self, byte: u8) {
        // The last place is kept for the line feed.
        if self.len < LINE_MAX - 1
            && let Some(place) = self.bytes.get_mut(self.len)
        {
            *place = byte;
            self.len += 1;
        }
    }

    fn finish(&mut self) -> &[u8] {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = b'\n';
        }
        self.bytes.get(..=self.len).unwrap_or_default()
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // Whatever a name or a value holds, it stays one line, and moves no cursor.
            self.push(if byte.is_ascii_control() { b'?' } else { byte });
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

/// Bytes as text for a message: what is not UTF-8 becomes U+FFFD.
pub struct Printable<'a>(pub &'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line_of(text: &str) -> Vec<u8> {
        let mut line = Line { bytes: [0; LINE_MAX], len: 0 };
        line.write_str(text).unwrap();
        line.finish().to_vec()
    }

    #[test]
    fn long_lines_are_cut_and_stay_lines() {
        let line = line_of(&"x".repeat(5000));
        assert_eq!(line.len(), LINE_MAX);
        assert_eq!(line.last(), Some(&b'\n'));
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
