//! What the policy and the loop need to know of the configuration. Plain data.

use std::time::Duration;

use crate::config::{Config, Delays, ForwardTo, KillAfter, Rewrites};
use crate::exit::ExitCodes;
use crate::signals::Signal;

/// How one process of ours treats its main child and the survivors.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Who gets forwarded signals.
    pub forward_to: ForwardTo,
    /// Signals that are held before they are forwarded.
    pub delays: Delays,
    /// What goes out instead of a signal that arrives.
    pub rewrites: Rewrites,
    /// Statuses of the main child that are reported as 0.
    pub remap_exit: ExitCodes,
    /// SIGKILL the main child when it outlives a signal to end by this long.
    pub kill_after: KillAfter,
    /// End the main child when it has run for this long.
    pub timeout: Option<Duration>,
    /// How long survivors may take to end. 0: they are not asked to.
    pub grace_period: Duration,
    /// Sent once to those who were forwarded signals, when the main child has ended and
    /// there is no grace period.
    pub end_signal: Option<Signal>,
    /// Wait for all processes, not only for the main child.
    pub wait_all: bool,
    /// When TSTP, TTIN or TTOU arrives, forward it and then stop too, whoever sent it.
    pub stops_along: bool,
    /// Warn of each reaped process that is not the main child.
    pub warn_on_reap: bool,
}

impl Rules {
    /// The rules that `config` asks for, for the process that reaps the app.
    pub fn of(config: &Config) -> Rules {
        Rules {
            forward_to: config.forward_to,
            delays: config.delays,
            rewrites: config.rewrites,
            remap_exit: config.remap_exit,
            kill_after: config.kill_after,
            timeout: config.timeout,
            grace_period: config.grace_period,
            end_signal: config.end_signal.and_then(|signal| config.rewrites.of(signal)),
            wait_all: config.wait_all,
            stops_along: config.stops_along,
            warn_on_reap: config.warn_on_reap,
        }
    }

    /// The rules of a process whose main child is an init too, and follows [`Rules::of`]:
    /// pass on every signal as it is, wait for the main child alone, return its status.
    pub fn pass_on(config: &Config) -> Rules {
        Rules {
            forward_to: ForwardTo::Main,
            delays: Delays::NONE,
            rewrites: Rewrites::NONE,
            remap_exit: ExitCodes::default(),
            kill_after: KillAfter::NEVER,
            timeout: None,
            grace_period: Duration::ZERO,
            end_signal: None,
            wait_all: false,
            stops_along: config.stops_along,
            warn_on_reap: false,
        }
    }
}
