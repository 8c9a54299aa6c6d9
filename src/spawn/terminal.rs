//! The terminal of the session: who has the foreground, and who gets it.
//!
//! In: a descriptor of the terminal, and the main child, whose pid is its group's
//! number. Out: plain answers. No errno is fatal here: a terminal can be hung up at any
//! time, and the app would go on too. TTOU is blocked, so all of this works from the
//! background.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::killpg;
use nix::unistd::{Pid, getpgrp, getpid, getsid, read, tcgetpgrp, tcsetpgrp};

use crate::notices::{Notice, tell};
use crate::signals::{Signal, SignalSet};
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
    if getsid(None) != Ok(getpid()) || sys::give_up_terminal(STDIN).is_err() {
        return;
    }
    // The kernel takes that for a hang-up and says so to the foreground group, which we
    // may be in. The app is not to hear of it, but of what others sent before.
    for signal in [Signal::HUP, Signal::CONT] {
        let taken = sys::take_signal_of(SignalSet::only(signal), Some(Duration::ZERO));
        match taken {
            // The kernel says that we sent it ourselves.
            Ok(info) if info.code() == libc::SI_USER && info.sender() == getpid() => {
                tell(&Notice::HandOff(signal));
            }
            Ok(info) => drop(sys::queue(getpid(), signal, &info)),
            // None came.
            Err(_) => {}
        }
    }
}
