//! The terminal of the session: who has the foreground, and who gets it.
//!
//! In: a descriptor of the terminal, and the main child, whose pid is also the number of its
//! group. Out: plain answers. No errno is fatal: a terminal can hang up at any time, and the
//! app goes on then. TTOU is blocked, so that all of this works from the background.

use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::sys::signal::killpg;
use nix::unistd::{Pid, getpgrp, getpid, getsid, read, setpgid, tcgetpgrp, tcsetpgrp};

use crate::messages::{self, Notice};
use crate::namespaces::Namespaces;
use crate::signals::Signal;
use crate::sys::{self, STDIN};

/// Whose process group is the foreground one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// init's own, which the shell takes for the job.
    Ours,
    /// The main child's.
    Main,
    /// Somebody else's.
    Other,
    /// There is no terminal that could stop or continue anybody.
    Nobody,
}

/// Is stdin a terminal whose foreground process group is ours?
pub fn is_foreground() -> bool {
    tcgetpgrp(STDIN).is_ok_and(|group| is_ours(STDIN, group))
}

/// Who has the foreground of `terminal`?
pub fn holder(terminal: BorrowedFd<'_>, main: Pid) -> Holder {
    match tcgetpgrp(terminal) {
        Ok(group) if group == main => Holder::Main,
        Ok(group) if is_ours(terminal, group) => Holder::Ours,
        Ok(_) => Holder::Other,
        Err(_) => Holder::Nobody,
    }
}

/// Is `group`, the foreground one of `terminal`, ours?
fn is_ours(terminal: BorrowedFd<'_>, group: Pid) -> bool {
    if group != getpgrp() {
        return false;
    }
    // All groups outside our PID namespace have the number 0. Only the foreground group may
    // read; with TTIN blocked, another group gets EIO (termios(3)).
    group.as_raw() != 0 || read(terminal, &mut []).is_ok()
}

/// Makes `group` the foreground one.
pub fn give(terminal: BorrowedFd<'_>, group: Pid) {
    // EIO, ENOTTY: hung up. EPERM, ESRCH: the group is gone, or left our session.
    let _ = tcsetpgrp(terminal, group);
}

/// Makes our group the foreground one again, if the main child's group is, or a group that
/// is gone.
pub fn take_back(terminal: BorrowedFd<'_>, main: Pid) {
    // Group 0 is outside our PID namespace. Group 1 is PID 1's, which is never gone; to
    // kill(2) its number would mean everybody.
    let is_free = |group: Pid| {
        group == main || (group.as_raw() > 1 && killpg(group, None) == Err(Errno::ESRCH))
    };
    if tcgetpgrp(terminal).is_ok_and(is_free) {
        give(terminal, getpgrp());
    }
}

/// Makes stdin the controlling terminal of our new session, where that is possible.
pub fn control() {
    // EPERM: another session has it, as on a shell. ENOTTY: it is no terminal.
    let _ = sys::take_terminal(STDIN);
}

/// Gives up stdin as controlling terminal, if we lead its session, so that the main child's
/// session can have it.
pub fn give_up() {
    if getsid(None) != Ok(getpid()) {
        return;
    }
    // The kernel treats this as a hang-up and sends HUP and CONT to the foreground group.
    // The same signals from others, sent at that moment, would merge with these.
    let foreground = is_foreground();
    if foreground {
        leave_foreground();
    }
    if sys::give_up_terminal(STDIN).is_ok() && foreground {
        messages::log(&Notice::HandOff(Signal::HUP));
        messages::log(&Notice::HandOff(Signal::CONT));
    }
}

/// Makes a group the foreground one that has no process any more.
fn leave_foreground() {
    let own = Pid::from_raw(0);
    let child = sys::vfork(Namespaces::default(), &mut || {
        if setpgid(own, own).is_ok() {
            give(STDIN, getpid());
        }
        0
    });
    // Without the child, HUP and CONT come and are dropped, as if init had sent them.
    if let Ok(child) = child {
        sys::reap(child);
    }
}
