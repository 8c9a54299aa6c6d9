//! How long outer waits for its child, or for a helper, before there is an app: neither is to
//! hang for ever, on a file system that does not answer.
//!
//! In: what was waited for, and for how long. Out: go on, or why not. Takes no signal: those
//! are for the app.

use std::cell::Cell;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::unistd::Pid;

use crate::config::Config;
use crate::exit::{Ended, TIMED_OUT};
use crate::signals::{Signal, SignalSet};
use crate::sys;
use crate::text::HumanDuration;

/// How long somebody may take who was killed, or once a signal has come that asks init to end.
pub const HURRY: Duration = Duration::from_secs(1);

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
    let descriptor = sys::pidfd_open(pid).ok();
    loop {
        let ended = sys::reap_if_ended(pid)?;
        let patience = if asked_to_end().is_some() { patience.min(HURRY) } else { patience };
        if ended.is_some() || started.elapsed() >= patience {
            return Ok(ended);
        }
        match &descriptor {
            Some(descriptor) => drop(sys::has_input(descriptor.as_fd(), 100)),
            // Before Linux 5.3, or a filter.
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// The time that the start of the app has.
pub struct Start {
    began: Instant,
    timeout: Option<Duration>,
    /// From a signal on that asks init to end. An app that starts in time gets the signal.
    grace_period: Duration,
    asked: Cell<Option<(Signal, Instant)>>,
}

impl Start {
    /// The start begins.
    pub fn begin(config: &Config) -> Start {
        Start {
            began: Instant::now(),
            timeout: config.timeout,
            grace_period: config.grace_period.max(HURRY),
            asked: Cell::new(None),
        }
    }

    /// Why outer waits no longer, and the status to exit with.
    pub fn is_over(&self) -> Option<(String, u8)> {
        if let Some(timeout) = self.timeout.filter(|timeout| self.began.elapsed() >= *timeout) {
            let reason = format!("it hung for the {} of --timeout", HumanDuration(timeout));
            return Some((reason, TIMED_OUT));
        }
        let asked = self.asked.get().or_else(|| Some((asked_to_end()?, Instant::now())));
        self.asked.set(asked);
        let (signal, since) = asked?;
        let status = Ended::Signaled(signal, false).status();
        let over = since.elapsed() >= self.grace_period;
        let time = HumanDuration(self.grace_period);
        over.then(|| (format!("it hung for {time} after {signal}"), status))
    }
}
