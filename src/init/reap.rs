//! Reaping: children that have ended, stopped or gone on.

use log::{error, warn};
use nix::errno::Errno;
use nix::unistd::Pid;

use super::deliver::forget;
use super::event_loop::Init;
use super::policy::{Event, Left, Phase};
use crate::exit::Ended;
use crate::messages::{self, Notice};
use crate::sys::{self, Change, Usage};

impl Init<'_> {
    /// Drains as often as there is reason to, unless init is to exit with `done`.
    pub fn drain(&mut self, mut done: Option<u8>) -> Option<u8> {
        while done.is_none() && std::mem::take(&mut self.undrained) {
            self.in_a_row = 0;
            let left = self.reap();
            done = self.step(Event::Drained(left), None);
        }
        done
    }

    /// Reaps until no child is left that has changed: one SIGCHLD may stand for many.
    fn reap(&mut self) -> Left {
        loop {
            let mut usage = self.report.is_some().then(Usage::default);
            match sys::next_change(usage.as_mut()) {
                Ok(Some((pid, change))) => {
                    self.note(pid, change, usage);
                    // The policy ends init when the drain is done, not before.
                    self.step(Event::Child(pid, change), None);
                    if let Change::Stopped(signal) = change
                        && pid == self.main
                    {
                        let event = self.main_stopped(signal);
                        self.step(event, None);
                    }
                }
                Ok(None) if self.deliverer.sees_only_untouchable() => return Left::Untouchable,
                Ok(None) => return Left::Children,
                Err(Errno::ECHILD) => return self.outsiders(),
                // A filter refuses wait4(2): the children are still there.
                Err(errno) => {
                    warn!("reap: {}", sys::describe(errno));
                    return Left::Children;
                }
            }
        }
    }

    /// Reaps the children that the program before init had and that have ended already: no
    /// signal will tell of them. They are older than the main child, whose end has a signal.
    pub fn reap_older(&mut self) {
        while let Some(pid) = sys::ended_child().filter(|pid| *pid != self.main)
            && let Some(ended) = sys::reap(pid)
        {
            self.note(pid, Change::Ended(ended), None);
        }
    }

    /// init has no child left. As PID 1, processes with a parent outside count too.
    fn outsiders(&self) -> Left {
        if self.state.phase() == Phase::Running || !self.deliverer.sees_outsiders() {
            Left::Nobody
        } else if self.deliverer.sees_only_untouchable() {
            Left::Untouchable
        } else {
            Left::Outsiders
        }
    }

    fn note(&mut self, pid: Pid, change: Change, usage: Option<Usage>) {
        let Change::Ended(ended) = change else { return };
        let main = pid == self.main && self.state.phase() == Phase::Running;
        forget(pid);
        if !self.role.has_app() {
            if let Ended::Signaled(signal, _) = ended
                && main
            {
                error!("the init of the sandbox was killed by {signal}");
            }
            return;
        }
        messages::log(&Notice::Reaped { pid, ended, main, warn: self.state.rules().warn_on_reap });
        match &mut self.report {
            Some(report) if main => report.main_ended(ended, usage.unwrap_or_default()),
            Some(report) => report.reaped(pid, ended),
            None => {}
        }
    }
}
