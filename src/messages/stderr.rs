//! One write to stderr that never waits, whatever stderr is.
//!
//! In: a line. Out: nothing. A closed, full or broken stderr loses the line: init would
//! rather lose a message than be late for a signal. Must never set a flag on the
//! descriptor, which the app shares.

use nix::errno::Errno;

use crate::sys::{self, FileKind};

const STDERR: i32 = 2;

/// Writes `line`, if that is possible now.
pub fn write_line(line: &[u8]) {
    let _ = match sys::file_kind(STDERR) {
        None => return,
        Some(FileKind::Plain) => sys::write(STDERR, line),
        Some(FileKind::Socket) => sys::write_socket(STDERR, line),
        Some(FileKind::Pipe) => match sys::write_pipe(STDERR, line) {
            Err(Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EINVAL | Errno::EPERM) => {
                write_if_ready(line)
            }
            written => written,
        },
        Some(FileKind::Device) => write_device(line),
    };
}

/// A terminal whose output is stopped can block a write half-way, even if it is ready
/// before. A description of our own that does not block can be opened only through
/// `/proc`; O_NONBLOCK on the inherited one would change it for the app as well.
fn write_device(line: &[u8]) -> Result<usize, Errno> {
    match sys::open_nonblocking(c"/proc/self/fd/2") {
        Ok(fd) => {
            let written = sys::write(fd, line);
            sys::close(fd);
            written
        }
        Err(_) => write_if_ready(line),
    }
}

fn write_if_ready(line: &[u8]) -> Result<usize, Errno> {
    if sys::writable(STDERR) { sys::write(STDERR, line) } else { Err(Errno::EAGAIN) }
}
