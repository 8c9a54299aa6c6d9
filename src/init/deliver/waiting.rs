//! Warnings about processes that init waits for, and about a main child that it kills.

use std::fmt::Write;
use std::time::Duration;

use log::warn;

use super::Deliverer;
use super::names::Entry;
use super::survivors::REFUSED;
use crate::init::policy::KillCause;
use crate::init::procfs::{self, ALL, Process, Reach};
use crate::signals::Signal;
use crate::sys;
use crate::text::{Fixed, HumanDuration, Printable};

/// Room for names on the one line; the logger's line has room for the rest as well.
const NAMES_MAX: usize = 600;

/// Whole tenths of a second: what is said a moment after the second is over reads `4s`, not
/// `3999ms`.
fn rounded(duration: Duration) -> Duration {
    let tenth = Duration::from_millis(100);
    let tenths = duration.as_nanos().div_ceil(tenth.as_nanos());
    tenth.saturating_mul(u32::try_from(tenths).unwrap_or(u32::MAX))
}

impl Deliverer {
    /// Names those whom init waits for, and says that they are killed after this long.
    pub fn warn_waiting(&self, left: Duration) {
        let mut names = Fixed::<NAMES_MAX>::new();
        let mut more = 0_u32;
        let found = self.each_waited_for(&mut |process| {
            if names.room() < Entry::MAX {
                more += 1;
                return;
            }
            let comma = if names.is_empty() { "" } else { ", " };
            let _ = write!(names, "{comma}{}", Entry(process));
        });
        let left = HumanDuration(rounded(left));
        let names = Printable(names.as_bytes());
        match (found, more) {
            (None, _) => {
                warn!("still waiting for processes that /proc does not show: SIGKILL in {left}")
            }
            (Some(0), _) => {}
            (Some(_), 0) => warn!("still waiting for {names}: SIGKILL in {left}"),
            (Some(_), _) => warn!("still waiting for {names} and {more} more: SIGKILL in {left}"),
        }
    }

    /// Says for how many processes init waits, however long that takes.
    pub fn warn_waiting_for_all(&self) {
        match self.each_waited_for(&mut |_| {}) {
            None => warn!("still waiting for processes that /proc does not show (--wait-all)"),
            Some(0) => {}
            Some(1) => warn!("still waiting for 1 process (--wait-all)"),
            Some(n) => warn!("still waiting for {n} processes (--wait-all)"),
        }
    }

    /// How many processes init waits for; `None` without `/proc`.
    fn each_waited_for(&self, visit: &mut dyn FnMut(&Process)) -> Option<u32> {
        let mut count = 0;
        let found = self.each(Reach::Some, ALL, &mut |held| {
            if !held.process.dying() && !REFUSED.contains(held.process.pid) {
                count += 1;
                visit(&held.process);
            }
        });
        found.ok().map(|_| count)
    }

    /// Kills the main child, and says why.
    pub fn kill_main(&self, cause: KillCause) {
        let main = procfs::find(self.main);
        if sys::kill(self.main, Signal::KILL).is_err() {
            return;
        }
        let mut name = Fixed::<{ Entry::MAX + 1 }>::new();
        let _ = match &main {
            Some(process) => write!(name, "{}", Entry(process)),
            None => write!(name, "{}", self.main),
        };
        let name = Printable(name.as_bytes());
        match cause {
            KillCause::KillAfter(signal, after) => {
                let after = HumanDuration(after);
                warn!(
                    "killed the main child, {name}: it did not end in {after} after {signal} (--kill-after)"
                );
            }
            KillCause::Timeout(timeout, after) => {
                let (timeout, after) = (HumanDuration(timeout), HumanDuration(after));
                warn!(
                    "killed the main child, {name}: it ran for {timeout} (--timeout) and then did not end in {after} (--grace-period)"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_whole() {
        for (nanos, millis) in [(0, 0), (1, 100), (3_999_000_000, 4000), (4_000_000_000, 4000)] {
            assert_eq!(rounded(Duration::from_nanos(nanos)), Duration::from_millis(millis));
        }
        assert!(rounded(Duration::MAX) > Duration::from_secs(1 << 28));
    }
}
