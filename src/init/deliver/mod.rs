//! Signals on their way out: to the main child, its group, everybody, or the survivors.
//!
//! In: a signal and its recipients. Out: nothing; a signal that cannot be delivered costs a
//! warning. As PID 1 the kernel reaches everybody at once with kill(-1); elsewhere that
//! would be the whole machine, so the descendants are looked up in `/proc`.

mod names;
mod survivors;
mod waiting;
mod without_proc;

use std::cell::Cell;

use log::warn;
use nix::errno::Errno;
use nix::unistd::Pid;

pub(super) use survivors::is_there;
pub(super) use without_proc::highest_number;

use super::pids::Pids;
use super::policy::Recipients;
use super::procfs::{self, ALL, Extent, Held, Reach, Wanted};
use crate::config::ForwardTo;
use crate::signals::{Signal, SignalSet};
use crate::sys::{self, SigInfo};

/// To kill(2) this is every process but init and the caller.
pub(super) const EVERYBODY: Pid = Pid::from_raw(-1);

/// Of the receivers of the last signal that was sent with a value, those whose queue is full.
static FULL: Pids = Pids::new();

/// Where the receivers are that are still to get a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The main child.
    Main,
    /// In the main child's group.
    Group,
    /// Anywhere.
    All,
}

/// Sends signals.
pub struct Deliverer {
    own: Pid,
    main: Pid,
    forward_to: ForwardTo,
    /// The main child is the app. Else it is an init too, and gets every signal: it knows
    /// whom the signal is for.
    has_app: bool,
    /// init is PID 1, so that every process it can see is its own.
    first: bool,
    /// At the last look only processes were left that init may not signal.
    untouchable: Cell<bool>,
    /// Without `/proc`: everybody was asked to end.
    all_notified: Cell<bool>,
    /// It was said that the killed have no names.
    nameless: Cell<bool>,
    /// Processes were killed without a look at each.
    kills_unseen: Cell<bool>,
    /// So many of them were reaped.
    unnamed: Cell<u32>,
}

impl Deliverer {
    /// For init, which is `own`, and its main child, which is the app or not.
    pub fn new(own: Pid, main: Pid, forward_to: ForwardTo, has_app: bool) -> Deliverer {
        Deliverer {
            own,
            main,
            forward_to,
            has_app,
            first: own.as_raw() == 1,
            untouchable: Cell::new(false),
            all_notified: Cell::new(false),
            nameless: Cell::new(false),
            kills_unseen: Cell::new(false),
            unnamed: Cell::new(0),
        }
    }

    /// Sends `signal`; with `info`, all that came with it. Returns who is still to get it, by
    /// [`Deliverer::send_rest`]: those whose queue is full.
    pub fn send(
        &self,
        signal: Signal,
        recipients: Recipients,
        info: Option<&SigInfo>,
    ) -> Option<Target> {
        if is_tracked(signal, info) {
            FULL.clear();
        }
        let (target, sent) = match (recipients, self.forward_to) {
            _ if !self.has_app => self.to_main(signal, info),
            (Recipients::Forwarded, ForwardTo::Main) => self.to_main(signal, info),
            (Recipients::Forwarded, ForwardTo::Group)
            | (Recipients::Job, ForwardTo::Main | ForwardTo::Group) => {
                match self.to_group(signal, info) {
                    // It has left the group that it was started with.
                    (_, Err(Errno::ESRCH)) => self.to_main(signal, info),
                    sent => sent,
                }
            }
            // The main child is gone, and its number is free for others.
            (Recipients::EndSignal, ForwardTo::Main) => (Target::Main, Ok(())),
            (Recipients::EndSignal, ForwardTo::Group) => self.to_group(signal, info),
            (Recipients::Forwarded | Recipients::Job | Recipients::EndSignal, ForwardTo::All) => {
                (Target::All, self.to_everybody(signal, info))
            }
            (Recipients::Survivors, _) => (Target::All, self.to_survivors(signal, info, false)),
            (Recipients::SurvivorsWoken, _) => (Target::All, self.to_survivors(signal, info, true)),
        };
        match sent {
            // Gone already, and about to be reaped.
            Ok(()) | Err(Errno::ESRCH) => None,
            Err(Errno::EAGAIN) => Some(target),
            Err(errno) => {
                warn!("send {signal}: {}", sys::describe(errno));
                None
            }
        }
    }

    /// Sends `signal` again to those of `target` whose queue was full. Returns `target` if
    /// there are still such.
    pub fn send_rest(&self, signal: Signal, info: &SigInfo, target: Target) -> Option<Target> {
        let full = |pid| FULL.contains(pid);
        let mut again = false;
        let mut visit = |held: &Held| again |= send_to(held, signal, Some(info));
        match target {
            Target::Main => {
                let sent = queue_or_kill(self.main, signal, Some(info));
                return (sent == Err(Errno::EAGAIN)).then_some(target);
            }
            Target::Group => {
                let _ = procfs::each(Reach::All, &full, &mut |held| {
                    if held.process.group == self.main {
                        visit(held);
                    }
                });
            }
            Target::All => {
                let _ = self.each(Reach::All, &full, &mut visit);
            }
        }
        again.then_some(target)
    }

    fn to_main(&self, signal: Signal, info: Option<&SigInfo>) -> (Target, Result<(), Errno>) {
        (Target::Main, queue_or_kill(self.main, signal, info))
    }

    fn group(&self) -> Pid {
        Pid::from_raw(-self.main.as_raw())
    }

    fn to_group(&self, signal: Signal, info: Option<&SigInfo>) -> (Target, Result<(), Errno>) {
        // There is no sigqueue(3) for groups.
        let (mut reached, mut full) = (false, false);
        if info.is_some() {
            let _ = procfs::each(Reach::All, ALL, &mut |held| {
                if held.process.group == self.main {
                    full |= send_to(held, signal, info);
                    reached = true;
                }
            });
        }
        let sent = match (full, reached) {
            (true, _) => Err(Errno::EAGAIN),
            (false, true) => Ok(()),
            (false, false) => sys::kill(self.group(), signal),
        };
        (Target::Group, sent)
    }

    fn to_everybody(&self, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
        if self.first && info.is_none() {
            return sys::kill(EVERYBODY, signal);
        }
        let mut full = false;
        match self.each(Reach::All, ALL, &mut |held| full |= send_to(held, signal, info)) {
            Ok(_) if full => Err(Errno::EAGAIN),
            Ok(_) => Ok(()),
            Err(_) => self.without_proc(signal),
        }
    }

    /// Every other process of init's that is wanted.
    fn each(
        &self,
        reach: Reach,
        wanted: Wanted<'_>,
        visit: &mut dyn FnMut(&Held),
    ) -> Result<Extent, Errno> {
        let each = if self.first { procfs::each } else { procfs::each_descendant };
        each(reach, wanted, visit)
    }
}

/// Sends `signal` to a process, with everything in `info` if there is one. When a filter
/// refuses that, sends it without: better than not at all.
///
/// # Errors
/// EAGAIN when the receiver's queue is full, which is for real-time signals only: the kernel
/// sends others without what is in `info`.
fn queue_or_kill(pid: Pid, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
    match info.map(|info| sys::queue(pid, signal, info)) {
        Some(sent @ (Ok(()) | Err(Errno::ESRCH | Errno::EAGAIN))) => sent,
        None | Some(Err(_)) => sys::kill(pid, signal),
    }
}

/// The same, to a process that is held.
fn send_held(held: &Held, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
    match sys::pidfd_send(held.directory(), signal, info) {
        // Linux before 5.1, or a filter made for it, which may say EPERM as well.
        Err(Errno::ENOSYS | Errno::EBADF | Errno::EPERM) => {
            queue_or_kill(held.process.pid, signal, info)
        }
        sent => sent,
    }
}

/// Sends to one of several receivers; says whether its queue is full.
fn send_to(held: &Held, signal: Signal, info: Option<&SigInfo>) -> bool {
    let pid = held.process.pid;
    let sent = send_held(held, signal, info);
    let full = sent == Err(Errno::EAGAIN);
    if is_tracked(signal, info) {
        if full {
            FULL.insert(pid);
        } else {
            FULL.remove(pid);
        }
    }
    if let Err(errno) = sent
        && !matches!(errno, Errno::EAGAIN | Errno::ESRCH)
    {
        warn!("send {signal} to {pid}: {}", sys::describe(errno));
    }
    full
}

/// Can this signal find a full queue? The kernel queues others without what is in `info`.
fn is_tracked(signal: Signal, info: Option<&SigInfo>) -> bool {
    info.is_some() && SignalSet::REAL_TIME.contains(signal)
}

/// A process was reaped: its number may come again.
pub fn forget(pid: Pid) {
    FULL.remove(pid);
    survivors::forget(pid);
}
