//! The init outside a sandbox: its main child is inner, an init too.

use std::os::fd::BorrowedFd;

use nix::unistd::Pid;

use super::{Role, sender};
use crate::config::Config;
use crate::init::policy::{Event, Rules, Sender};
use crate::init::{Job, channel_messages};
use crate::signals::Signal;
use crate::sys::{self, SigInfo};

/// See the module.
pub struct Outer<'a> {
    /// The socket to inner.
    pub channel: BorrowedFd<'a>,
    /// The app's process group, or [`Job::UNKNOWN`].
    pub group: Pid,
}

impl Role for Outer<'_> {
    fn rules(&self, config: &Config) -> Rules {
        Rules::pass_on(config)
    }

    fn has_app(&self) -> bool {
        false
    }

    fn channel(&self) -> Option<BorrowedFd<'_>> {
        Some(self.channel)
    }

    /// When the signal queue is full, the kernel raises SIGIO in place of LINK (fcntl(2)).
    fn is_channel_signal(&self, signal: Signal) -> bool {
        [Signal::LINK, Signal::IO].contains(&signal)
    }

    fn job(&self, _: Pid, foreground: bool) -> Job {
        Job::new(self.group, foreground)
    }

    fn told_of_stop(&self) -> Option<Signal> {
        channel_messages::receive_stop(self.channel)
    }

    fn stopped(&self, own: Pid, inner: Pid, signal: Signal, job: &mut Job) -> Event {
        job.find_group(inner, signal);
        Event::Stopped(signal, job.holder(), own.as_raw() != 1)
    }

    /// inner learns from the mark who made the signal.
    fn outgoing_info(&self, own: Pid, signal: Signal, info: Option<SigInfo>) -> Option<SigInfo> {
        let made_by = info.as_ref().map_or(Sender::Init, |info| sender(own, info));
        let value = match (made_by, info) {
            (Sender::Queued, Some(info)) => info.value(),
            (Sender::Program, Some(info)) => info.sender().as_raw().unsigned_abs() as usize,
            _ => 0,
        };
        // Before it is sent: inner may take it at once.
        sys::count_passed_on(signal);
        Some(SigInfo::new(signal, channel_messages::mark(made_by), value))
    }
}
