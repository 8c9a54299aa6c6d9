//! Job control: init stands for the main child in the shell's job.
//!
//! The shell waits for init and its process group; the main child has a group of its own.
//! What the terminal does to one group has to happen to the other too. `policy` decides
//! when; nothing is decided here. No errno is fatal.

use std::os::fd::{AsFd, BorrowedFd};

use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, getpgrp, getpid, tcgetpgrp};

use super::guard::TERMINAL;
use super::policy::StopTarget;
use super::procfs::{self, Reach};
use crate::signals::{Signal, SignalSet};
use crate::sys::{self, STDIN};
use crate::terminal::{self, Holder};

/// kill(2)'s name for our own process group.
const OWN_GROUP: Pid = Pid::from_raw(0);

/// The main child's terminal, as init sees it.
pub struct Job {
    main: Pid,
    /// stdin is the terminal, and stays open so that init can take the foreground back.
    kept: bool,
    /// The main child was given the foreground.
    given: bool,
}

impl Job {
    /// `foreground`: the main child was given the foreground of stdin at its start.
    pub fn new(main: Pid, foreground: bool) -> Job {
        Job { main, kept: foreground, given: foreground }
    }

    /// Stands for a group that is not known yet.
    pub const UNKNOWN: Pid = Pid::from_raw(-1);

    /// The app's group, if it has the foreground of stdin: its leader is a child of `inner`.
    /// It may have lost the foreground already, to another process of a pipeline.
    pub fn foreground_below(inner: Pid) -> Pid {
        let of_inner =
            |group: &Pid| procfs::find(*group).is_some_and(|leader| leader.parent == inner);
        tcgetpgrp(STDIN).ok().filter(of_inner).unwrap_or(Job::UNKNOWN)
    }

    /// Looks for the app's group where it is not known: a child of `inner` leads it, which `signal`
    /// has stopped.
    pub fn find_group(&mut self, inner: Pid, signal: Signal) {
        if self.main != Job::UNKNOWN {
            return;
        }
        let looked = procfs::each(Reach::All, procfs::ALL, &mut |held| {
            let process = &held.process;
            let leads = process.parent == inner && process.group == process.pid;
            if self.main == Job::UNKNOWN && leads && process.stopped() {
                self.main = process.pid;
            }
        });
        // Without a /proc that shows it: a key stops the group that has the foreground, and the app's
        // was given that. Any other group stays unknown, and does not get the terminal.
        if looked.is_err() && self.given && signal == Signal::TSTP {
            let is_other = |group: &Pid| group.as_raw() > 0 && *group != getpgrp();
            self.main = tcgetpgrp(STDIN).ok().filter(is_other).unwrap_or(self.main);
        }
    }

    /// The descriptor that is to stay open.
    pub fn descriptor(&self) -> Option<BorrowedFd<'static>> {
        self.kept.then_some(STDIN)
    }

    /// Who has the foreground.
    pub fn holder(&self) -> Holder {
        self.on_terminal(|fd| terminal::holder(fd, self.main)).unwrap_or(Holder::Nobody)
    }

    /// Gives the foreground to the main child if init has it.
    pub fn give(&mut self) {
        let main = self.main;
        let given = self.on_terminal(|fd| {
            let ours = terminal::holder(fd, main) == Holder::Ours;
            if ours {
                terminal::give(fd, main);
            }
            ours
        });
        self.given |= given == Some(true);
    }

    /// Takes the foreground back if the main child has it.
    pub fn take_back(&self) {
        if self.given {
            self.on_terminal(|fd| terminal::take_back(fd, self.main));
        }
    }

    /// Continues the other processes of init's group, which the terminal has stopped.
    pub fn wake(&self) {
        let _ = sys::kill(OWN_GROUP, Signal::CONT);
    }

    /// Stops init or its whole group, as the terminal would, and returns when it is
    /// continued; false when the kernel did not stop init.
    pub fn suspend(&self, signal: Signal, target: StopTarget) -> bool {
        // A stop would discard a CONT that is pending (signal(7)): its sender wants init to
        // run.
        let continued =
            || sys::pending_signals().is_ok_and(|pending| pending.contains(Signal::CONT));
        if continued() {
            return true;
        }
        let pid = match target {
            StopTarget::Init => getpid(),
            StopTarget::Group => OWN_GROUP,
        };
        let _ = sys::kill(pid, signal);
        // The signal was blocked and acts here. The kernel drops it for PID 1, and when no
        // shell could continue the group (an orphaned one, setpgid(2)).
        // Where a filter refuses the first call, init does not stop.
        if sys::set_signal_mask(SignalSet::all_but(signal)).is_ok() {
            let _ = sys::set_signal_mask(SignalSet::ALL);
        }
        // Where a filter hides that, the app is continued: better than to leave it stopped
        // where nobody continues it.
        continued()
    }

    /// Calls `act` with the controlling terminal: stdin, or else opened by its name for this
    /// one call.
    fn on_terminal<T>(&self, act: impl FnOnce(BorrowedFd<'_>) -> T) -> Option<T> {
        if self.kept {
            return Some(act(STDIN));
        }
        // The app may have bound something else there: without O_NONBLOCK, a FIFO would keep
        // init waiting. Whatever is no terminal answers ENOTTY to all that is asked of it.
        let flags = OFlag::O_RDONLY | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
        let terminal = || open(c"/dev/tty", flags, Mode::empty());
        let attempt = || {
            let _ = terminal().map(tcgetpgrp);
        };
        if !TERMINAL.answers(&attempt) {
            return None;
        }
        Some(act(terminal().ok()?.as_fd()))
    }
}
