//! What can happen to init, as the policy has it. Plain data.

use nix::unistd::Pid;

use crate::signals::Signal;
use crate::sys::Change;
use crate::terminal::Holder;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A signal was taken.
    Signal(Signal, Sender),
    /// A child changed, and was reaped if it ended.
    Child(Pid, Change),
    /// The main child was stopped: by this signal, while the foreground was this one's,
    /// and can there be a shell to stop for? As PID 1 there is none.
    Stopped(Signal, Holder, bool),
    /// init was to stop for its shell by this signal, and runs without a CONT, while the
    /// foreground is this one's.
    NotSuspended(Signal, Holder),
    /// A process of init's own group, a pipeline's, was refused the terminal: the kernel
    /// sent this signal to the group, while the foreground was this one's.
    Refused(Signal, Holder),
    /// No child is left that has changed; what is left was looked at.
    Drained(Left),
    /// The wait ended and nothing had happened, but perhaps something is due.
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

/// Which processes are left besides init.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// None.
    Nobody,
    /// Children of init: SIGCHLD will tell when they end.
    Children,
    /// Only processes with a parent outside, as `docker exec` makes them.
    Outsiders,
}
