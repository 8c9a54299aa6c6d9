//! Places in the file system where the app may have put something that never answers, such as
//! FUSE over `/proc`. A child tries such a place first: whoever hangs there is not init.
//!
//! In: how to try the place. Out: whether it answers. Allocates nothing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use nix::unistd::Pid;

use super::deadlines::Time;
use super::event_loop::now;
use crate::exit::Ended;
use crate::namespaces::Namespaces;
use crate::signals::Signal;
use crate::sys;

/// How long a place may take, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long an answer holds.
const FRESH: Duration = Duration::from_secs(1);

/// `/proc`.
pub static PROC: Place = Place::new();
/// `/dev/tty`.
pub static TERMINAL: Place = Place::new();
/// The counter of the cgroup.
pub static CGROUP: Place = Place::new();

/// A place, and what is known of it.
pub struct Place {
    /// It did not answer. It is not tried again: its children may hang for ever.
    silent: AtomicBool,
    /// When it was tried last, in nanoseconds.
    tried: AtomicU64,
}

impl Place {
    const fn new() -> Place {
        Place { silent: AtomicBool::new(false), tried: AtomicU64::new(0) }
    }

    /// Does the place answer, as far as was tried during the last second? `attempt` runs in a
    /// process of its own.
    pub fn answers(&self, attempt: &dyn Fn()) -> bool {
        let (now, tried) = (now(), self.tried.load(Ordering::Relaxed));
        if self.silent.load(Ordering::Relaxed) {
            return false;
        }
        if tried != 0 && now.since(Time(tried)) < FRESH {
            return true;
        }
        self.tried.store(now.0, Ordering::Relaxed);
        let answers = match sys::clone_into(Namespaces::NONE) {
            Ok(None) => {
                let _ = sys::be_killed_in(PATIENCE);
                attempt();
                sys::exit(0)
            }
            // Where a filter hides its end, it counts as an answer.
            Ok(Some(child)) => {
                let ended = sys::reap_within(child, PATIENCE);
                if ended == Ok(None) {
                    give_up(child);
                }
                matches!(ended, Ok(Some(Ended::Exited(_))) | Err(_))
            }
            // No process is left to try it with.
            Err(_) => true,
        };
        self.silent.store(!answers, Ordering::Relaxed);
        answers
    }
}

/// Ends who hangs where the kernel had no timer for that: the signal queue of the user was full.
fn give_up(child: Pid) {
    let _ = sys::kill(child, Signal::KILL);
    // Who does not end even now is reaped with the orphans.
    let _ = sys::reap_within(child, Duration::from_millis(50));
}
