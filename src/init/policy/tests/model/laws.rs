//! What must hold whatever happens.

use super::super::super::end::{GIVE_UP, GIVE_UP_AT_LAST};
use super::super::super::signals::forwardable;
use super::super::*;
use super::world::World;
use crate::exit::TIMED_OUT;

/// A law, as the failure of the test names it.
pub(super) type Law = &'static str;

fn holds(law: Law, holds: bool) -> Result<(), Law> {
    if holds { Ok(()) } else { Err(law) }
}

impl World {
    /// Checks what the policy makes of an event, and notes what follows from it.
    pub(super) fn check(
        &mut self,
        before: &State,
        event: Event,
        actions: &[Action],
    ) -> Result<(), Law> {
        self.note(event);
        self.one_delivery(before, event, actions)?;
        for (place, action) in actions.iter().enumerate() {
            holds("nothing follows the exit", self.exit.is_none())?;
            self.allowed(&before.rules, event, *action)?;
            self.cont_follows(before, *action, actions.get(place + 1).copied())?;
        }
        Ok(())
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Child(MAIN, Change::Ended(ended)) => {
                self.ended = Some(ended);
                // A signal to end that is held is for the main child alone.
                (self.held, self.timeout, self.kill_main) = (None, None, None);
            }
            Event::Child(MAIN, Change::Stopped(_)) => self.stopped = true,
            Event::Child(MAIN, Change::Continued) => self.stopped = false,
            Event::Signal(Signal::CONT, _) => self.suspended = None,
            Event::Signal(signal, sender) if signal.ends() && sender != Sender::Init => {
                self.told = true;
            }
            _ => {}
        }
        if self.timeout.is_some_and(|at| at <= self.now) {
            (self.timeout, self.timed_out, self.told) = (None, true, true);
        }
    }

    /// Each signal has one delivery, at most: it goes out, is held, or releases the held one.
    fn one_delivery(&self, before: &State, event: Event, actions: &[Action]) -> Result<(), Law> {
        let taken = |action: &&Action| {
            matches!(action, Action::Send(_, _, Source::Taken) | Action::Hold(_, Source::Taken))
        };
        let wanted = match event {
            Event::Refused(signal, Holder::Other | Holder::Nobody) => Some(signal),
            Event::Signal(Signal::CHLD, _) => None,
            Event::Signal(signal, sender) => Some(signal).filter(|_| forwardable(signal, sender)),
            _ => None,
        };
        let wanted = wanted.is_some_and(|signal| match before.phase {
            Phase::Killing(_) | Phase::Over => false,
            Phase::Waiting(_) if signal.ends() => true,
            Phase::Running if before.rules.delays.of(signal).is_some() && self.held.is_none() => {
                true
            }
            _ => before.rules.rewrites.of(signal).is_some(),
        });
        let count = actions.iter().filter(taken).count();
        holds("a signal has exactly one delivery", count == usize::from(wanted))
    }

    /// Is this action right here? Notes what follows from it.
    fn allowed(&mut self, rules: &Rules, event: Event, action: Action) -> Result<(), Law> {
        let running = self.ended.is_none();
        match action {
            Action::Drain => Ok(()),
            Action::TakeTerminal => Ok(()),
            Action::Send(signal, recipients, source) => {
                self.sent(rules, signal, recipients, source)
            }
            Action::Hold(row, _) => {
                let delay = rules.delays.signal(row).and_then(|signal| rules.delays.of(signal));
                self.held = delay.map(|(_, delay)| self.now.plus(delay));
                holds("only the main child's signals are held", running && self.held.is_some())
            }
            Action::GiveTerminal => holds("the terminal is for a child that runs", running),
            Action::WakeJob => {
                holds("the job is woken after a refusal", matches!(event, Event::Refused(..)))
            }
            Action::Suspend(signal, _) => {
                self.suspended = (!rules.stops_along).then_some(signal);
                let cause = self.stopped || rules.stops_along;
                holds("init stops with the main child", running && cause)
            }
            Action::CountSurvivors => {
                let first = !std::mem::replace(&mut self.counted, true);
                self.set_grace(rules, !rules.wait_all || self.told);
                holds("survivors are counted once", !running && first)
            }
            Action::Notify(_) => {
                holds("survivors are asked in the grace period", self.grace.is_some())
            }
            Action::WarnWaiting(left) => {
                let end = self.grace.map(|end| end.since(self.now));
                holds("the warning says when", end == Some(left))
            }
            Action::WarnWaitingForAll => {
                holds("it waits without end", !running && self.grace.is_none())
            }
            Action::KillMain(_) => {
                let due = self.kill_main.take().is_some_and(|at| at <= self.now);
                holds("the main child is killed at its deadline", running && due)
            }
            Action::KillSurvivors => {
                self.killed = self.killed.or(Some(self.now));
                let due = self.grace.is_some_and(|at| at <= self.now);
                holds("survivors are killed after the grace period", !running && due)
            }
            Action::GiveUp => {
                holds("init looks before it gives up", matches!(event, Event::Drained(_)))?;
                let due = self.killed.is_some_and(|at| self.now >= at.plus(GIVE_UP));
                holds("nobody is given up before the kill had time", due)
            }
            Action::Exit(status) => {
                self.exit = Some(status);
                let own = self.ended.map(|ended| rules.remap_exit.remap(ended.status()));
                let wanted = if self.timed_out { own.map(|_| TIMED_OUT) } else { own };
                holds("only the main child's end, with its status", wanted == Some(status))
            }
        }
    }

    fn set_grace(&mut self, rules: &Rules, begins: bool) {
        if begins {
            self.grace = self.grace.or(Some(self.now.plus(rules.grace_period)));
        }
    }

    fn sent(
        &mut self,
        rules: &Rules,
        signal: Signal,
        to: Recipients,
        source: Source,
    ) -> Result<(), Law> {
        let running = self.ended.is_none();
        let there = self.killed.is_none();
        let held = match source {
            Source::Held(row) => rules.delays.signal(row),
            Source::Taken | Source::Init => None,
        };
        let alone = running || !held.is_some_and(Signal::ends);
        holds("a held signal to end is for the main child alone", alone)?;
        match to {
            Recipients::Forwarded | Recipients::Job => {
                self.limit(rules, signal, source);
                self.released(rules, signal, source)?;
                holds("nothing goes to a main child that is gone", running)
            }
            Recipients::EndSignal => {
                let end = rules.end_signal == Some(signal) && rules.grace_period.is_zero();
                holds("the end signal is for other inits' ends", !running && end)
            }
            Recipients::Survivors => {
                if rules.wait_all && signal.ends() {
                    self.set_grace(rules, true);
                }
                let woken = signal.ends() && !rules.wait_all && self.counted;
                holds("a signal to end wakes the survivors", !running && there && !woken)
            }
            Recipients::SurvivorsWoken => {
                holds("survivors are woken by a signal to end", !running && there && signal.ends())
            }
        }
    }

    /// What was delivered to the main child limits its time.
    fn limit(&mut self, rules: &Rules, signal: Signal, source: Source) {
        // When both are late, what was held goes out as if the timeout had not struck yet.
        let late = rules.timeout.is_some_and(|timeout| self.held <= Some(Time(0).plus(timeout)));
        let timed_out = self.timed_out && !(late && matches!(source, Source::Held(_)));
        let after = rules.kill_after.of(signal);
        let timeout = Some(rules.grace_period).filter(|_| timed_out && signal.ends());
        for after in [after, timeout].into_iter().flatten() {
            let at = self.now.plus(after);
            self.kill_main = Some(self.kill_main.map_or(at, |set| set.min(at)));
        }
    }

    /// A held signal goes out when it is due or `--timeout` is over. When it comes again, the new
    /// one goes out.
    fn released(&mut self, rules: &Rules, signal: Signal, source: Source) -> Result<(), Law> {
        if rules.delays.of(signal).is_none() {
            return holds("what is not held is not released", !matches!(source, Source::Held(_)));
        }
        let held = self.held.take();
        match source {
            Source::Held(_) => {
                let due = held.is_some_and(|at| at <= self.now || self.timed_out);
                holds("a held signal goes out at its time", due)
            }
            Source::Taken => holds("it is held first", held.is_some()),
            Source::Init => holds("what somebody has sent goes out", false),
        }
    }

    /// A stopped main child cannot act on a signal to end.
    fn cont_follows(
        &self,
        before: &State,
        action: Action,
        next: Option<Action>,
    ) -> Result<(), Law> {
        match action {
            Action::Send(signal, to @ (Recipients::Forwarded | Recipients::Job), _)
                if signal.ends() && self.stopped && before.rules.rewrites == Rewrites::NONE =>
            {
                let cont = Action::Send(Signal::CONT, to, Source::Init);
                holds("CONT follows a signal to end", next == Some(cont))
            }
            _ => Ok(()),
        }
    }

    /// Checks what must hold when the loop waits again.
    pub(super) fn check_rest(&self, state: &State) -> Result<(), Law> {
        let next = state.next_deadline();
        if self.exit.is_some() {
            return holds("nothing is due after the exit", next.is_none());
        }
        let over = |at: Option<Time>| at.is_some_and(|at| at <= self.now);
        holds(
            "the main child's end is seen",
            self.ended.is_some() != (state.phase == Phase::Running),
        )?;
        holds("what is due is done", !over(next))?;
        holds("a held signal is released in time", !over(self.held))?;
        holds("the main child is killed in time", !over(self.kill_main))?;
        holds("survivors are killed in time", !over(self.grace) || self.killed.is_some())?;
        let unheard = self.counted && self.left == Left::Outsiders;
        let looks = state.deadlines.get(Due::Look).is_some();
        holds("init looks at those of whom no signal tells", looks || !unheard)?;
        let Some(grace) = self.grace else { return Ok(()) };
        let last = self.killed.map_or(grace, |killed| killed.plus(GIVE_UP_AT_LAST));
        holds("time alone leads to the end", next.is_some_and(|next| next <= last))
    }
}
