//! Topology outer and the init inside a sandbox: what one has to tell the other.
//!
//! Signals go down, marked with who made them, and with their values. When the main
//! child is stopped by job control, word goes up on the link, for only outer sees the
//! shell. outer is told of that by a signal, so that it waits for signals alone.

use std::os::fd::BorrowedFd;

use super::policy::Sender;
use crate::signals::Signal;
use crate::sys;

/// `si_code`s that nobody else uses: below zero, as programs' are (sigaction(2)).
const PROGRAM: i32 = -0x5e01;
const QUEUED: i32 = -0x5e02;
const KERNEL: i32 = -0x5e03;

/// The code that outer gives a signal of this sender.
pub fn mark(sender: Sender) -> i32 {
    match sender {
        Sender::Queued => QUEUED,
        Sender::Kernel => KERNEL,
        Sender::Program | Sender::Init => PROGRAM,
    }
}

/// Who made a signal that outer has marked.
pub fn read_mark(code: i32) -> Option<Sender> {
    match code {
        QUEUED => Some(Sender::Queued),
        KERNEL => Some(Sender::Kernel),
        PROGRAM => Some(Sender::Program),
        _ => None,
    }
}

/// What a word of the main child's stop starts with; those of failures start otherwise.
const STOPPED: u8 = b's';

/// Tells outer that this signal has stopped the main child.
pub fn send_stop(link: BorrowedFd<'_>, signal: Signal) {
    // At most 64.
    let _ = sys::send(link, &[STOPPED, signal.number() as u8, 0, 0]);
}

/// What inner has told, if it has.
pub fn receive_stop(link: BorrowedFd<'_>) -> Option<Signal> {
    let mut word = [0; 4];
    match (sys::receive(link, &mut word), word) {
        (Ok(4), [STOPPED, signal, ..]) => Signal::new(signal.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn marks_can_be_read() {
        for sender in [Sender::Program, Sender::Queued, Sender::Kernel] {
            assert_eq!(read_mark(mark(sender)), Some(sender));
        }
        for code in [libc::SI_USER, libc::SI_QUEUE, libc::SI_KERNEL, libc::SI_TKILL] {
            assert_eq!(read_mark(code), None);
        }
    }

    #[test]
    fn a_stop_is_heard() {
        let [ours, theirs] = sys::socket_pair().unwrap();
        assert_eq!(receive_stop(ours.as_fd()), None);
        send_stop(theirs.as_fd(), Signal::TSTP);
        assert_eq!(receive_stop(ours.as_fd()), Some(Signal::TSTP));
        drop(theirs);
        assert_eq!(receive_stop(ours.as_fd()), None);
    }
}
