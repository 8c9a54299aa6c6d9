//! The terminal of the session: who has the foreground, and who gets it.
//!
//! In: a descriptor of the terminal, and the main child, whose pid is its group's
//! number. Out: plain answers. No errno is fatal here: a terminal can be hung up at any
//! time, and the app would go on too. TTOU is blocked, so all of this works from the
//! background.

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
    /// init's own: the shell thinks of it as the job.
    Ours,
    /// The main child's.
    Main,
    /// Somebody else's.
    Other,
    /// There is no terminal that could stop or continue anyone.
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
    // All groups outside our PID namespace have the number 0. But only the foreground
    // group may read, and TTIN is blocked: another one is told EIO (termios(3)).
    group.as_raw() != 0 || read(terminal, &mut []).is_ok()
}

/// Makes `group` the foreground one.
pub fn give(terminal: BorrowedFd<'_>, group: Pid) {
    // EIO, ENOTTY: hung up. EPERM, ESRCH: the group is gone, or left our session.
    let _ = tcsetpgrp(terminal, group);
}

/// Makes our group the foreground one again, if the main child's group still is, or one
/// that is gone and has no more use for it.
pub fn take_back(terminal: BorrowedFd<'_>, main: Pid) {
    // 0 is a group outside our PID namespace, and to kill(2) -1 is everybody, not PID 1's
    // group, which is there as long as the namespace.
    let is_free = |group: Pid| {
        group == main || (group.as_raw() > 1 && killpg(group, None) == Err(Errno::ESRCH))
    };
    if tcgetpgrp(terminal).is_ok_and(is_free) {
        give(terminal, getpgrp());
    }
}

/// In a new session: makes stdin the controlling terminal, where that is possible.
pub fn control() {
    // EPERM: it is that of another session, as on a shell. ENOTTY: it is no terminal.
    let _ = sys::take_terminal(STDIN);
}

/// Gives up stdin as controlling terminal, if we lead its session: only then can the
/// main child's session have it.
pub fn give_up() {
    if getsid(None) != Ok(getpid()) {
        return;
    }
    // The kernel takes that for a hang-up and tells the foreground group, with HUP and CONT
    // that could hide those that others send us at that moment.
    let foreground = is_foreground();
    if foreground {
        leave_foreground();
    }
    if sys::give_up_terminal(STDIN).is_ok() && foreground {
        messages::log(&Notice::HandOff(Signal::HUP));
        messages::log(&Notice::HandOff(Signal::CONT));
    }
}

/// Makes a group the foreground one that nobody is in.
fn leave_foreground() {
    let own = Pid::from_raw(0);
    let child = sys::vfork(Namespaces::default(), &mut || {
        if setpgid(own, own).is_ok() {
            give(STDIN, getpid());
        }
        0
    });
    // Without such a child HUP and CONT come, and are dropped: as if from ourselves.
    if let Ok(child) = child {
        sys::reap(child);
    }
}
