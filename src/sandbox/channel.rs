//! The line between outer and its child: "go" down, the reason of a failure up.
//!
//! Each side closes the other's end, so a read ends when the other process is gone. When
//! all went well, inner says so; without inner, the last copy of the child's end is closed
//! by the app's exec. Afterwards outer and inner keep it: see `init::channel_messages`.

use nix::errno::Errno;

use super::FailedAt;
use crate::signals::Signal;
use crate::spawn::Failure;
use crate::sys;

/// One end.
pub struct Channel(i32);

/// What goes down: go on.
const GO: &[u8] = b"g";

/// What comes up: place, step, errno.
type Words = [u8; 4];

/// What comes up when the app runs.
const DONE: Words = *b"done";

impl Channel {
    /// outer's end and the child's.
    ///
    /// # Errors
    /// No descriptor is left.
    pub fn pair() -> Result<[Channel; 2], Errno> {
        Ok(sys::socket_pair()?.map(Channel))
    }

    /// Its number.
    pub fn descriptor(&self) -> i32 {
        self.0
    }

    /// Is the process at the other end gone?
    pub fn hung_up(&self) -> bool {
        sys::hung_up(self.0)
    }

    /// Lets the child go on. One that is gone will be reaped.
    pub fn go(&self) {
        let _ = sys::write_socket(self.0, GO);
    }

    /// Has the child end, as if outer were gone.
    pub fn stop(&self) {
        sys::shut_down(self.0);
    }

    /// Waits for [`Channel::go`]; false when outer is gone.
    pub fn wait_for_go(&self) -> bool {
        self.read(&mut [0; GO.len()])
    }

    /// Says why the child ends.
    pub fn fail(&self, place: FailedAt) {
        let _ = sys::write_socket(self.0, &encode(place));
    }

    /// Says that the app runs.
    pub fn done(&self) {
        let _ = sys::write_socket(self.0, &DONE);
    }

    /// Has `Signal::LINK` sent to us when something comes.
    pub fn signal_input(&self) {
        // Without, the shell is not told that the app has stopped.
        let _ = sys::signal_input(self.0, Signal::LINK);
    }

    /// Waits until the app runs, or the child is gone, or has said why it ends.
    pub fn wait_for_failure(&self) -> Option<FailedAt> {
        let mut words = Words::default();
        self.read(&mut words).then(|| decode(words)).flatten()
    }

    fn read(&self, buffer: &mut [u8]) -> bool {
        loop {
            match sys::read(self.0, buffer) {
                // Stopped and continued.
                Err(Errno::EINTR) => {}
                // Written as one piece, and far smaller than a socket's buffer.
                got => return got == Ok(buffer.len()),
            }
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        sys::close(self.0);
    }
}

fn encode(place: FailedAt) -> Words {
    let (kind, step, errno) = match place {
        FailedAt::SetUp(n, errno) => (0, n, errno),
        FailedAt::App(Failure::Clone(errno)) => (1, 0, errno),
        FailedAt::App(Failure::Step(n, errno)) => (2, n, errno),
        FailedAt::App(Failure::Exec(errno)) => (3, 0, errno),
    };
    // Plans have a dozen steps, and errno ends at 4095.
    let [low, high, ..] = (errno as i32).to_le_bytes();
    [kind, step as u8, low, high]
}

fn decode([kind, step, low, high]: Words) -> Option<FailedAt> {
    let errno = Errno::from_raw(i32::from(u16::from_le_bytes([low, high])));
    let step = usize::from(step);
    Some(match kind {
        0 => FailedAt::SetUp(step, errno),
        1 => FailedAt::App(Failure::Clone(errno)),
        2 => FailedAt::App(Failure::Step(step, errno)),
        3 => FailedAt::App(Failure::Exec(errno)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_comes_up_as_it_was() {
        for errno in [Errno::EPERM, Errno::ENOENT, Errno::ENOTSUP, Errno::EHWPOISON] {
            for place in [
                FailedAt::SetUp(0, errno),
                FailedAt::SetUp(9, errno),
                FailedAt::App(Failure::Clone(errno)),
                FailedAt::App(Failure::Step(11, errno)),
                FailedAt::App(Failure::Exec(errno)),
            ] {
                assert_eq!(decode(encode(place)), Some(place));
            }
        }
        assert_eq!(decode(DONE), None);
    }

    #[test]
    fn an_end_that_is_closed_is_seen() {
        let [outer, inner] = Channel::pair().unwrap();
        assert!(!outer.hung_up());
        outer.go();
        assert!(inner.wait_for_go());
        inner.fail(FailedAt::SetUp(3, Errno::EPERM));
        assert_eq!(outer.wait_for_failure(), Some(FailedAt::SetUp(3, Errno::EPERM)));
        drop(inner);
        assert!(outer.hung_up());
        assert_eq!(outer.wait_for_failure(), None);
    }
}
