//! The init inside a sandbox. outer has the terminal, so it decides about job control.

use std::os::fd::BorrowedFd;

use nix::unistd::Pid;

use super::{Role, sender};
use crate::init::copies::{OUTSIDE, Way};
use crate::init::policy::{Event, Sender, StopTarget};
use crate::init::{Job, channel_messages};
use crate::signals::Signal;
use crate::sys::SigInfo;
use crate::terminal::Holder;

/// See the module.
pub struct Inner<'a> {
    /// The socket to outer.
    pub channel: BorrowedFd<'a>,
}

impl Role for Inner<'_> {
    fn channel(&self) -> Option<BorrowedFd<'_>> {
        Some(self.channel)
    }

    fn job(&self, main: Pid, _: bool) -> Job {
        Job::new(main, false)
    }

    /// outer has marked the signals that came through it.
    fn received(&self, own: Pid, signal: Signal, info: SigInfo) -> (Sender, SigInfo) {
        match channel_messages::read_mark(info.code()) {
            Some(sender) => {
                let queued = sender == Sender::Queued;
                let (code, value) =
                    if queued { (libc::SI_QUEUE, info.value()) } else { (libc::SI_USER, 0) };
                (sender, SigInfo::new(signal, code, value))
            }
            None => (sender(own, &info), info),
        }
    }

    /// As PID 1, inner sees the number 0 for a sender outside of its PID namespace.
    fn way(&self, own: Pid, info: &SigInfo) -> Option<Way> {
        if channel_messages::read_mark(info.code()).is_some() {
            return Some(Way::ThroughOuter(Pid::from_raw(info.value() as i32)));
        }
        let sender = info.sender();
        (own.as_raw() != 1 || sender == OUTSIDE).then_some(Way::Straight(sender))
    }

    fn stopped(&self, _: Pid, _: Pid, signal: Signal, _: &mut Job) -> Event {
        match signal {
            Signal::STOP => {
                channel_messages::send_stop(self.channel, signal);
                Event::Woken
            }
            Signal::TSTP => Event::Stopped(signal, Holder::Main, true),
            _ => Event::Stopped(signal, Holder::Other, true),
        }
    }

    /// outer stops in its place.
    fn suspend(&self, signal: Signal, _: StopTarget, _: &Job) -> Option<Event> {
        channel_messages::send_stop(self.channel, signal);
        None
    }
}
