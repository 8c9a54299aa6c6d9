//! The end: the main child is gone, and the survivors have to go.

use std::time::Duration;

use nix::unistd::Pid;

use super::looks::REST;
use super::{Action, Actions, Clock, Left, Phase, Recipients, Scope, Source, State};
use crate::config::DELAYS_MAX;
use crate::exit::{self, Ended};
use crate::init::deadlines::{Deadlines, Due, Time};
use crate::signals::Signal;

/// Children that are older than the main child are asked to end this much later: a `tee`
/// that reads the app's last lines ends by itself.
const OLDER_WAIT: Duration = Duration::from_secs(1);
/// After this long init says whom it waits for.
const WARN_AFTER: Duration = Duration::from_secs(1);
/// The shortest and the longest time between two looks for whom to kill: the next one gets those
/// who were born meanwhile. A long look leaves time for reaping, which makes the next one shorter.
const KILL_AGAIN: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];
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
        if let (Phase::Killing(_), Some(_)) = (self.phase, self.deadlines.get(Due::Grace)) {
            // Processes still die: there are only many of them.
            self.doubts = false;
            self.deadlines.set(Due::GiveUp, clock().plus(GIVE_UP));
        }
        if self.survivors_notified() {
            // It may have left children behind.
            self.looks.hurry();
            self.deadlines.set_if_earlier(Due::Look, clock().plus(self.looks.next()));
        }
        if self.phase == Phase::Running && pid == self.main {
            self.phase = Phase::MainEnded(ended);
            actions.push(Action::TakeTerminal);
            self.deadlines.clear(Due::Timeout);
            self.deadlines.clear(Due::KillMain);
            self.forget_held_ends();
        }
    }

    /// The main child has ended before `--delay` was over. A signal to end that was held for
    /// it is for nobody else: the end asks the survivors in its own order.
    fn forget_held_ends(&mut self) {
        for row in 0..DELAYS_MAX {
            if self.rules.delays.signal(row).is_some_and(Signal::ends) {
                self.deadlines.clear(Due::Release(row));
            }
        }
    }

    /// Were survivors asked to end?
    fn survivors_notified(&self) -> bool {
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
        if left == Left::Nobody || (left == Left::Untouchable && !first_time) {
            return self.exit(ended, actions);
        }
        if first_time {
            return self.survivors_remain(ended, clock, actions);
        }
        if self.doubts {
            return self.give_up(ended, actions);
        }
        if left == Left::Outsiders || self.survivors_notified() {
            let now = clock();
            self.looks.end(now);
            self.deadlines.set_if_earlier(Due::Look, now.plus(self.looks.next()));
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
        if self.is_hasty() {
            return self.exit(ended, actions);
        }
        let now = clock();
        self.deadlines.set(Due::Warn, now.plus(WARN_AFTER));
        if !self.rules.wait_all {
            self.phase = Phase::Ending(ended);
            let grace_period = self.rules.grace_period;
            self.deadlines.set(Due::Older, now.plus(OLDER_WAIT));
            self.deadlines.set(Due::Half, now.plus(grace_period / 2));
            self.deadlines.set(Due::Grace, now.plus(grace_period));
            self.look(Scope::Roots, now, actions);
            return;
        }
        self.phase = Phase::Waiting(ended);
        match self.asked_to_end {
            Some(signal) => self.end_all(signal, Source::Init, now, actions),
            None => actions.push(Action::Drain),
        }
    }

    /// With `--wait-all`: the signal to end has come.
    pub(super) fn end_all(
        &mut self,
        signal: Signal,
        source: Source,
        now: Time,
        actions: &mut Actions,
    ) {
        actions.push(Action::Send(signal, Recipients::Survivors, source));
        // A stopped process cannot act on it.
        actions.push(Action::Send(Signal::CONT, Recipients::Survivors, Source::Init));
        if self.deadlines.set_if_earlier(Due::Grace, now.plus(self.rules.grace_period)) {
            self.deadlines.set(Due::Warn, now.plus(WARN_AFTER));
        }
        actions.push(Action::Drain);
    }

    /// Looks at the survivors, and asks those of `scope` to end.
    pub(super) fn look(&mut self, scope: Scope, now: Time, actions: &mut Actions) {
        self.looks.begin(now);
        actions.push(Action::Notify(scope));
        actions.push(Action::Drain);
    }

    /// It is time to look again.
    pub(super) fn look_again(&mut self, now: Time, actions: &mut Actions) {
        if let Phase::Killing(_) = self.phase {
            actions.push(Action::KillSurvivors);
            return actions.push(Action::Drain);
        }
        if !self.survivors_notified() {
            self.looks.begin(now);
            return actions.push(Action::Drain);
        }
        let older_too = self.deadlines.get(Due::Older).is_none();
        self.look(if older_too { Scope::AllRoots } else { Scope::Roots }, now, actions);
    }

    /// Survivors take long: says whom init waits for.
    pub(super) fn warn_waiting(&mut self, now: Time, actions: &mut Actions) {
        match (self.phase, self.deadlines.get(Due::Grace)) {
            (Phase::Ending(_) | Phase::Waiting(_), Some(end)) => {
                actions.push(Action::WarnWaiting(end.since(now)));
            }
            (Phase::Waiting(_), None) => actions.push(Action::WarnWaitingForAll),
            (Phase::Ending(_), None)
            | (Phase::Running | Phase::MainEnded(_) | Phase::Killing(_) | Phase::Over, _) => {}
        }
    }

    /// Survivors were killed, from `began` to `now`.
    pub fn survivors_killed(&mut self, began: Time, now: Time) {
        let rest = now.since(began).saturating_mul(REST);
        let [shortest, longest] = KILL_AGAIN;
        self.deadlines.set(Due::Look, now.plus(rest.clamp(shortest, longest)));
        if !std::mem::replace(&mut self.killed, true) {
            // To kill thousands takes seconds: time to die begins behind that.
            self.deadlines.set(Due::Grace, now.plus(GIVE_UP_AT_LAST));
            self.deadlines.set(Due::GiveUp, now.plus(GIVE_UP));
        }
    }

    /// Ends init although some do not die.
    fn give_up(&mut self, ended: Ended, actions: &mut Actions) {
        actions.push(Action::GiveUp);
        self.exit(ended, actions);
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
