//! The channel between outer and its child: "go" travels down, the reason of a failure up.
//!
//! In: a failure. Out: the same failure in the other process. Each side closes its copy of
//! the other's end, so a read ends when the other process is gone. When all went well, inner
//! says so; without an inner, the app's exec closes the last copy of the child's end.
//! Afterwards outer and inner keep the channel: see `init::channel_messages`.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::unistd::{self, read};

use super::FailedAt;
use crate::signals::Signal;
use crate::spawn::Failure;
use crate::sys;

/// One end.
pub struct Channel(OwnedFd);

/// What goes down: go on.
const GO: &[u8] = b"g";

/// What comes up: a kind of failure, the step's number, the errno.
type Message = [u8; 7];

/// What follows a message that is noted. The errno of an exec has 0 there.
const NOTED: u8 = 1;

/// The longest cause: more than a line of a message can show.
const CAUSE_MAX: usize = 1024;

/// How long outer waits for a cause.
const CAUSE_MS: u8 = 250;

/// What comes up when the app runs.
const DONE: Message = *b"running";

/// What comes up when outer is to do its last steps.
const READY: Message = *b"waiting";

impl Channel {
    /// outer's end and the child's.
    ///
    /// # Errors
    /// No descriptor is left.
    pub fn pair() -> Result<[Channel; 2], Errno> {
        Ok(sys::socket_pair()?.map(Channel))
    }

    /// Its descriptor.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Closes this end. While a process holds a copy of the other process's end, it cannot see
    /// that process go.
    ///
    /// # Errors
    /// None, unless a filter refuses it.
    pub fn close(self) -> Result<(), Errno> {
        match unistd::close(self.0) {
            // Linux has closed it all the same (close(2)).
            Err(Errno::EINTR) => Ok(()),
            closed => closed,
        }
    }

    /// Is the process at the other end gone, or has outer stopped the set-up?
    pub fn hung_up(&self) -> bool {
        sys::hung_up(self.descriptor())
    }

    /// Lets the child go on.
    ///
    /// # Errors
    /// What send(2) lists; EPIPE when the child is gone.
    pub fn go(&self) -> Result<(), Errno> {
        self.send(GO)
    }

    /// Lets the child end, as if outer were gone.
    ///
    /// # Errors
    /// None, unless a filter refuses it.
    pub fn stop(&self) -> Result<(), Errno> {
        sys::shut_down(self.descriptor())
    }

    /// Waits for [`Channel::go`].
    ///
    /// # Errors
    /// ESRCH when outer is gone; what read(2) lists.
    pub fn wait_for_go(&self) -> Result<(), Errno> {
        if self.read(&mut [0; GO.len()])? { Ok(()) } else { Err(Errno::ESRCH) }
    }

    /// Tells outer why the child ends. It is noted as well: a filter of the app's may refuse the
    /// message.
    ///
    /// # Errors
    /// What send(2) lists; EPIPE when outer is gone.
    pub fn fail(&self, place: FailedAt) -> Result<(), Errno> {
        let message = encode(place);
        let [kind, a, b, c, d, low, high] = message;
        sys::note_failure(u64::from_le_bytes([kind, a, b, c, d, low, high, NOTED]));
        self.send(&message)
    }

    /// Tells outer the cause of a failure, after the failure itself. Without it the message
    /// has no cause.
    pub fn explain(&self, cause: &str) {
        let _ = self.send(cause.as_bytes());
    }

    /// Waits for [`Channel::explain`], but not for long: the child looks at files, which may
    /// hang.
    pub fn read_cause(&self) -> Option<String> {
        if !self.wait_within(CAUSE_MS) {
            return None;
        }
        let mut text = [0; CAUSE_MAX];
        let count = read(&self.0, &mut text).ok().filter(|count| *count > 0)?;
        Some(String::from_utf8_lossy(text.get(..count)?).into_owned())
    }

    /// Tells outer that the app runs.
    ///
    /// # Errors
    /// What send(2) lists.
    pub fn done(&self) -> Result<(), Errno> {
        self.send(&DONE)
    }

    /// Tells outer that all is done but what [`Channel::wait_for_go`] waits for.
    ///
    /// # Errors
    /// What send(2) lists.
    pub fn ready(&self) -> Result<(), Errno> {
        self.send(&READY)
    }

    /// Tells a number.
    ///
    /// # Errors
    /// What send(2) lists.
    pub fn tell(&self, number: u32) -> Result<(), Errno> {
        self.send(&number.to_le_bytes())
    }

    /// Waits for [`Channel::tell`]; `None` when the other end is closed.
    ///
    /// # Errors
    /// What read(2) lists.
    pub fn hear(&self) -> Result<Option<u32>, Errno> {
        let mut number = [0; 4];
        Ok(self.read(&mut number)?.then(|| u32::from_le_bytes(number)))
    }

    /// Has the kernel send us `Signal::LINK` when something comes.
    pub fn signal_input(&self) {
        // Without that signal, the shell does not learn that the app has stopped: the app
        // runs all the same.
        let _ = sys::signal_input(self.descriptor(), Signal::LINK);
    }

    /// Waits for a message, but no longer than so many milliseconds. Has anything come?
    pub fn wait_within(&self, milliseconds: u8) -> bool {
        sys::has_input(self.descriptor(), milliseconds)
    }

    /// Waits until the app runs, or the child is gone, or has told why it ends.
    ///
    /// # Errors
    /// What read(2) lists.
    pub fn wait_for_failure(&self) -> Result<Option<FailedAt>, Errno> {
        let mut message = Message::default();
        Ok(if self.read(&mut message)? { decode(message) } else { noted().or_else(exec_noted) })
    }

    fn send(&self, message: &[u8]) -> Result<(), Errno> {
        sys::send(self.descriptor(), message).map(drop)
    }

    /// Fills the buffer; false when the other end is closed.
    fn read(&self, buffer: &mut [u8]) -> Result<bool, Errno> {
        loop {
            match read(&self.0, buffer) {
                // Stopped and continued.
                Err(Errno::EINTR) => {}
                // The other process has ended with a message unread (unix(7)).
                Err(Errno::ECONNRESET) => return Ok(false),
                // The message was written in one piece, far smaller than a socket's buffer.
                got => return Ok(got? == buffer.len()),
            }
        }
    }
}

/// The failure that [`Channel::fail`] has noted, whether or not a message came.
pub fn noted() -> Option<FailedAt> {
    let [message @ .., mark] = sys::noted_failure().to_le_bytes();
    (mark == NOTED).then(|| decode(message)).flatten()
}

/// The last exec that failed, of a process that is gone.
fn exec_noted() -> Option<FailedAt> {
    sys::noted_exec().map(Failure::Exec).map(FailedAt::App)
}

fn encode(place: FailedAt) -> Message {
    let (kind, step, errno) = match place {
        FailedAt::SetUp(n, errno) => (0, n, errno),
        FailedAt::App(Failure::Clone(errno)) => (1, 0, errno),
        FailedAt::App(Failure::Step(n, errno)) => (2, n, errno),
        FailedAt::App(Failure::Exec(errno)) => (3, 0, errno),
        FailedAt::Channel(errno) => (4, 0, errno),
        FailedAt::App(Failure::Hung) => (5, 0, Errno::ETIMEDOUT),
        FailedAt::Nested(errno) => (6, 0, errno),
    };
    let [a, b, c, d] = step.to_le_bytes();
    // errno ends at 4095.
    let [low, high, ..] = (errno as i32).to_le_bytes();
    [kind, a, b, c, d, low, high]
}

fn decode([kind, a, b, c, d, low, high]: Message) -> Option<FailedAt> {
    let step = u32::from_le_bytes([a, b, c, d]);
    let errno = Errno::from_raw(i32::from(u16::from_le_bytes([low, high])));
    Some(match kind {
        0 => FailedAt::SetUp(step, errno),
        1 => FailedAt::App(Failure::Clone(errno)),
        2 => FailedAt::App(Failure::Step(step, errno)),
        3 => FailedAt::App(Failure::Exec(errno)),
        4 => FailedAt::Channel(errno),
        5 => FailedAt::App(Failure::Hung),
        6 => FailedAt::Nested(errno),
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
                FailedAt::SetUp(70_000, errno),
                FailedAt::App(Failure::Clone(errno)),
                FailedAt::App(Failure::Step(11, errno)),
                FailedAt::App(Failure::Exec(errno)),
                FailedAt::Channel(errno),
                FailedAt::App(Failure::Hung),
                FailedAt::Nested(errno),
            ] {
                assert_eq!(decode(encode(place)), Some(place));
            }
        }
        assert_eq!([decode(DONE), decode(READY)], [None, None]);
    }

    #[test]
    fn an_end_that_is_closed_is_seen() {
        let [outer, inner] = Channel::pair().unwrap();
        assert!(!outer.hung_up());
        assert_eq!(outer.go(), Ok(()));
        assert_eq!(inner.wait_for_go(), Ok(()));
        assert!(!inner.hung_up());
        assert_eq!(outer.stop(), Ok(()));
        assert!(inner.hung_up());
        assert_eq!(inner.wait_for_go(), Err(Errno::ESRCH));
        let failed = FailedAt::SetUp(3, Errno::EPERM);
        assert_eq!(inner.fail(failed), Ok(()));
        assert_eq!(outer.wait_for_failure(), Ok(Some(failed)));
        assert_eq!(outer.read_cause(), None, "nobody waits for ever");
        inner.explain("a cause");
        assert_eq!(outer.read_cause().as_deref(), Some("a cause"));
        drop(inner);
        assert_eq!(outer.read_cause(), None);
        assert!(outer.hung_up());
        assert_eq!(outer.wait_for_failure(), Ok(None));
        let [outer, inner] = Channel::pair().unwrap();
        assert_eq!(outer.go(), Ok(()));
        drop(inner);
        assert_eq!(outer.wait_for_failure(), Ok(None));
    }
}
