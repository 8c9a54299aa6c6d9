//! The only init: between whoever started it and the app.

use nix::unistd::Pid;

use super::Role;
use crate::init::Job;
use crate::init::policy::Event;
use crate::signals::Signal;

/// See the module.
pub struct Only;

impl Role for Only {
    fn job(&self, main: Pid, foreground: bool) -> Job {
        Job::new(main, foreground)
    }

    fn stopped(&self, own: Pid, _: Pid, signal: Signal, job: &mut Job) -> Event {
        // As PID 1 there is no shell that could continue init.
        Event::Stopped(signal, job.holder(), own.as_raw() != 1)
    }
}
