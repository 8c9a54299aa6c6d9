//! Deadlines that have come.

use super::end::{GIVE_UP, GIVE_UP_AT_LAST};
use super::{Action, Actions, Phase, Recipients, Scope, Source, State};
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
                if let Some(cause) = self.kill_cause {
                    actions.push(Action::KillMain(cause));
                }
            }
            Due::Older => self.look(Scope::AllRoots, now, actions),
            Due::Half => self.look(Scope::Everybody, now, actions),
            Due::Warn => self.warn_waiting(now, actions),
            Due::Grace => self.grace_is_over(now, actions),
            Due::Look => self.look_again(now, actions),
            Due::GiveUp => self.doubt(actions),
        }
    }

    /// Where thousands die at once, init gets no turn for seconds. It has to look first.
    fn doubt(&mut self, actions: &mut Actions) {
        self.doubts = true;
        actions.push(Action::Drain);
    }

    /// Kills the survivors; the second time, gives those up that are left.
    fn grace_is_over(&mut self, now: Time, actions: &mut Actions) {
        match self.phase {
            Phase::Waiting(ended) | Phase::Ending(ended) => {
                self.phase = Phase::Killing(ended);
                self.deadlines.clear(Due::Warn);
                self.deadlines.set(Due::Grace, now.plus(GIVE_UP_AT_LAST));
                self.deadlines.set(Due::GiveUp, now.plus(GIVE_UP));
                actions.push(Action::KillSurvivors);
            }
            Phase::Killing(_) => self.doubt(actions),
            Phase::Running | Phase::MainEnded(_) | Phase::Over => {}
        }
    }
}
