//! Deadlines that have come.

use super::end::{GIVE_UP, GIVE_UP_AT_LAST, LOOK};
use super::{Action, Actions, Phase, Recipients, Source, State};
use crate::init::deadlines::{Due, Time};
use crate::signals::Signal;

impl State {
    pub(super) fn due(&mut self, due: Due, now: Time, actions: &mut Actions) {
        let forwarded = Recipients::Forwarded;
        match due {
            Due::Release(row) => {
                if let Some(signal) = self.rules.delays.signal(row) {
                    self.pass_on(signal, forwarded, Source::Held(row), &|| now, actions);
                }
            }
            Due::Timeout => {
                self.timed_out = true;
                // As if it had come: with its delay, and rewritten.
                self.hold_or_pass_on(Signal::TERM, forwarded, Source::Init, &|| now, actions);
            }
            Due::KillMain => {
                actions.push(Action::Send(Signal::KILL, Recipients::Main, Source::Init));
            }
            Due::Grace => self.grace_is_over(now, actions),
            Due::Look => self.look_again(now, actions),
            Due::GiveUp => {
                if let Phase::Killing(ended) = self.phase {
                    actions.push(Action::GiveUp);
                    self.exit(ended, actions);
                }
            }
        }
    }

    /// Kills the survivors; the second time, gives those up that are left.
    fn grace_is_over(&mut self, now: Time, actions: &mut Actions) {
        match self.phase {
            Phase::Waiting(ended) | Phase::Ending(ended) => {
                self.phase = Phase::Killing(ended);
                self.deadlines.set(Due::Grace, now.plus(GIVE_UP_AT_LAST));
                self.deadlines.set(Due::GiveUp, now.plus(GIVE_UP));
                self.kill_survivors(now, actions);
            }
            Phase::Killing(_) => self.due(Due::GiveUp, now, actions),
            Phase::Running | Phase::MainEnded(_) | Phase::Over => {}
        }
    }

    fn look_again(&mut self, now: Time, actions: &mut Actions) {
        if let Phase::Killing(_) = self.phase {
            self.kill_survivors(now, actions);
        } else {
            self.look = self.look.saturating_mul(2).min(LOOK[1]);
            if self.notified() {
                actions.push(Action::NotifyNewcomers);
            }
        }
        actions.push(Action::Drain);
    }
}
