//! What is around init while a word happens, and what the loop makes of a letter.

use std::collections::HashSet;
use std::mem::Discriminant;

use super::super::*;
use super::Letter;
use super::laws::Law;

/// Kinds of actions that have occurred.
pub(super) type Kinds = HashSet<Discriminant<Action>>;

/// What decides: [`State::after`], or a broken one.
pub(super) type Policy = fn(&mut State, Event, Clock<'_>) -> Actions;

/// A pause in which nothing is due.
const MOMENT: Duration = Duration::from_millis(300);
/// Longer than all that can be set.
const LONG: Duration = Duration::from_secs(30);

/// What is true outside, and what follows from all that has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub now: Time,
    /// How the main child has ended.
    pub ended: Option<Ended>,
    pub stopped: bool,
    /// Who is there beside the main child.
    pub left: Left,
    /// init was told to stop by this signal, and has not heard of a CONT.
    pub suspended: Option<Signal>,
    /// The status that init exits with.
    pub exit: Option<u8>,
    /// A TERM is held until then.
    pub held: Option<Time>,
    /// `--timeout` strikes then.
    pub timeout: Option<Time>,
    pub timed_out: bool,
    /// The main child is to be killed then.
    pub kill_main: Option<Time>,
    /// A signal to end has come while the main child ran.
    pub told: bool,
    /// The grace period ends then.
    pub grace: Option<Time>,
    /// The survivors were killed then for the first time.
    pub killed: Option<Time>,
    /// The survivors were counted.
    pub counted: bool,
}

impl World {
    pub fn new(rules: &Rules) -> World {
        World {
            now: Time(0),
            ended: None,
            stopped: false,
            left: Left::Nobody,
            suspended: None,
            exit: None,
            held: None,
            timeout: rules.timeout.map(|timeout| Time(0).plus(timeout)),
            timed_out: false,
            kill_main: None,
            told: false,
            grace: None,
            killed: None,
            counted: false,
        }
    }

    /// Can this happen here?
    pub fn can(&self, state: &State, letter: Letter) -> bool {
        let next = state.next_deadline();
        let running = self.ended.is_none();
        match letter {
            _ if self.exit.is_some() => false,
            Letter::MainEnds(_) => running,
            Letter::MainStops(..) => running && !self.stopped,
            Letter::MainGoesOn => running && self.stopped,
            Letter::NotSuspended(signal, _) => self.suspended == Some(signal),
            Letter::OthersEnd => self.left == Left::Outsiders,
            Letter::Deadline | Letter::Late => next.is_some(),
            Letter::Time => next.is_none_or(|next| next > self.now.plus(MOMENT)),
            Letter::Signal(..) | Letter::Refused(..) | Letter::ChildEnds(_) => true,
        }
    }

    /// Lets it happen, and notes the kinds of what is done; fails with the law that was broken.
    pub fn happen(
        &mut self,
        policy: Policy,
        state: &mut State,
        letter: Letter,
        kinds: &mut Kinds,
    ) -> Result<(), Law> {
        let mut undrained = false;
        for event in self.events(state, letter) {
            undrained |= self.tell(policy, state, event, kinds)?;
        }
        // A look leads to another drain, but not without end.
        for drains in 0.. {
            if self.exit.is_some() || !std::mem::take(&mut undrained) {
                break;
            }
            if drains > 3 {
                return Err("it drains without end");
            }
            undrained = self.tell(policy, state, Event::Drained(self.left), kinds)?;
        }
        self.check_rest(state)
    }

    /// What the loop tells the policy of.
    fn events(&mut self, state: &State, letter: Letter) -> Vec<Event> {
        let chld = Event::Signal(Signal::CHLD, Sender::Kernel);
        match letter {
            // The loop reaps first, for the main child may have stopped.
            Letter::Signal(signal, sender) if signal.ends() => {
                vec![Event::Drained(self.left), Event::Signal(signal, sender)]
            }
            Letter::Signal(signal, sender) => vec![Event::Signal(signal, sender)],
            Letter::MainEnds(ended) => vec![chld, Event::Child(MAIN, Change::Ended(ended))],
            Letter::MainStops(signal, holder, shell) => vec![
                chld,
                Event::Child(MAIN, Change::Stopped(signal)),
                Event::Stopped(signal, holder, shell),
            ],
            Letter::MainGoesOn => vec![chld, Event::Child(MAIN, Change::Continued)],
            Letter::NotSuspended(signal, holder) => vec![Event::NotSuspended(signal, holder)],
            Letter::Refused(signal, holder) => vec![Event::Refused(signal, holder)],
            Letter::ChildEnds(left) => {
                self.left = left;
                vec![chld, Event::Child(OTHER, Change::Ended(Ended::Exited(0)))]
            }
            Letter::OthersEnd => {
                self.left = Left::Nobody;
                vec![]
            }
            Letter::Deadline => {
                self.now = state.next_deadline().unwrap_or(self.now);
                vec![Event::Woken]
            }
            Letter::Time => {
                self.now = self.now.plus(MOMENT);
                vec![]
            }
            Letter::Late => {
                self.now = self.now.plus(LONG);
                vec![Event::Woken]
            }
        }
    }

    /// One event; says whether children are to be reaped.
    fn tell(
        &mut self,
        policy: Policy,
        state: &mut State,
        event: Event,
        kinds: &mut Kinds,
    ) -> Result<bool, Law> {
        let (before, now) = (*state, self.now);
        let actions: Vec<Action> = policy(state, event, &|| now).iter().collect();
        if actions.contains(&Action::KillSurvivors) && state.phase != Phase::Over {
            state.survivors_killed(now, now);
        }
        self.check(&before, event, &actions)?;
        kinds.extend(actions.iter().map(std::mem::discriminant));
        Ok(actions.contains(&Action::Drain))
    }
}
