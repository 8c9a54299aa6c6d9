//! Job control: init stands for the main child in the shell's job.
//!
//! The shell waits for init and its process group; the main child has a group of its
//! own. What the terminal does to that group has to happen to init's group as well, and
//! the other way round. Decides nothing (that is `policy`).

use std::os::fd::{AsFd, BorrowedFd};

use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, getpid, tcgetpgrp};

use super::policy::StopTarget;
use super::procfs;
use crate::signals::{Signal, SignalSet};
use crate::sys::{self, STDIN};
use crate::terminal::{self, Holder};

/// kill(2)'s name for our own process group.
const OWN_GROUP: Pid = Pid::from_raw(0);

/// The main child's terminal, as init sees it.
pub struct Job {
    main: Pid,
    /// stdin is the terminal, and kept open to hand it back.
    kept: bool,
    /// The main child was given the foreground.
    given: bool,
}

impl Job {
    /// `foreground`: the main child was given the foreground, on stdin, at its start.
    pub fn new(main: Pid, foreground: bool) -> Job {
        Job { main, kept: foreground, given: foreground }
    }

    /// Of a main child's group that is not known yet.
    pub const UNKNOWN: Pid = Pid::from_raw(-1);

    /// The app's group, if that has the foreground of stdin: a child of `inner` leads it.
    /// A shell may take the foreground back at any time, for another of a pipeline.
    pub fn foreground_below(inner: Pid) -> Pid {
        let of_inner = |group: &Pid| procfs::find(*group).is_some_and(|one| one.parent == inner);
        tcgetpgrp(STDIN).ok().filter(of_inner).unwrap_or(Job::UNKNOWN)
    }

    /// Looks for the app's group where it is not known: that of a stopped child of
    /// `inner`, which leads it.
    pub fn find_group(&mut self, inner: Pid) {
        if self.main != Job::UNKNOWN {
            return;
        }
        // Without a /proc it stays unknown, and nobody gets the terminal.
        let _ = procfs::each(procfs::ALL, &mut |held| {
            let process = &held.process;
            let leads = process.parent == inner && process.group == process.pid;
            if self.main == Job::UNKNOWN && leads && process.stopped() {
                self.main = process.pid;
            }
        });
    }

    /// The descriptor that is kept, for who closes all others.
    pub fn descriptor(&self) -> Option<BorrowedFd<'static>> {
        self.kept.then_some(STDIN)
    }

    /// Who has the foreground?
    pub fn holder(&self) -> Holder {
        self.on_terminal(|fd| terminal::holder(fd, self.main)).unwrap_or(Holder::Nobody)
    }

    /// The main child gets the foreground if we have it.
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

    /// We get the foreground back if the main child has it.
    pub fn take_back(&self) {
        if self.given {
            self.on_terminal(|fd| terminal::take_back(fd, self.main));
        }
    }

    /// Continues the others of our group, which the terminal has stopped.
    pub fn wake(&self) {
        let _ = sys::kill(OWN_GROUP, Signal::CONT);
    }

    /// Stops init or its whole group, as the terminal would, and returns when it is
    /// continued; false when the kernel did not stop us.
    pub fn suspend(&self, signal: Signal, whom: StopTarget) -> bool {
        // To stop would throw a waiting CONT away (signal(7)), and with it the sender's
        // wish that we run.
        if sys::pending_signals().contains(Signal::CONT) {
            return true;
        }
        let whom = match whom {
            StopTarget::Init => getpid(),
            StopTarget::Group => OWN_GROUP,
        };
        let _ = sys::kill(whom, signal);
        // Blocked so far, it acts here. The kernel drops it when no shell could continue
        // the group (it is orphaned, setpgid(2)), and for PID 1.
        sys::set_signal_mask(SignalSet::all_but(signal));
        sys::set_signal_mask(SignalSet::ALL);
        sys::pending_signals().contains(Signal::CONT)
    }

    /// The controlling terminal: stdin if that is it, else by its name, for as long as
    /// it is needed. init holds nothing open that it need not.
    fn on_terminal<T>(&self, act: impl FnOnce(BorrowedFd<'_>) -> T) -> Option<T> {
        if self.kept {
            return Some(act(STDIN));
        }
        let flags = OFlag::O_RDONLY | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let fd = open(c"/dev/tty", flags, Mode::empty()).ok()?;
        Some(act(fd.as_fd()))
    }
}
