//! Those who have outlived the main child: found, asked to end, and killed.

use std::cell::Cell;
use std::time::Duration;

use log::warn;
use nix::errno::Errno;
use nix::sys::signal;
use nix::unistd::Pid;

use super::names::{Lead, Names};
use super::{Deliverer, EVERYBODY, send_held, send_to};
use crate::init::event_loop::now;
use crate::init::pids::Pids;
use crate::init::policy::Scope;
use crate::init::procfs::{self, ALL, Extent, Held, Process, Reach};
use crate::init::report::Report;
use crate::signals::Signal;
use crate::sys::{self, SigInfo};
use crate::text::HumanDuration;

/// Rounds of SIGKILL: each catches what was forked during the one before; a round that finds
/// nobody is the last. A fork bomb may need many.
const KILL_ROUNDS: u32 = 16;
/// After so long there is no other round, so that init looks for signals and reaps.
const KILLING_MAX: Duration = Duration::from_millis(100);

/// In the machine's own PID namespace.
const KTHREADD: Pid = Pid::from_raw(2);

/// Processes that were asked to end.
pub(super) static NOTIFIED: Pids = Pids::new();
/// Processes that init may not signal. It does not wait for them.
pub(super) static REFUSED: Pids = Pids::new();
/// Processes that were killed and may still be dying.
static KILLED: Pids = Pids::new();
/// Processes seen by this look.
static SEEN: Pids = Pids::new();

/// A process was reaped: its number may come again.
pub fn forget(pid: Pid) {
    for set in [&NOTIFIED, &REFUSED, &KILLED] {
        set.remove(pid);
    }
}

/// One look at the survivors: what it has seen so far.
pub(super) struct Look {
    /// Processes that init waits for are there.
    waits: Cell<bool>,
    /// Processes that init may not signal are there.
    refused: Cell<bool>,
}

impl Look {
    pub(super) fn begin() -> Look {
        SEEN.clear();
        Look { waits: Cell::new(false), refused: Cell::new(false) }
    }

    /// Notes a process that is there.
    pub(super) fn note(&self, pid: Pid) {
        SEEN.insert(pid);
        let kind = if REFUSED.contains(pid) { &self.refused } else { &self.waits };
        kind.set(true);
    }

    /// Forgets the processes that are gone; says whether only processes are left that init
    /// may not signal.
    pub(super) fn end(&self, extent: Extent) -> bool {
        if extent == Extent::Part {
            return false;
        }
        for set in [&NOTIFIED, &REFUSED, &KILLED] {
            set.retain(&SEEN);
        }
        self.refused.get() && !self.waits.get()
    }
}

impl Deliverer {
    /// Asks the processes of `scope` to end that have not been asked yet.
    pub fn notify(&self, scope: Scope) {
        let look = Look::begin();
        let mut refused = Names::new(Lead::Refused);
        let wanted = |pid| {
            let known = NOTIFIED.contains(pid);
            if known {
                look.note(pid);
            }
            !known
        };
        let found = self.each(Reach::Some, &wanted, &mut |held| {
            let process = &held.process;
            if process.dying() {
                return;
            }
            if self.is_in(scope, process) && NOTIFIED.insert(process.pid) {
                ask(held, Signal::TERM, None, true, &mut refused);
            }
            look.note(process.pid);
        });
        refused.print();
        match found {
            Ok(extent) => self.untouchable.set(look.end(extent)),
            Err(_) => self.notify_without_proc(scope),
        }
    }

    fn is_in(&self, scope: Scope, process: &Process) -> bool {
        let child = process.parent == self.own;
        // Numbers are handed out in turn: a smaller one is older, unless they began anew.
        let older = child && process.pid < self.main;
        let root = child || process.parent.as_raw() == 0;
        match scope {
            Scope::Roots => root && !older,
            Scope::AllRoots => root,
            Scope::Everybody => true,
        }
    }

    /// Sends `signal` to everybody who is left. `wake`: processes that are asked to end by
    /// it for the first time get CONT and HUP after it.
    pub(super) fn to_survivors(
        &self,
        signal: Signal,
        info: Option<&SigInfo>,
        wake: bool,
    ) -> Result<(), Errno> {
        if !signal.ends() {
            return self.to_everybody(signal, info);
        }
        let look = Look::begin();
        let mut refused = Names::new(Lead::Refused);
        let found = self.each(Reach::All, ALL, &mut |held| {
            if !held.process.dying() {
                let first_time = NOTIFIED.insert(held.process.pid);
                ask(held, signal, info, wake && first_time, &mut refused);
                look.note(held.process.pid);
            }
        });
        refused.print();
        match found {
            Ok(extent) => {
                self.untouchable.set(look.end(extent));
                Ok(())
            }
            Err(_) => self.without_proc(signal),
        }
    }

    /// Are there processes left that no signal tells of? A machine's own PID 1 has none: all but the
    /// kernel's threads, of which kthreadd is the first, descend from it.
    pub fn sees_outsiders(&self) -> bool {
        let of_machine = || procfs::find(KTHREADD).is_some_and(|process| process.is_of_kernel());
        self.first && is_there(EVERYBODY) && !of_machine()
    }

    /// Are there, as far as the last look tells, only processes left that init may not
    /// signal?
    pub fn sees_only_untouchable(&self) -> bool {
        self.untouchable.get()
    }

    /// Tells the report who there is besides init.
    pub fn note_survivors(&self, report: &mut Report) {
        let found = self.each(Reach::Some, ALL, &mut |held| {
            if !held.process.dying() {
                report.survivor(&held.process);
            }
        });
        if found.is_err() {
            report.survivors_unknown();
        }
    }

    /// Kills everybody who is left, and names whom it killed.
    pub fn kill_survivors(&self, after: Duration, report: &mut Option<&mut Report>) {
        let look = Look::begin();
        let mut killed = Names::new(Lead::Killed(after));
        let mut refused = Names::new(Lead::Refused);
        let (began, mut found) = (now(), Ok(Extent::Whole));
        for _ in 0..KILL_ROUNDS {
            let mut new = false;
            let wanted = |pid| !SEEN.contains(pid);
            found = self.each(Reach::Some, &wanted, &mut |held| {
                if kill(held, &mut refused) {
                    killed.add(&held.process);
                    if let Some(report) = report {
                        report.killed(Some(&held.process));
                    }
                    new = true;
                }
                look.note(held.process.pid);
            });
            if !new || now().since(began) >= KILLING_MAX {
                break;
            }
        }
        killed.print();
        refused.print();
        match found {
            Ok(extent) => self.untouchable.set(look.end(extent)),
            Err(errno) => self.warn_nameless(after, errno),
        }
        if self.first || found.is_err() {
            self.kills_unseen.set(true);
            let _ = self.without_proc(Signal::KILL);
        }
    }

    /// A process was reaped that was killed. Was it one that no look has named?
    pub fn note_killed(&self, pid: Pid) -> bool {
        let unnamed = self.kills_unseen.get() && !KILLED.contains(pid);
        self.unnamed.set(self.unnamed.get() + u32::from(unnamed));
        unnamed
    }

    /// Says how many were killed that no look has named: they were born after it.
    pub fn warn_unnamed(&self, after: Duration) {
        let after = HumanDuration(after);
        match self.unnamed.take() {
            0 => {}
            _ if self.nameless.get() => {}
            1 => warn!("killed after the grace period of {after}: 1 process without a name"),
            n => warn!("killed after the grace period of {after}: {n} processes without a name"),
        }
    }

    fn warn_nameless(&self, after: Duration, errno: Errno) {
        if !self.nameless.replace(true) {
            let (after, why) = (HumanDuration(after), sys::describe(errno));
            warn!("kill after the grace period of {after}: no names from /proc: {why}");
        }
    }
}

/// Is there a process that `pid`, in the sense of kill(2), names?
pub fn is_there(pid: Pid) -> bool {
    signal::kill(pid, None).map_or_else(is_refusal, |()| true)
}

/// Did the kernel refuse a signal? EPERM is for another user's process; AppArmor and SELinux answer
/// EACCES.
pub(super) fn is_refusal(errno: Errno) -> bool {
    matches!(errno, Errno::EPERM | Errno::EACCES)
}

/// Asks a process to end. `wake`: it gets CONT, because a stopped process cannot act on the
/// signal, and HUP if it has a controlling terminal, because interactive shells end on
/// nothing else.
fn ask(held: &Held, signal: Signal, info: Option<&SigInfo>, wake: bool, refused: &mut Names) {
    let process = &held.process;
    match send_held(held, signal, info) {
        Err(errno) if is_refusal(errno) => {
            if REFUSED.insert(process.pid) {
                refused.add(process);
            }
            return;
        }
        // Gone already.
        Ok(()) | Err(Errno::ESRCH) => {}
        Err(errno) => warn!("send {signal} to {}: {}", process.pid, sys::describe(errno)),
    }
    if wake {
        send_to(held, Signal::CONT, None);
        if process.has_terminal {
            send_to(held, Signal::HUP, None);
        }
    }
}

/// Kills a process; says if it did so for the first time.
fn kill(held: &Held, refused: &mut Names) -> bool {
    let process = &held.process;
    if process.dying() {
        return false;
    }
    match send_held(held, Signal::KILL, None) {
        Ok(()) => KILLED.insert(process.pid),
        Err(errno) if is_refusal(errno) => {
            if REFUSED.insert(process.pid) {
                refused.add(process);
            }
            false
        }
        // Gone already.
        Err(_) => false,
    }
}
