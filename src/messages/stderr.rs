//! One write to stderr that never waits, whatever stderr is.
//!
//! In: a line. Out: nothing. A closed, full or broken stderr loses the line: init would
//! rather lose a message than be late for a signal. Must never set a flag on the
//! descriptor, which the app shares.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::write;

use crate::files;
use crate::sys::{self, STDERR};

/// `/proc` does not answer.
static WITHOUT_PROC: AtomicBool = AtomicBool::new(false);

/// From now on does without `/proc`: whoever looks there hangs.
pub fn avoid_proc() {
    WITHOUT_PROC.store(true, Ordering::Relaxed);
}

/// Writes `line`, if that is possible now.
pub fn write_line(line: &[u8]) {
    let Ok(file) = fstat(STDERR) else {
        // It is closed, or a filter hides what it is.
        let _ = write_if_ready(line);
        return;
    };
    let _ = match SFlag::from_bits_truncate(file.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFSOCK => sys::send(STDERR, line),
        SFlag::S_IFIFO => match sys::write_pipe(STDERR, line) {
            Err(Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EINVAL | Errno::EPERM) => {
                write_if_ready(line)
            }
            written => written,
        },
        SFlag::S_IFCHR => write_device(line),
        // A write to a regular file or a block device waits for no reader.
        _ => write(STDERR, line),
    };
}

/// A terminal whose output is stopped can block a write half-way, even if it is ready
/// before. A description of our own that does not block can be opened only through
/// `/proc`; O_NONBLOCK on the inherited one would change it for the app as well.
fn write_device(line: &[u8]) -> Result<usize, Errno> {
    if WITHOUT_PROC.load(Ordering::Relaxed) {
        return write_if_ready(line);
    }
    match files::open_nonblocking(c"/proc/self/fd/2") {
        Ok(fd) => write(fd, line),
        Err(_) => write_if_ready(line),
    }
}

fn write_if_ready(line: &[u8]) -> Result<usize, Errno> {
    if sys::writable(STDERR) { write(STDERR, line) } else { Err(Errno::EAGAIN) }
}
