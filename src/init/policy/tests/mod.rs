//! init's life as tables, then under random events, with a clock of the tests' own.

mod end;
mod job_control;
mod model;
mod pausing;
mod properties;
mod signals;

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::config::{Delays, ForwardTo, KillAfter, Rewrites};
use crate::exit::ExitCodes;

const MAIN: Pid = Pid::from_raw(100);
const OTHER: Pid = Pid::from_raw(101);
const MS: u64 = 1_000_000;
const HUP: Signal = Signal::new(1).unwrap();
const MAIN_EXITS: Event = Event::Child(MAIN, Change::Ended(Ended::Exited(7)));
const RT: Signal = Signal::new(40).unwrap();

/// `--kill-after` this many milliseconds.
fn kill_after(ms: u64) -> KillAfter {
    let mut table = KillAfter::NEVER;
    table.set(None, Duration::from_millis(ms)).unwrap();
    table
}

fn rules() -> Rules {
    Rules {
        forward_to: ForwardTo::Main,
        delays: Delays::NONE,
        rewrites: Rewrites::NONE,
        remap_exit: ExitCodes::default(),
        kill_after: KillAfter::NEVER,
        timeout: None,
        grace_period: Duration::from_secs(5),
        end_signal: None,
        wait_all: false,
        stops_along: false,
        warn_on_reap: false,
    }
}

/// A state and the time that it thinks it is.
struct Run {
    state: State,
    now: Cell<u64>,
}

impl Run {
    fn new(rules: Rules) -> Run {
        Run { state: State::new(rules, MAIN, &|| Time(0)), now: Cell::new(0) }
    }

    /// With a timeout that strikes after so many nanoseconds.
    fn timed(rules: Rules, nanos: u64) -> Run {
        Run::new(Rules { timeout: Some(Duration::from_nanos(nanos)), ..rules })
    }

    fn after(&mut self, event: Event) -> Vec<Action> {
        let Run { state, now } = self;
        let actions: Vec<Action> = state.after(event, &|| Time(now.get())).iter().collect();
        if actions.contains(&Action::KillSurvivors) {
            state.survivors_killed(Time(now.get()), Time(now.get()));
        }
        actions
    }

    fn signal(&mut self, signal: Signal) -> Vec<Action> {
        self.after(Event::Signal(signal, Sender::Program))
    }

    /// The main child exits with 7, and `left` are left.
    fn main_ends(&mut self, left: Left) -> Vec<Action> {
        assert_eq!(self.after(MAIN_EXITS), [Action::TakeTerminal]);
        self.after(Event::Drained(left))
    }

    /// The next deadline passes; returns when that is, in milliseconds, and what is done.
    fn wait(&mut self) -> (u64, Vec<Action>) {
        let at = self.state.next_deadline().expect("a deadline");
        self.now.set(at.0);
        (at.0 / MS, self.after(Event::Woken))
    }
}

fn forward(signal: Signal) -> Vec<Action> {
    let send = Action::Send(signal, Recipients::Forwarded, Source::Taken);
    if signal == Signal::CONT { vec![Action::GiveTerminal, send] } else { vec![send] }
}

fn to_survivors(signal: Signal, source: Source) -> Action {
    Action::Send(signal, Recipients::Survivors, source)
}

const END: [Action; 3] = [Action::CountSurvivors, Action::Notify(Scope::Roots), Action::Drain];
