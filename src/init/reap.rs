//! Reaping: children that have ended, stopped or gone on.

use std::time::Duration;

use log::error;
use nix::errno::Errno;
use nix::unistd::Pid;

use super::deadlines::Time;
use super::deliver::forget;
use super::event_loop::{Init, now};
use super::policy::{Event, Left, Phase};
use crate::exit::{self, Ended};
use crate::messages::{self, Notice};
use crate::signals::Signal;
use crate::sys::{self, Change, Usage};

/// After so long init looks for signals and deadlines between deaths: children that die as fast as
/// they are reaped would keep it from both.
const REAPING_MAX: Duration = Duration::from_millis(100);
/// The clock is read once in so many deaths: where many processes are born, the kernel may need
/// milliseconds for each.
const DEATHS_A_LOOK: usize = 16;

/// Counts deaths, and says when it is time to look for signals.
#[derive(Default)]
pub(super) struct Turns {
    count: usize,
    start: Option<Time>,
}

impl Turns {
    /// Is there time for another death? Asks for the time when it needs it.
    pub fn another(&mut self, now: impl Fn() -> Time) -> bool {
        self.count += 1;
        if !self.count.is_multiple_of(DEATHS_A_LOOK) {
            return true;
        }
        let now = now();
        now.since(*self.start.get_or_insert(now)) < REAPING_MAX
    }
}

impl Init<'_> {
    /// Drains as often as there is reason to, unless init is to exit with `done`. If children die
    /// too fast for that, the rest is left to the next turn, which waits for nothing.
    pub fn drain(&mut self, mut done: Option<u8>) -> Option<u8> {
        while done.is_none() && std::mem::take(&mut self.undrained) {
            self.in_a_row = 0;
            let left = match self.reap() {
                Ok(left) => left,
                Err(errno) => return Some(self.cannot_reap(errno)),
            };
            done = self.step(Event::Drained(left.unwrap_or(Left::Children)), None);
            if left.is_none() {
                self.undrained = true;
                break;
            }
        }
        done
    }

    /// Reaps until no child is left that has changed: one SIGCHLD may stand for many. `None`: there
    /// may be more.
    fn reap(&mut self) -> Result<Option<Left>, Errno> {
        let mut turns = Turns::default();
        while turns.another(now) {
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
                Ok(None) if self.deliverer.sees_only_untouchable() => {
                    return Ok(Some(Left::Untouchable));
                }
                Ok(None) => return Ok(Some(Left::Children)),
                Err(Errno::ECHILD) => return Ok(Some(self.outsiders())),
                Err(errno) => return Err(errno),
            }
        }
        Ok(None)
    }

    /// Reaps the children that the program before init had and that have ended already: no
    /// signal will tell of them. They are older than the main child, whose end has a signal.
    pub fn reap_older(&mut self) {
        let mut turns = Turns::default();
        while turns.another(now) {
            match sys::ended_child() {
                Ok(Some(pid)) if pid != self.main => match sys::reap(pid) {
                    Some(ended) => self.note(pid, Change::Ended(ended), None),
                    None => return,
                },
                Ok(_) => return,
                // A filter refuses this call: find out now if the other one works.
                Err(_) => break,
            }
        }
        self.undrained = true;
    }

    /// Ends the app and init: init cannot learn of any child's end, and would wait for ever.
    fn cannot_reap(&mut self, errno: Errno) -> u8 {
        error!("wait for children: {}", sys::describe(errno));
        let group = Pid::from_raw(-self.main.as_raw());
        for pid in [self.main, group] {
            let _ = sys::kill(pid, Signal::KILL);
        }
        if let Some(report) = &self.report {
            report.write(exit::INIT_FAILED, false);
        }
        exit::INIT_FAILED
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
        let killed = matches!(ended, Ended::Signaled(Signal::KILL, _));
        if killed
            && self.deliverer.note_killed(pid)
            && let Some(report) = &mut self.report
        {
            report.killed(None);
        }
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How many deaths have their turn, and how often the clock is read, when each death takes so
    /// long.
    fn turns(each: Duration) -> (usize, usize) {
        let (time, reads) = (Cell::new(Time::default()), Cell::new(0));
        let clock = || {
            reads.set(reads.get() + 1);
            time.get()
        };
        let mut turns = Turns::default();
        let another = |_: &usize| {
            time.set(time.get().plus(each));
            turns.another(clock)
        };
        ((0..1_000_000).take_while(another).count(), reads.get())
    }

    #[test]
    fn reaping_has_an_end() {
        for (each, deaths, reads) in [
            (Duration::from_secs(1), 31, 2),
            (Duration::from_millis(20), 31, 2),
            // 96 ms are within the bound, 100 ms are not.
            (Duration::from_millis(6), 47, 3),
            (Duration::from_micros(6_250), 31, 2),
            (Duration::from_millis(1), 127, 8),
            (Duration::from_micros(2), 50_015, 3_126),
        ] {
            assert_eq!(turns(each), (deaths, reads), "{each:?}");
        }
    }
}
