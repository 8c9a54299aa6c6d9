//! What outer and inner say to each other while the app runs.
//!
//! outer passes signals on to inner by sigqueue(3), with their values, and marks who made
//! them. With what a program sent without a value goes the program's number. When job control
//! has stopped the app, inner says so on the channel, because only outer sees the shell; the
//! kernel raises a signal for it in outer, so that outer waits for nothing but signals.

use std::os::fd::BorrowedFd;

use nix::unistd::Pid;

use super::policy::Sender;
use crate::signals::Signal;
use crate::sys::{self, SigInfo};

/// Values of `si_code` that nobody else uses. They are below zero, as those of programs have
/// to be (sigaction(2)).
const PROGRAM: i32 = -0x5e01;
const QUEUED: i32 = -0x5e02;
const KERNEL: i32 = -0x5e03;
/// Of a CONT that is for inner alone.
const WAKE: i32 = -0x5e04;

/// The `si_code` by which outer marks a signal of this sender.
pub fn mark(sender: Sender) -> i32 {
    match sender {
        Sender::Queued => QUEUED,
        Sender::Kernel => KERNEL,
        Sender::Program | Sender::Init => PROGRAM,
    }
}

/// The sender of a signal that outer has marked.
pub fn read_mark(code: i32) -> Option<Sender> {
    match code {
        QUEUED => Some(Sender::Queued),
        KERNEL => Some(Sender::Kernel),
        PROGRAM => Some(Sender::Program),
        WAKE => Some(Sender::Init),
        _ => None,
    }
}

/// Continues inner. Without a PID namespace the app can stop it; it is no part of any job, so
/// nobody else has a reason to. inner drops the signal, as if it had raised it itself.
pub fn wake(inner: Pid) {
    let info = SigInfo::new(Signal::CONT, WAKE, 0);
    if sys::queue(inner, Signal::CONT, &info).is_err() {
        let _ = sys::kill(inner, Signal::CONT);
    }
}

/// The first byte of a message about a stop; messages about failures start with others.
const STOPPED: u8 = b's';

/// Tells outer that this signal has stopped the app.
pub fn send_stop(channel: BorrowedFd<'_>, signal: Signal) {
    // A signal's number is at most 64.
    let _ = sys::send(channel, &[STOPPED, signal.number() as u8, 0, 0]);
}

/// The signal that has stopped the app, if inner has said so. The last one: where the user's
/// queue is full, one SIGIO may stand for several messages.
pub fn receive_stop(channel: BorrowedFd<'_>) -> Option<Signal> {
    let mut last = None;
    let mut message = [0; 4];
    while sys::receive(channel, &mut message) == Ok(4) {
        if let [STOPPED, signal, ..] = message {
            last = Signal::new(signal.into());
        }
    }
    last
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
    fn a_stop_is_received() {
        let [ours, theirs] = sys::socket_pair().unwrap();
        assert_eq!(receive_stop(ours.as_fd()), None);
        send_stop(theirs.as_fd(), Signal::TSTP);
        assert_eq!(receive_stop(ours.as_fd()), Some(Signal::TSTP));
        send_stop(theirs.as_fd(), Signal::TSTP);
        send_stop(theirs.as_fd(), Signal::STOP);
        assert_eq!(receive_stop(ours.as_fd()), Some(Signal::STOP));
        assert_eq!(receive_stop(ours.as_fd()), None);
        drop(theirs);
        assert_eq!(receive_stop(ours.as_fd()), None);
    }
}
