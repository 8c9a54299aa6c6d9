//! What init does about what happens: (State, Event) -> (State, Actions).
//!
//! In: the rules once, then one event after the other. Out: actions, in the order in
//! which they are to be done. Pure: it makes no system call, has no clock of its own and
//! matches every event without a wildcard arm. init's life is a line of phases; only the
//! main child's end and deadlines lead from one to the next:
//!
//! | phase | the main child | the others | it ends when |
//! |-|-|-|-|
//! | `Running` | runs | are reaped when they end | the main child is reaped |
//! | `MainEnded` | is reaped | | the drain is done |
//! | `Waiting` | | run on (`--wait-all`) | nobody is left, or the grace period after a TERM is over |
//! | `Ending` | | are asked to end, roots first | nobody is left, or the grace period is over |
//! | `Killing` | | were killed | nobody is left, or those who are left cannot be killed |
//! | `Over` | | | |

mod actions;
mod due;
mod end;
mod events;
mod job_control;
mod looks;
mod pausing;
mod rules;
mod signals;
#[cfg(test)]
mod tests;

use nix::unistd::Pid;

use super::deadlines::{Deadlines, Due, Time};
use crate::exit::Ended;
use crate::signals::Signal;
use crate::sys::Change;
use crate::terminal::Holder;
pub use actions::{Action, Actions, KillCause, Recipients, Scope, Source, StopTarget};
pub use events::{Event, Left, Sender};
pub use pausing::{Pausing, Step};
pub use rules::Rules;

/// The time. A function, because it is asked only where time matters.
type Clock<'a> = &'a dyn Fn() -> Time;

/// Where init is in its life; see the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The main child runs.
    Running,
    /// The main child is reaped; other children may still have to be.
    MainEnded(Ended),
    /// The others run until they end by themselves.
    Waiting(Ended),
    /// The survivors are asked to end, roots first.
    Ending(Ended),
    /// The survivors were killed.
    Killing(Ended),
    /// init was told to exit.
    Over,
}

/// All that init remembers between two events.
#[derive(Clone, Copy, Debug)]
pub struct State {
    rules: Rules,
    main: Pid,
    phase: Phase,
    deadlines: Deadlines,
    /// The main child has run for longer than `--timeout`.
    timed_out: bool,
    /// Why `Due::KillMain` is set.
    kill_cause: Option<KillCause>,
    /// The main child is stopped.
    main_stopped: bool,
    /// The last signal to end that came while the main child ran.
    asked_to_end: Option<Signal>,
    /// When to look at the survivors again.
    looks: looks::Looks,
    /// `Due::GiveUp` has come, or the second `Due::Grace`: the next drain shows who has died.
    doubts: bool,
    /// The survivors were killed once.
    killed: bool,
    /// init has stopped together with the main child: the next CONT is for both.
    suspended: bool,
    /// A program, not the terminal, told init to stop the main child.
    stop_forwarded: bool,
    /// A SIGSTOP has stopped the main child while it had the terminal, and init has taken
    /// the terminal.
    halted: bool,
}

impl State {
    /// The main child was started at `now`.
    pub fn new(rules: Rules, main: Pid, now: Clock<'_>) -> State {
        let mut deadlines = Deadlines::NONE;
        if let Some(timeout) = rules.timeout {
            deadlines.set(Due::Timeout, now().plus(timeout));
        }
        State {
            rules,
            main,
            phase: Phase::Running,
            deadlines,
            timed_out: false,
            kill_cause: None,
            main_stopped: false,
            asked_to_end: None,
            looks: looks::Looks::default(),
            doubts: false,
            killed: false,
            suspended: false,
            stop_forwarded: false,
            halted: false,
        }
    }

    /// The rules that it was made with.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// When something is due next.
    pub fn next_deadline(&self) -> Option<Time> {
        self.deadlines.next()
    }

    /// Where init is in its life.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Did `--timeout` end the main child?
    pub fn timed_out(&self) -> bool {
        self.timed_out
    }

    /// What is to be done about `event`, and about deadlines that have come.
    pub fn after(&mut self, event: Event, clock: Clock<'_>) -> Actions {
        let mut actions = Actions::NONE;
        self.react(event, clock, &mut actions);
        // In the middle of a drain it is not known yet who is left for a deadline to act on.
        let draining = match event {
            Event::Child(..) | Event::Stopped(..) | Event::Signal(Signal::CHLD, _) => true,
            Event::Signal(..)
            | Event::NotSuspended(..)
            | Event::Refused(..)
            | Event::Drained(_)
            | Event::Woken => false,
        };
        if !draining && self.deadlines.next().is_some() {
            let now = clock();
            while let Some(due) = self.deadlines.pop(now) {
                self.due(due, now, &mut actions);
            }
        }
        actions
    }

    fn react(&mut self, event: Event, clock: Clock<'_>, actions: &mut Actions) {
        match event {
            Event::Signal(Signal::CHLD, _) => actions.push(Action::Drain),
            Event::Signal(signal, sender) => {
                if signals::forwardable(signal, sender) {
                    self.arrived(signal, sender, clock, actions);
                }
            }
            Event::Child(pid, Change::Ended(ended)) => self.ended(pid, ended, clock, actions),
            // A stopped child is not a dead one.
            Event::Child(pid, Change::Stopped(_)) => self.main_stopped |= pid == self.main,
            Event::Child(pid, Change::Continued) => self.continued(pid, actions),
            Event::Stopped(signal, holder, shell) => self.stopped(signal, holder, shell, actions),
            Event::NotSuspended(signal, holder) => self.not_suspended(signal, holder, actions),
            Event::Refused(_, Holder::Main | Holder::Ours) => {
                actions.push(Action::TakeTerminal);
                actions.push(Action::WakeJob);
            }
            Event::Refused(signal, Holder::Other | Holder::Nobody) => {
                self.arrived(signal, Sender::Kernel, clock, actions);
            }
            Event::Drained(left) => self.drained(left, clock, actions),
            Event::Woken => {}
        }
    }
}
