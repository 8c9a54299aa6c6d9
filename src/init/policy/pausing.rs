//! The end of pause: for how long it waits for the others of its PID namespace. Pure.
//!
//! In: what has happened, and at a look whether others are there. Out: when to look next, or
//! what to do. The engine that ends pause is telling the others to end at the same time, so a
//! TERM from pause would be their second one; it is only for those who outlive the grace period.

use std::time::Duration;

use super::looks::Looks;
use crate::init::deadlines::Time;

/// How long those who were told by pause may take.
const LAST: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was said about an end.
    Reaping,
    /// The others are to end by themselves.
    Waiting,
    /// pause has told them to end.
    Told,
}

/// What pause is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait, until [`Pausing::next_look`] at most.
    Wait,
    /// Send TERM and CONT to everybody.
    Tell,
    /// Exit with 0.
    Exit,
}

/// Where pause is in its life.
#[derive(Clone, Copy, Debug)]
pub struct Pausing {
    grace_period: Duration,
    phase: Phase,
    end: Time,
    look: Time,
    looks: Looks,
}

impl Pausing {
    /// The others have so long to end.
    pub fn new(grace_period: Duration) -> Pausing {
        let (end, look) = (Time::default(), Time::default());
        Pausing { grace_period, phase: Phase::Reaping, end, look, looks: Looks::default() }
    }

    /// When to look whether others are there.
    pub fn next_look(&self) -> Option<Time> {
        (self.phase != Phase::Reaping).then_some(self.look)
    }

    /// A signal to end has come.
    pub fn asked_to_end(&mut self, now: Time) -> Step {
        if self.grace_period.is_zero() || self.phase != Phase::Reaping {
            return Step::Exit;
        }
        self.phase = Phase::Waiting;
        self.end = now.plus(self.grace_period);
        self.look = now;
        Step::Wait
    }

    /// A child has ended. Nobody may be left; a flood of deaths does not lead to a flood of
    /// looks.
    pub fn child_ended(&mut self, now: Time) {
        self.looks.hurry();
        self.look = self.look.min(now.plus(self.looks.next()));
    }

    /// A look from `began` to `now` has shown whether others are there.
    pub fn looked(&mut self, others: bool, began: Time, now: Time) -> Step {
        let step = match self.phase {
            _ if !others => Step::Exit,
            Phase::Waiting if now >= self.end => {
                self.phase = Phase::Told;
                self.end = now.plus(LAST);
                self.looks = Looks::default();
                Step::Tell
            }
            Phase::Told if now >= self.end => Step::Exit,
            Phase::Reaping | Phase::Waiting | Phase::Told => Step::Wait,
        };
        self.looks.begin(began);
        self.looks.end(now);
        self.look = now.plus(self.looks.next()).min(self.end);
        step
    }
}
