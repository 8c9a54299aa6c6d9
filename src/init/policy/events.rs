//! What can happen to init, as the policy sees it. Plain data.

use nix::unistd::Pid;

use crate::signals::Signal;
use crate::sys::Change;
use crate::terminal::Holder;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A signal was taken.
    Signal(Signal, Sender),
    /// A child changed; one that has ended is reaped.
    Child(Pid, Change),
    /// This signal stopped the main child while this group had the foreground. The flag:
    /// can a shell continue init when init stops too? As PID 1 there is no shell.
    Stopped(Signal, Holder, bool),
    /// init tried to stop by this signal, and runs without having got a CONT, while this
    /// group has the foreground.
    NotSuspended(Signal, Holder),
    /// The kernel refused the terminal to a process of init's own group, a pipeline's, and
    /// sent this signal to the group, while this group had the foreground.
    Refused(Signal, Holder),
    /// Every child that had ended is reaped; these are left.
    Drained(Left),
    /// The wait is over without a signal; a deadline may have come.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Left {
    /// None.
    Nobody,
    /// Children of init: SIGCHLD will tell when they end.
    Children,
    /// Only processes with a parent outside, as `docker exec` makes them.
    Outsiders,
    /// Only processes that init may not signal.
    Untouchable,
}
