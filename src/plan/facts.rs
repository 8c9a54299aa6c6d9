//! What was looked up once, at start, of the process that init is. Plain data.

use nix::unistd::Pid;

use crate::signals::SignalSet;

/// The facts that every plan depends on.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// init's number, as init itself sees it.
    pub own: Pid,
    /// The signal mask that init was started with.
    pub mask: SignalSet,
    /// SIGCHLD was ignored when init was started.
    pub child_ignored: bool,
    /// stdin is a terminal, and our process group is its foreground group.
    pub foreground: bool,
}
