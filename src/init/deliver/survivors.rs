//! Those who have outlived the main child: found, told to end, and killed.

use std::time::Duration;

use log::warn;
use nix::errno::Errno;
use nix::sys::signal;
use nix::unistd::{Pid, getpgid};

use super::names::Names;
use super::{Deliverer, EVERYBODY, refused, send_held, send_to};
use crate::init::pids::Pids;
use crate::init::procfs::{ALL, Held};
use crate::init::report::Report;
use crate::namespaces::Namespaces;
use crate::signals::Signal;
use crate::sys::{self, SigInfo};
use crate::text::HumanDuration;

/// Looks for the ones that were born during the last look: after a round that finds none
/// there are none, for a killed process makes no more. A bomb may need many.
const KILL_ROUNDS: u32 = 16;
/// The kernel's highest numbers of processes: by default, and on 64 bits at all.
const PID_MAX: [i32; 2] = [1 << 15, 1 << 22];

/// Who has been told to end, or was there when all were.
static NOTIFIED: Pids = Pids::new();

/// Who was killed already and is still busy dying, or may not be killed by us.
static KILLED: Pids = Pids::new();

impl Deliverer {
    /// Sends `signal` to everybody who is left.
    pub(super) fn to_survivors(&self, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
        if !signal.ends() {
            return self.to_everybody(signal, info);
        }
        // Who is born from now on is a newcomer, perhaps one that helps to end.
        if self.first {
            // A look at the number is enough.
            let mark = |pid| {
                NOTIFIED.insert(pid);
                false
            };
            let _ = self.each(&mark, &mut |_| {});
        } else {
            let looked = self.each(ALL, &mut |held| {
                NOTIFIED.insert(held.process.pid);
            });
            if looked.is_err() {
                return self.without_proc(signal);
            }
        }
        if self.first && info.is_none() {
            return sys::kill(EVERYBODY, signal);
        }
        let told =
            self.each(&|pid| NOTIFIED.contains(pid), &mut |held| send_to(held, signal, info));
        told.or_else(|_| self.without_proc(signal))
    }

    /// Tells those that were born since the others were told, and have nobody else who
    /// would: their parents are gone, or were never here.
    pub fn notify_newcomers(&self) {
        let found = self.each(&|pid| !NOTIFIED.contains(pid), &mut |held| {
            let Held { process, .. } = held;
            let alone = process.parent == self.own || process.parent.as_raw() == 0;
            if alone && !process.dying() && NOTIFIED.insert(process.pid) {
                send_to(held, Signal::TERM, None);
                send_to(held, Signal::CONT, None);
            }
        });
        if found.is_err() && !self.first {
            for child in self.children().filter(|child| NOTIFIED.insert(*child)) {
                let _ = sys::kill(child, Signal::TERM);
                let _ = sys::kill(child, Signal::CONT);
            }
        }
    }

    /// Sends to everybody as PID 1, else to the main child's group and to all others that
    /// are children by now.
    pub(super) fn without_proc(&self, signal: Signal) -> Result<(), Errno> {
        if self.first {
            return sys::kill(EVERYBODY, signal);
        }
        let sent = sys::kill(self.group(), signal);
        for child in self.children() {
            if signal.ends() {
                NOTIFIED.insert(child);
            }
            let _ = sys::kill(child, signal);
        }
        sent
    }

    /// Children outside of the main child's group, by trying every number.
    fn children(&self) -> impl Iterator<Item = Pid> {
        let numbers = (2..=self.highest()).map(Pid::from_raw);
        numbers.filter(|pid| sys::is_child(*pid) && getpgid(Some(*pid)) != Ok(self.main))
    }

    /// The highest number that a child can have. Numbers are handed out in turn, so a
    /// new process tells how far they have come.
    fn highest(&self) -> i32 {
        let newest = sys::vfork(Namespaces::NONE, &mut || 0).map_or(0, |pid| {
            sys::reap(pid);
            pid.as_raw()
        });
        let main = self.main.as_raw();
        let [default, most] = PID_MAX;
        if newest > main || main <= default { newest.max(default) } else { most }
    }

    /// Are there processes that nobody will tell us the end of?
    pub fn sees_outsiders(&self) -> bool {
        self.first && is_there(EVERYBODY)
    }

    /// Tells the report who there is besides init.
    pub fn note_survivors(&self, report: &mut Report) {
        let found = self.each(ALL, &mut |held| {
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
        let mut names = Names::new(after);
        let mut found = Ok(());
        for round in 0..KILL_ROUNDS {
            let mut new = false;
            let wanted = |pid| round == 0 || !KILLED.contains(pid);
            found = self.each(&wanted, &mut |held| new |= kill(held, &mut names, report));
            if !new {
                break;
            }
        }
        names.print();
        if let Err(errno) = found
            && !self.nameless.replace(true)
        {
            let (after, why) = (HumanDuration(after), sys::describe(errno));
            warn!("kill after the grace period of {after}: no names from /proc: {why}");
        }
        if self.first || found.is_err() {
            let _ = self.without_proc(Signal::KILL);
        }
    }
}

/// Is there a process that `pid`, in the sense of kill(2), names?
fn is_there(pid: Pid) -> bool {
    matches!(signal::kill(pid, None), Ok(()) | Err(Errno::EPERM))
}

/// Kills a process; says if that is news.
fn kill(held: &Held, names: &mut Names, report: &mut Option<&mut Report>) -> bool {
    let process = &held.process;
    if process.dying() {
        return false;
    }
    let sent = send_held(held, Signal::KILL, None);
    if sent == Err(Errno::ESRCH) || !KILLED.insert(process.pid) {
        return false;
    }
    match sent {
        Ok(()) => {
            names.add(process);
            if let Some(report) = report {
                report.killed(process);
            }
        }
        Err(errno) => refused(Signal::KILL, process.pid, errno),
    }
    true
}
