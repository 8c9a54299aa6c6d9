//! Signals on their way out: to the main child, its group, all, or the survivors.
//!
//! In: a signal and for whom. Out: nothing; what cannot be delivered is said and passed
//! over. As PID 1 the kernel reaches everybody at once with kill(-1); elsewhere that
//! would be the whole machine, so the descendants are looked up in `/proc`.

use std::fmt::Write;
use std::time::Duration;

use log::warn;
use nix::errno::Errno;
use nix::unistd::Pid;

use super::Role;
use super::pids::Pids;
use super::policy::Audience;
use super::procfs::{self, Held};
use super::report::Report;
use crate::config::{Config, ForwardTo};
use crate::logger::{Length, Printable};
use crate::signals::Signal;
use crate::sys::{self, SigInfo};

/// As kill(2) has it: every process but init and ourselves.
const EVERYBODY: Pid = Pid::from_raw(-1);

/// Knows who is who.
pub struct Deliverer {
    main: Pid,
    forward_to: ForwardTo,
    /// The main child is an init as well, and knows by itself whom a signal is for.
    outer: bool,
    /// init is PID 1, so everybody it can see is its own.
    first: bool,
}

impl Deliverer {
    /// For the main child that `config` had started, and init's own number.
    pub fn new(own: Pid, main: Pid, role: Role, config: &Config) -> Deliverer {
        Deliverer {
            main,
            forward_to: config.forward_to,
            outer: matches!(role, Role::Outer { .. }),
            first: own.as_raw() == 1,
        }
    }

    /// Sends `signal`; with `info`, all that came with it.
    pub fn send(&self, signal: Signal, audience: Audience, info: Option<&SigInfo>) {
        let sent = match (audience, self.forward_to) {
            _ if self.outer => self.to_main(signal, info),
            (Audience::Main, _) | (Audience::Forwarded, ForwardTo::Main) => {
                self.to_main(signal, info)
            }
            (Audience::Forwarded | Audience::Parting, ForwardTo::Group) => {
                self.to_group(signal, info)
            }
            (Audience::Job, ForwardTo::Main | ForwardTo::Group) => {
                match self.to_group(signal, info) {
                    // It has left the group that it was started with.
                    Err(Errno::ESRCH) => self.to_main(signal, info),
                    sent => sent,
                }
            }
            // The main child is gone, and its number is free for others.
            (Audience::Parting, ForwardTo::Main) => Ok(()),
            (Audience::Forwarded | Audience::Job | Audience::Parting, ForwardTo::All)
            | (Audience::Survivors, _) => self.to_everybody(signal, info),
        };
        match sent {
            // Gone already, and about to be reaped.
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(errno) => warn!("send {signal}: {}", errno.desc()),
        }
    }

    fn to_main(&self, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
        match info.map(|info| sys::queue(self.main, signal, info)) {
            // No room in the queue: without its value is better than not at all.
            None | Some(Err(Errno::EAGAIN)) => sys::kill(self.main, signal),
            Some(sent) => sent,
        }
    }

    fn group(&self) -> Pid {
        Pid::from_raw(-self.main.as_raw())
    }

    fn to_group(&self, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
        // There is no sigqueue(3) for groups.
        let one_by_one = info.map(|info| {
            procfs::each(|held| {
                if held.process.group == self.main {
                    send_to(held, signal, Some(info));
                }
            })
        });
        match one_by_one {
            Some(Ok(())) => Ok(()),
            None | Some(Err(_)) => sys::kill(self.group(), signal),
        }
    }

    fn to_everybody(&self, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
        if self.first && info.is_none() {
            return sys::kill(EVERYBODY, signal);
        }
        match self.each(|held| send_to(held, signal, info)) {
            Ok(()) => Ok(()),
            Err(_) => sys::kill(self.without_proc(), signal),
        }
    }

    /// Everybody else, one by one.
    fn each(&self, visit: impl FnMut(&Held)) -> Result<(), Errno> {
        if self.first { procfs::each(visit) } else { procfs::each_descendant(visit) }
    }

    /// Whom a single kill(2) reaches when nobody can be looked up.
    fn without_proc(&self) -> Pid {
        if self.first { EVERYBODY } else { self.group() }
    }

    /// Are there processes that nobody will tell us the end of?
    pub fn sees_strangers(&self) -> bool {
        self.first && sys::probe(EVERYBODY)
    }

    /// Tells the report who there is besides init.
    pub fn note_survivors(&self, report: &mut Report) {
        let found = self.each(|held| {
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
        for _ in 0..KILL_ROUNDS {
            let mut new = false;
            found = self.each(|held| new |= kill(held, &mut names, report));
            if !new {
                break;
            }
        }
        names.print();
        if found.is_err() {
            warn!("kill after the grace period of {}: no /proc, so no names", Length(after));
        }
        if self.first || found.is_err() {
            let _ = sys::kill(self.without_proc(), Signal::KILL);
        }
    }
}

/// Looks for the ones that were born during the last look: after a round that finds none
/// there are none, for a killed process makes no more. A bomb may need many.
const KILL_ROUNDS: u32 = 16;

/// Kills a process; says if that is news.
fn kill(held: &Held, names: &mut Names, report: &mut Option<&mut Report>) -> bool {
    /// Who was killed already and is still busy dying, or may not be killed by us.
    static SEEN: Pids = Pids::new();
    let process = &held.process;
    if process.dying() {
        return false;
    }
    let sent = held.send(Signal::KILL, None);
    if sent == Err(Errno::ESRCH) || !SEEN.insert(process.pid) {
        return false;
    }
    match sent {
        Ok(()) => {
            names.add(held);
            if let Some(report) = report {
                report.killed(process);
            }
        }
        Err(errno) => refused(Signal::KILL, process.pid, errno),
    }
    true
}

fn refused(signal: Signal, pid: Pid, errno: Errno) {
    warn!("send {signal} to {pid}: {}", errno.desc());
}

fn send_to(held: &Held, signal: Signal, info: Option<&SigInfo>) {
    match held.send(signal, info) {
        Ok(()) | Err(Errno::ESRCH) => {}
        Err(errno) => refused(signal, held.process.pid, errno),
    }
}

/// Room for names on one line; the logger's line has more, for what stands before them.
const NAMES_MAX: usize = 800;

/// Processes to be named: on one line, or on several when they are many.
struct Names {
    after: Duration,
    text: [u8; NAMES_MAX],
    len: usize,
}

impl Names {
    fn new(after: Duration) -> Names {
        Names { after, text: [0; NAMES_MAX], len: 0 }
    }

    fn add(&mut self, held: &Held) {
        // A number and a name of 64 bytes, three of each at the worst for UTF-8.
        if self.len + 240 > NAMES_MAX {
            self.print();
        }
        let comma = if self.len == 0 { "" } else { ", " };
        let process = &held.process;
        let _ = write!(self, "{comma}{} ({})", process.pid, Printable(process.name()));
    }

    fn print(&mut self) {
        let text = self.text.get(..self.len).unwrap_or_default();
        if !text.is_empty() {
            warn!("killed after the grace period of {}: {}", Length(self.after), Printable(text));
        }
        self.len = 0;
    }
}

impl Write for Names {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        let place = self.text.get_mut(self.len..end).ok_or(std::fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
