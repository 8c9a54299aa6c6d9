//! What init does about what happens: (State, Event) -> (State, Action).
//!
//! Pure and exhaustive: no system call, no clock, no wildcard arm over events.

use nix::unistd::Pid;

use crate::exit::Ended;
use crate::signals::Signal;
use crate::sys::Change;

/// Where init is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The main child runs.
    Running,
    /// The main child is reaped; the rest of the drain is not done yet.
    MainEnded(Ended),
    /// The last action was to exit.
    Over(Ended),
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A signal was taken.
    Signal(Signal, Sender),
    /// A child changed, and was reaped if it ended.
    Child(Pid, Change),
    /// No child is left that has changed.
    Drained,
    /// The wait ended and nothing had happened.
    Woken,
}

/// Who made a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A program, with kill(2) or tgkill(2).
    Program,
    /// A program, with a value: sigqueue(3).
    Queued,
    /// The kernel: a terminal, a timer, a fault.
    Kernel,
    /// init by its own doing, such as SIGPIPE for a write to stderr.
    Init,
}

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Reap all children that have ended.
    Drain,
    /// Pass a signal on.
    Forward(Signal),
    /// A child that is not the main one was reaped: tell who wants to know.
    Reaped(Pid, Ended),
    /// Exit with the main child's status.
    Exit(Ended),
}

impl State {
    /// What comes next.
    pub fn after(self, event: Event, main: Pid) -> (State, Action) {
        let action = match event {
            Event::Signal(Signal::CHLD, _) => Action::Drain,
            Event::Signal(signal, sender) if !forwardable(signal, sender) => Action::Nothing,
            Event::Signal(signal, _) => match self {
                State::Running => Action::Forward(signal),
                // There is nobody left to get it.
                State::MainEnded(_) | State::Over(_) => Action::Nothing,
            },
            Event::Child(pid, Change::Ended(ended)) => match self {
                State::Running if pid == main => {
                    return (State::MainEnded(ended), Action::Nothing);
                }
                _ => Action::Reaped(pid, ended),
            },
            // Stopped is not dead.
            Event::Child(_, Change::Stopped(_) | Change::Continued) => Action::Nothing,
            Event::Drained => match self {
                State::MainEnded(ended) => return (State::Over(ended), Action::Exit(ended)),
                State::Running | State::Over(_) => Action::Nothing,
            },
            Event::Woken => Action::Nothing,
        };
        (self, action)
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
