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

use super::policy::Recipients;
use super::procfs::{self, ALL, Held, Wanted};
use crate::config::ForwardTo;
use crate::signals::Signal;
use crate::sys::{self, SigInfo};
pub use survivors::forget;

/// To kill(2) this is every process but init and the caller.
const EVERYBODY: Pid = Pid::from_raw(-1);

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
        }
    }

    /// Sends `signal`; with `info`, all that came with it.
    pub fn send(&self, signal: Signal, recipients: Recipients, info: Option<&SigInfo>) {
        let sent = match (recipients, self.forward_to) {
            _ if !self.has_app => self.to_main(signal, info),
            (Recipients::Forwarded, ForwardTo::Main) => self.to_main(signal, info),
            (Recipients::Forwarded, ForwardTo::Group)
            | (Recipients::Job, ForwardTo::Main | ForwardTo::Group) => {
                match self.to_group(signal, info) {
                    // It has left the group that it was started with.
                    Err(Errno::ESRCH) => self.to_main(signal, info),
                    sent => sent,
                }
            }
            // The main child is gone, and its number is free for others.
            (Recipients::EndSignal, ForwardTo::Main) => Ok(()),
            (Recipients::EndSignal, ForwardTo::Group) => self.to_group(signal, info),
            (Recipients::Forwarded | Recipients::Job | Recipients::EndSignal, ForwardTo::All) => {
                self.to_everybody(signal, info)
            }
            (Recipients::Survivors, _) => self.to_survivors(signal, info, false),
            (Recipients::SurvivorsWoken, _) => self.to_survivors(signal, info, true),
        };
        match sent {
            // Gone already, and about to be reaped.
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(errno) => warn!("send {signal}: {}", sys::describe(errno)),
        }
    }

    fn to_main(&self, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
        queue_or_kill(self.main, signal, info)
    }

    fn group(&self) -> Pid {
        Pid::from_raw(-self.main.as_raw())
    }

    fn to_group(&self, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
        // There is no sigqueue(3) for groups.
        let mut reached = false;
        if info.is_some() {
            let _ = procfs::each(ALL, &mut |held| {
                if held.process.group == self.main {
                    send_to(held, signal, info);
                    reached = true;
                }
            });
        }
        if reached { Ok(()) } else { sys::kill(self.group(), signal) }
    }

    fn to_everybody(&self, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
        if self.first && info.is_none() {
            return sys::kill(EVERYBODY, signal);
        }
        self.each(ALL, &mut |held| send_to(held, signal, info))
            .or_else(|_| self.without_proc(signal))
    }

    /// Every other process of init's that is wanted.
    fn each(&self, wanted: Wanted<'_>, visit: &mut dyn FnMut(&Held)) -> Result<(), Errno> {
        let each = if self.first { procfs::each } else { procfs::each_descendant };
        each(wanted, visit)
    }
}

/// Sends `signal` to a process, with everything in `info` if there is one. When that is
/// refused, for want of room in the queue or by a filter, sends it without: better than not
/// at all.
fn queue_or_kill(pid: Pid, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
    match info.map(|info| sys::queue(pid, signal, info)) {
        Some(sent @ (Ok(()) | Err(Errno::ESRCH))) => sent,
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
        Err(Errno::EAGAIN) => sys::pidfd_send(held.directory(), signal, None),
        sent => sent,
    }
}

fn send_to(held: &Held, signal: Signal, info: Option<&SigInfo>) {
    match send_held(held, signal, info) {
        Ok(()) | Err(Errno::ESRCH) => {}
        Err(errno) => {
            warn!("send {signal} to {}: {}", held.process.pid, sys::describe(errno));
        }
    }
}
