//! Signals that arrive: passed on, held for their delay, or dropped.

use std::time::Duration;

use super::{
    Action, Actions, Clock, KillCause, Phase, Recipients, Sender, Source, State, StopTarget,
};
use crate::init::deadlines::Due;
use crate::signals::Signal;

impl State {
    /// A signal was taken that is to be passed on.
    pub(super) fn arrived(
        &mut self,
        signal: Signal,
        sender: Sender,
        clock: Clock<'_>,
        actions: &mut Actions,
    ) {
        let running = self.phase == Phase::Running;
        if running && signal == Signal::CONT && self.go_on(actions) {
            return;
        }
        if running && signal.stops() {
            self.stops_again(actions);
        }
        self.stop_forwarded |= running && self.asks_to_stop(signal, sender);
        let typed = running && signal.typed() && sender == Sender::Kernel;
        let recipients = if typed { Recipients::Job } else { Recipients::Forwarded };
        self.hold_or_pass_on(signal, recipients, Source::Taken, clock, actions);
        if running && signal.stops() && self.halted {
            self.stop_halted(signal, actions);
        }
    }

    /// Does a program ask for a stop of the main child, by what goes out for this signal?
    fn asks_to_stop(&self, signal: Signal, sender: Sender) -> bool {
        let out = self.rules.rewrites.of(signal);
        let typed = sender == Sender::Kernel && out == Some(signal);
        !typed && out.is_some_and(Signal::stops)
    }

    /// Holds a signal that `--delay` names; passes every other one on.
    pub(super) fn hold_or_pass_on(
        &mut self,
        signal: Signal,
        recipients: Recipients,
        source: Source,
        clock: Clock<'_>,
        actions: &mut Actions,
    ) {
        if let Some((row, delay)) = self.rules.delays.of(signal)
            && self.phase == Phase::Running
        {
            // The same signal again releases the held one: one delivery in all.
            if !self.deadlines.clear(Due::Release(row)) {
                self.deadlines.set(Due::Release(row), clock().plus(delay));
                self.note_end(signal);
                return actions.push(Action::Hold(row, source));
            }
            if source == Source::Init {
                // Somebody has sent the held one, perhaps with a value.
                let held = Source::Held(row);
                return self.pass_on(signal, recipients, held, clock, actions);
            }
        }
        self.pass_on(signal, recipients, source, clock, actions);
    }

    pub(super) fn pass_on(
        &mut self,
        signal: Signal,
        recipients: Recipients,
        source: Source,
        clock: Clock<'_>,
        actions: &mut Actions,
    ) {
        let rewritten = self.rules.rewrites.of(signal);
        match self.phase {
            Phase::Running => {
                if let Some(out) = rewritten {
                    actions.push(Action::Send(out, recipients, source));
                    if signal.ends() && self.main_stopped {
                        // A stopped process cannot act on it.
                        actions.push(Action::Send(Signal::CONT, recipients, Source::Init));
                    }
                    self.limit_after(signal, clock);
                }
                if signal.stops() && self.rules.stops_along {
                    actions.push(Action::Suspend(Signal::STOP, StopTarget::Init));
                }
                if signal.ends() {
                    self.note_end(signal);
                    self.limit_after_timeout(clock);
                }
            }
            Phase::Waiting(_) if signal.ends() => self.end_all(signal, source, clock(), actions),
            Phase::MainEnded(_) | Phase::Waiting(_) | Phase::Ending(_) => {
                if let Some(out) = rewritten {
                    let survivors = match self.phase {
                        Phase::Ending(_) if out.ends() => Recipients::SurvivorsWoken,
                        _ => Recipients::Survivors,
                    };
                    actions.push(Action::Send(out, survivors, source));
                }
            }
            Phase::Killing(_) | Phase::Over => {}
        }
    }

    /// With `--wait-all`, a signal to end counts for the survivors too.
    fn note_end(&mut self, signal: Signal) {
        if signal.ends() {
            self.asked_to_end = Some(signal);
        }
    }

    /// `--kill-after`: the main child was sent what `signal` becomes; limits the time that it
    /// may take to end.
    fn limit_after(&mut self, signal: Signal, clock: Clock<'_>) {
        if let Some(after) = self.rules.kill_after.of(signal) {
            self.kill_main_in(after, KillCause::KillAfter(signal, after), clock);
        }
    }

    /// The main child was asked to end; after `--timeout` the grace period limits its time.
    fn limit_after_timeout(&mut self, clock: Clock<'_>) {
        if let Some(timeout) = self.rules.timeout.filter(|_| self.timed_out) {
            let after = self.rules.grace_period;
            self.kill_main_in(after, KillCause::Timeout(timeout, after), clock);
        }
    }

    /// Kills the main child after this long, unless it is killed before.
    fn kill_main_in(&mut self, after: Duration, cause: KillCause, clock: Clock<'_>) {
        if self.deadlines.set_if_earlier(Due::KillMain, clock().plus(after)) {
            self.kill_cause = Some(cause);
        }
    }
}

/// Is a signal meant for the app? Not CHLD, which is about init's own children, not a fault
/// that the kernel raised against init, and not what init brought on itself.
pub(super) fn forwardable(signal: Signal, sender: Sender) -> bool {
    match sender {
        Sender::Init => false,
        Sender::Kernel => !signal.fault(),
        Sender::Program | Sender::Queued => true,
    }
}
