//! How long outer waits for its child, or for a helper, before there is an app: neither is to
//! hang for ever, on a file system that does not answer.
//!
//! In: what was waited for, and for how long. Out: go on, or why not. Takes no signal: those
//! are for the app.

use std::cell::Cell;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::unistd::Pid;

use crate::config::Config;
use crate::exit::{Ended, TIMED_OUT};
use crate::plan::app::{start_limit, start_patience};
use crate::signals::{Signal, SignalSet};
use crate::sys;
use crate::text::HumanDuration;

/// How long somebody may take who was killed, or once a signal has come that asks init to end.
pub const HURRY: Duration = Duration::from_secs(1);

/// How often outer looks whether such a signal has come.
const LOOK: Duration = Duration::from_millis(100);

/// The signal that has come and asks init to end.
fn asked_to_end() -> Option<Signal> {
    let pending = sys::pending_signals().unwrap_or(SignalSet::NONE);
    Signal::all().find(|signal| signal.ends() && pending.contains(*signal))
}

/// Waits for the end of a child, and reaps it; `None`: it takes longer than `patience`, or
/// than init may wait that was asked to end.
///
/// # Errors
/// A filter refuses to tell.
pub fn wait(pid: Pid, patience: Duration) -> Result<Option<Ended>, Errno> {
    let started = Instant::now();
    loop {
        let ended = sys::reap_within(pid, LOOK)?;
        let patience = if asked_to_end().is_some() { patience.min(HURRY) } else { patience };
        if ended.is_some() || started.elapsed() >= patience {
            return Ok(ended);
        }
    }
}

/// The time that the start of the app has.
pub struct Start {
    began: Instant,
    limit: Option<Duration>,
    /// From a signal on that asks init to end. An app that starts in time gets the signal.
    patience: Duration,
    asked: Cell<Option<(Signal, Instant)>>,
}

impl Start {
    /// The start begins.
    pub fn begin(config: &Config) -> Start {
        Start {
            began: Instant::now(),
            limit: start_limit(config),
            patience: start_patience(config),
            asked: Cell::new(None),
        }
    }

    /// Why outer waits no longer, and the status to exit with.
    pub fn is_over(&self) -> Option<(String, u8)> {
        if let Some(limit) = self.limit.filter(|limit| self.began.elapsed() >= *limit) {
            let limit = HumanDuration(limit);
            let reason = format!("it hung for {limit}: --timeout and the grace period");
            return Some((reason, TIMED_OUT));
        }
        let asked = self.asked.get().or_else(|| Some((asked_to_end()?, Instant::now())));
        self.asked.set(asked);
        let (signal, since) = asked?;
        let status = Ended::Signaled(signal, false).status();
        let over = since.elapsed() >= self.patience;
        let time = HumanDuration(self.patience);
        over.then(|| (format!("it hung for {time} after {signal}"), status))
    }
}
