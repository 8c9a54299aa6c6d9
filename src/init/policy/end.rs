//! The end: the main child is gone, and the survivors have to go.

use std::time::Duration;

use nix::unistd::Pid;

use super::{Action, Actions, Clock, Left, Phase, Recipients, Source, State};
use crate::exit::{self, Ended};
use crate::init::deadlines::{Deadlines, Due, Time};
use crate::signals::Signal;

/// The shortest and the longest time between two looks at processes whose end or birth no
/// signal tells.
pub(super) const LOOK: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(200)];
/// Time between two rounds of SIGKILL: the next round gets those who were born meanwhile.
const KILL_AGAIN: Duration = Duration::from_millis(50);
/// Give up when nobody has died for this long after SIGKILL: the processes that are left
/// wait in the kernel and cannot die.
pub(super) const GIVE_UP: Duration = Duration::from_secs(1);
/// Give up this long after the first SIGKILL, even if processes still die: new ones are born
/// faster.
pub(super) const GIVE_UP_AT_LAST: Duration = Duration::from_secs(10);

impl State {
    /// A child has ended and was reaped.
    pub(super) fn ended(
        &mut self,
        pid: Pid,
        ended: Ended,
        clock: Clock<'_>,
        actions: &mut Actions,
    ) {
        if let Phase::Killing(_) = self.phase {
            // Processes still die: there are only many of them.
            self.deadlines.set(Due::GiveUp, clock().plus(GIVE_UP));
        }
        if self.notified() {
            // It may have left children behind.
            self.deadlines.set_if_earlier(Due::Look, clock().plus(self.look));
        }
        if self.phase == Phase::Running && pid == self.main {
            self.phase = Phase::MainEnded(ended);
            actions.push(Action::TakeTerminal);
            self.deadlines.clear(Due::Timeout);
            self.deadlines.clear(Due::KillMain);
        }
    }

    /// Were the survivors asked to end?
    pub(super) fn notified(&self) -> bool {
        match self.phase {
            Phase::Ending(_) => true,
            Phase::Waiting(_) => self.deadlines.get(Due::Grace).is_some(),
            Phase::Running | Phase::MainEnded(_) | Phase::Killing(_) | Phase::Over => false,
        }
    }

    /// Every child that had ended is reaped.
    pub(super) fn drained(&mut self, left: Left, clock: Clock<'_>, actions: &mut Actions) {
        let ended = match self.phase {
            Phase::Running | Phase::Over => return,
            Phase::MainEnded(ended)
            | Phase::Waiting(ended)
            | Phase::Ending(ended)
            | Phase::Killing(ended) => ended,
        };
        let first_time = matches!(self.phase, Phase::MainEnded(_));
        if first_time && self.is_hasty() {
            self.send_end_signal(actions);
        }
        if left == Left::Nobody {
            return self.exit(ended, actions);
        }
        if first_time {
            self.survivors_remain(ended, clock, actions);
        }
        if left == Left::Outsiders && self.phase != Phase::Over {
            self.deadlines.set_if_earlier(Due::Look, clock().plus(self.look));
        }
    }

    /// Does init end as soon as the main child has, as other inits do?
    fn is_hasty(&self) -> bool {
        self.rules.grace_period.is_zero() && !self.rules.wait_all
    }

    /// Also when init has no child left: the recipients may be somebody else's children.
    fn send_end_signal(&self, actions: &mut Actions) {
        if let Some(signal) = self.rules.end_signal {
            actions.push(Action::Send(signal, Recipients::EndSignal, Source::Init));
        }
    }

    /// The main child has ended and others have not.
    fn survivors_remain(&mut self, ended: Ended, clock: Clock<'_>, actions: &mut Actions) {
        actions.push(Action::CountSurvivors);
        if self.rules.wait_all {
            self.phase = Phase::Waiting(ended);
        } else if self.is_hasty() {
            self.exit(ended, actions);
        } else {
            self.phase = Phase::Ending(ended);
            self.deadlines.set(Due::Grace, clock().plus(self.rules.grace_period));
            actions.push(Action::Send(Signal::TERM, Recipients::Survivors, Source::Init));
            // A stopped process cannot act on TERM.
            actions.push(Action::Send(Signal::CONT, Recipients::Survivors, Source::Init));
        }
    }

    pub(super) fn kill_survivors(&mut self, now: Time, actions: &mut Actions) {
        actions.push(Action::KillSurvivors);
        self.deadlines.set(Due::Look, now.plus(KILL_AGAIN));
    }

    pub(super) fn exit(&mut self, ended: Ended, actions: &mut Actions) {
        self.phase = Phase::Over;
        self.deadlines = Deadlines::NONE;
        actions.push(Action::Exit(if self.timed_out {
            exit::TIMED_OUT
        } else {
            self.rules.remap_exit.remap(ended.status())
        }));
    }
}
