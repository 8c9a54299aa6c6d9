//! What init does about what happens: (State, Event) -> (State, Actions).
//!
//! Pure and exhaustive: no system call, no clock of its own, no wildcard arm over
//! events. The life of init is a line of phases, and only the main child's end and
//! deadlines move it on:
//!
//! | phase | the main child | others | leaves when |
//! |-|-|-|-|
//! | `Running` | runs | are reaped | the main child is reaped |
//! | `MainEnded` | is reaped | | the drain is done |
//! | `Waiting` | | run on (`--wait-all`) | none is left, or the grace period after a TERM ends |
//! | `Ending` | | were told to end | none is left, or the grace period ends |
//! | `Killing` | | were killed | none is left, or they do not die |
//! | `Over` | | | |

mod actions;
mod events;
mod stop;
#[cfg(test)]
mod tests;

use std::time::Duration;

use nix::unistd::Pid;

use super::deadlines::{Deadlines, Due, Time};
use crate::config::{Config, Delays, Rewrites};
use crate::exit::{self, Ended};
use crate::signals::Signal;
use crate::sys::Change;
use crate::terminal::Holder;
pub use actions::{Action, Actions, Recipients, Source, StopTarget};
pub use events::{Event, Left, Sender};

/// First and longest time between two looks at processes that nobody tells us about.
const LOOK: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(200)];
/// Between two rounds of SIGKILL: whoever was born in between gets the next one.
const KILL_AGAIN: Duration = Duration::from_millis(50);
/// What has not died so long after SIGKILL sits in the kernel and cannot.
const GIVE_UP: Duration = Duration::from_secs(1);
/// So long after the first SIGKILL, nobody is waited for any more, whoever still dies.
const GIVE_UP_AT_LAST: Duration = Duration::from_secs(10);

/// Where init is in its life; see the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The main child runs.
    Running,
    /// The main child is reaped; the rest of the drain is not done yet.
    MainEnded(Ended),
    /// The others run on until they end by themselves.
    Waiting(Ended),
    /// The survivors were told to end.
    Ending(Ended),
    /// The survivors were killed.
    Killing(Ended),
    /// The last action was to exit.
    Over,
}

/// What the policy needs to know of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    delays: Delays,
    rewrites: Rewrites,
    remap_exit: exit::ExitCodes,
    kill_after: Option<Duration>,
    grace_period: Duration,
    end_signal: Option<Signal>,
    wait_all: bool,
    stops_along: bool,
}

impl Rules {
    /// The rules that `config` asks for.
    pub fn of(config: &Config) -> Rules {
        Rules {
            delays: config.delays,
            rewrites: config.rewrites,
            remap_exit: config.remap_exit,
            kill_after: config.kill_after,
            grace_period: config.grace_period,
            end_signal: config.end_signal.and_then(|signal| config.rewrites.of(signal)),
            wait_all: config.wait_all,
            stops_along: config.stops_along,
        }
    }
}

/// All that init remembers.
#[derive(Clone, Copy, Debug)]
pub struct State {
    rules: Rules,
    main: Pid,
    phase: Phase,
    deadlines: Deadlines,
    /// `--timeout` has struck.
    timed_out: bool,
    /// The time until the next look at outsiders.
    look: Duration,
    /// init has stopped with the main child: the next CONT is for both.
    suspended: bool,
    /// A program, not the terminal, told init to stop the main child.
    stop_forwarded: bool,
    /// Somebody's SIGSTOP has stopped the main child while it had the terminal, which init
    /// has meanwhile.
    halted: bool,
}

impl State {
    /// The main child has just been started.
    pub fn new(rules: Rules, main: Pid) -> State {
        State {
            rules,
            main,
            phase: Phase::Running,
            deadlines: Deadlines::NONE,
            timed_out: false,
            look: LOOK[0],
            suspended: false,
            stop_forwarded: false,
            halted: false,
        }
    }

    /// Stop the main child at `at`.
    #[must_use]
    pub fn with_timeout(mut self, at: Time) -> State {
        self.deadlines.set(Due::Timeout, at);
        self
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

    /// What comes next. `clock` is read only where time matters.
    pub fn after(&mut self, event: Event, clock: &dyn Fn() -> Time) -> Actions {
        let mut actions = Actions::default();
        match event {
            Event::Signal(Signal::CHLD, _) => actions.push(Action::Drain),
            Event::Signal(signal, sender) => {
                if forwardable(signal, sender) {
                    self.arrived(signal, sender, clock, &mut actions);
                }
            }
            Event::Child(pid, Change::Ended(ended)) => self.ended(pid, ended, clock, &mut actions),
            // Stopped is not dead.
            Event::Child(_, Change::Stopped(_)) => {}
            Event::Child(pid, Change::Continued) => self.continued(pid, &mut actions),
            Event::Stopped(signal, holder, shell) => {
                self.stopped(signal, holder, shell, &mut actions);
            }
            Event::NotSuspended(signal, holder) => {
                self.not_suspended(signal, holder, &mut actions);
            }
            Event::Refused(_, Holder::Main | Holder::Ours) => {
                actions.push(Action::TakeTerminal);
                actions.push(Action::WakeJob);
            }
            Event::Refused(signal, Holder::Other | Holder::Nobody) => {
                self.arrived(signal, Sender::Kernel, clock, &mut actions);
            }
            Event::Drained(left) => self.drained(left, clock, &mut actions),
            Event::Woken => {}
        }
        // Deadlines wait for the end of a drain: before, it is not known who is left to act on.
        let drains = match event {
            Event::Child(..) | Event::Stopped(..) | Event::Signal(Signal::CHLD, _) => true,
            Event::Signal(..)
            | Event::NotSuspended(..)
            | Event::Refused(..)
            | Event::Drained(_)
            | Event::Woken => false,
        };
        if !drains && self.deadlines.next().is_some() {
            let now = clock();
            while let Some(due) = self.deadlines.pop(now) {
                self.due(due, now, &mut actions);
            }
        }
        actions
    }

    /// A signal was taken that may go out.
    fn arrived(
        &mut self,
        signal: Signal,
        sender: Sender,
        clock: &dyn Fn() -> Time,
        actions: &mut Actions,
    ) {
        let running = self.phase == Phase::Running;
        if running && signal == Signal::CONT && self.go_on(actions) {
            return;
        }
        if running && signal.stops() {
            self.stops_again(sender, actions);
        }
        let typed = running && signal.typed() && sender == Sender::Kernel;
        let audience = if typed { Recipients::Job } else { Recipients::Forwarded };
        self.signal(signal, audience, Source::Taken, clock, actions);
        if running && signal.stops() && self.halted {
            self.stop_halted(signal, actions);
        }
    }

    /// A signal that may go out: hold it, or pass it on.
    fn signal(
        &mut self,
        signal: Signal,
        audience: Recipients,
        source: Source,
        clock: &dyn Fn() -> Time,
        actions: &mut Actions,
    ) {
        if let Some((row, delay)) = self.rules.delays.of(signal)
            && self.phase == Phase::Running
        {
            // The same signal again releases it, one delivery in all.
            if !self.deadlines.clear(Due::Release(row)) {
                self.deadlines.set(Due::Release(row), clock().plus(delay));
                return actions.push(Action::Hold(row, source));
            }
        }
        self.pass_on(signal, audience, source, clock, actions);
    }

    fn pass_on(
        &mut self,
        signal: Signal,
        audience: Recipients,
        source: Source,
        clock: &dyn Fn() -> Time,
        actions: &mut Actions,
    ) {
        let rewritten = self.rules.rewrites.of(signal);
        match self.phase {
            Phase::Running => {
                if let Some(out) = rewritten {
                    actions.push(Action::Send(out, audience, source));
                }
                if signal.stops() && self.rules.stops_along {
                    actions.push(Action::Suspend(Signal::STOP, StopTarget::Init));
                }
                if signal.ends() {
                    self.told_to_end(rewritten.is_some(), clock);
                }
            }
            Phase::Waiting(_) if signal.ends() => {
                actions.push(Action::Send(signal, Recipients::Survivors, source));
                actions.push(Action::Send(Signal::CONT, Recipients::Survivors, Source::Init));
                let end = clock().plus(self.rules.grace_period);
                self.deadlines.set_if_earlier(Due::Grace, end);
            }
            Phase::MainEnded(_) | Phase::Waiting(_) | Phase::Ending(_) => {
                if let Some(out) = rewritten {
                    actions.push(Action::Send(out, Recipients::Survivors, source));
                }
            }
            Phase::Killing(_) | Phase::Over => {}
        }
    }

    /// The main child was asked to end: how long may it take?
    fn told_to_end(&mut self, forwarded: bool, clock: &dyn Fn() -> Time) {
        if let Some(patience) = self.rules.kill_after.filter(|_| forwarded) {
            self.deadlines.set_if_earlier(Due::KillMain, clock().plus(patience));
        }
        if self.timed_out {
            let end = clock().plus(self.rules.grace_period);
            self.deadlines.set_if_earlier(Due::KillMain, end);
        }
    }

    fn ended(&mut self, pid: Pid, ended: Ended, clock: &dyn Fn() -> Time, actions: &mut Actions) {
        if let Phase::Killing(_) = self.phase {
            // They do die, there are only many of them.
            self.deadlines.set(Due::GiveUp, clock().plus(GIVE_UP));
        }
        if self.told() {
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

    /// Were those who are left told to end?
    fn told(&self) -> bool {
        match self.phase {
            Phase::Ending(_) => true,
            Phase::Waiting(_) => self.deadlines.get(Due::Grace).is_some(),
            Phase::Running | Phase::MainEnded(_) | Phase::Killing(_) | Phase::Over => false,
        }
    }

    fn drained(&mut self, left: Left, clock: &dyn Fn() -> Time, actions: &mut Actions) {
        let ended = match self.phase {
            Phase::Running | Phase::Over => return,
            Phase::MainEnded(ended)
            | Phase::Waiting(ended)
            | Phase::Ending(ended)
            | Phase::Killing(ended) => ended,
        };
        if let Phase::MainEnded(_) = self.phase
            && let Some(signal) = self.rules.end_signal
            && self.rules.grace_period.is_zero()
            && !self.rules.wait_all
        {
            // Also when no child is left: the others may be somebody else's children.
            actions.push(Action::Send(signal, Recipients::EndSignal, Source::Init));
        }
        if left == Left::Nobody {
            return self.exit(ended, actions);
        }
        if let Phase::MainEnded(_) = self.phase {
            actions.push(Action::CountSurvivors);
            if self.rules.wait_all {
                self.phase = Phase::Waiting(ended);
            } else if self.rules.grace_period.is_zero() {
                return self.exit(ended, actions);
            } else {
                self.phase = Phase::Ending(ended);
                self.deadlines.set(Due::Grace, clock().plus(self.rules.grace_period));
                actions.push(Action::Send(Signal::TERM, Recipients::Survivors, Source::Init));
                // A stopped process cannot act on TERM.
                actions.push(Action::Send(Signal::CONT, Recipients::Survivors, Source::Init));
            }
        }
        if left == Left::Outsiders {
            self.deadlines.set_if_earlier(Due::Look, clock().plus(self.look));
        }
    }

    fn due(&mut self, due: Due, now: Time, actions: &mut Actions) {
        match due {
            Due::Release(row) => {
                if let Some(signal) = self.rules.delays.signal(row) {
                    let audience = Recipients::Forwarded;
                    self.pass_on(signal, audience, Source::Held(row), &|| now, actions);
                }
            }
            Due::Timeout => {
                self.timed_out = true;
                // As if it had come: with its delay, and rewritten.
                self.signal(Signal::TERM, Recipients::Forwarded, Source::Init, &|| now, actions);
            }
            Due::KillMain => {
                actions.push(Action::Send(Signal::KILL, Recipients::Main, Source::Init));
            }
            Due::Grace => match self.phase {
                Phase::Waiting(ended) | Phase::Ending(ended) => {
                    self.phase = Phase::Killing(ended);
                    self.deadlines.set(Due::Grace, now.plus(GIVE_UP_AT_LAST));
                    self.deadlines.set(Due::GiveUp, now.plus(GIVE_UP));
                    self.kill_survivors(now, actions);
                }
                Phase::Killing(_) => self.due(Due::GiveUp, now, actions),
                Phase::Running | Phase::MainEnded(_) | Phase::Over => {}
            },
            Due::Look => {
                if let Phase::Killing(_) = self.phase {
                    self.kill_survivors(now, actions);
                } else {
                    self.look = self.look.saturating_mul(2).min(LOOK[1]);
                    if self.told() {
                        actions.push(Action::TellNewcomers);
                    }
                }
                actions.push(Action::Drain);
            }
            Due::GiveUp => {
                if let Phase::Killing(ended) = self.phase {
                    actions.push(Action::GiveUp);
                    self.exit(ended, actions);
                }
            }
        }
    }

    fn kill_survivors(&mut self, now: Time, actions: &mut Actions) {
        actions.push(Action::KillSurvivors);
        self.deadlines.set(Due::Look, now.plus(KILL_AGAIN));
    }

    fn exit(&mut self, ended: Ended, actions: &mut Actions) {
        self.phase = Phase::Over;
        self.deadlines = Deadlines::NONE;
        actions.push(Action::Exit(if self.timed_out {
            exit::TIMED_OUT
        } else {
            self.rules.remap_exit.remap(ended.status())
        }));
    }
}

/// CHLD is ours, a fault that the kernel raised is about init itself, and what init
/// brought on itself was never meant for the app.
fn forwardable(signal: Signal, sender: Sender) -> bool {
    match sender {
        Sender::Init => false,
        Sender::Kernel => !signal.fault(),
        Sender::Program | Sender::Queued => true,
    }
}
