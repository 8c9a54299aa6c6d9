//! init at work: the loop that waits for events, and what it does about them.
//!
//! In: the running main child. Out: the status to exit with. The only place that
//! waits. Decides nothing (that is `policy`), allocates nothing, gives up never.

mod policy;
mod release;

use log::{debug, info, warn};
use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd::{Pid, getpid};

use crate::config::{Config, ForwardTo};
use crate::exit::Ended;
use crate::signals::Signal;
use crate::sys::{self, SigInfo};
use policy::{Action, Event, Sender, State};

/// So many signals in a row and no look at the children: someone floods us with signals
/// whose numbers the kernel hands out before SIGCHLD's.
const SIGNALS_IN_A_ROW: u32 = 32;

/// What init asks of the kernel for itself, before the spawn. A refusal costs a
/// warning, not the run: the app works without.
pub fn prepare(config: &Config) {
    // No use and no harm as PID 1; asking which we are would cost as much.
    if config.subreaper
        && let Err(errno) = prctl::set_child_subreaper(true)
    {
        warn!("become a subreaper: {} (orphans may become zombies)", errno.desc());
    }
    if let Some(signal) = config.parent_death_signal
        && let Err(errno) = sys::set_parent_death_signal(signal)
    {
        warn!("set the parent-death signal {signal}: {}", errno.desc());
    }
}

/// Forwards, reaps and waits until the main child has ended; returns init's status.
pub fn supervise(main: Pid, config: &Config) -> u8 {
    info!("main child {main} started");
    release::release();
    // From here on nothing may be allocated, nothing may panic, and no error may end
    // the loop: giving up would kill the container.
    sys::seal_heap();
    let mut init = Init { main, config, state: State::Running, in_a_row: 0 };
    loop {
        if let Some(status) = init.turn() {
            return status;
        }
    }
}

struct Init<'a> {
    main: Pid,
    config: &'a Config,
    state: State,
    in_a_row: u32,
}

impl Init<'_> {
    /// One event, and all that it leads to.
    fn turn(&mut self) -> Option<u8> {
        match sys::take_signal(None) {
            Ok(info) => {
                let signal = info.signal()?;
                self.in_a_row += 1;
                let done = self.step(Event::Signal(signal, sender(&info)), Some(&info));
                if self.in_a_row >= SIGNALS_IN_A_ROW { done.or_else(|| self.drain()) } else { done }
            }
            // EINTR: init was stopped and continued.
            Err(_) => self.step(Event::Woken, None),
        }
    }

    fn step(&mut self, event: Event, info: Option<&SigInfo>) -> Option<u8> {
        let (state, action) = self.state.after(event, self.main);
        self.state = state;
        match action {
            Action::Nothing => None,
            Action::Drain => self.drain(),
            Action::Forward(signal) => {
                self.forward(signal, info);
                None
            }
            Action::Reaped(pid, ended) => {
                self.tell_of(pid, ended);
                None
            }
            Action::Exit(ended) => Some(self.config.remap_exit.remap(ended.status())),
        }
    }

    /// Reaps until no child is left that has changed: one SIGCHLD may stand for many.
    fn drain(&mut self) -> Option<u8> {
        self.in_a_row = 0;
        loop {
            let event = match sys::next_change() {
                Ok(Some((pid, change))) => Event::Child(pid, change),
                // ECHILD, or nothing more for now.
                Ok(None) | Err(_) => break,
            };
            self.step(event, None);
        }
        self.step(Event::Drained, None)
    }

    fn forward(&self, signal: Signal, info: Option<&SigInfo>) {
        let to = match self.config.forward_to {
            ForwardTo::Main => self.main,
            ForwardTo::Group => Pid::from_raw(-self.main.as_raw()),
        };
        debug!("forward {signal} to {to}");
        let queued = info.filter(|info| sender(info) == Sender::Queued && to.as_raw() > 0);
        let sent = match queued.map(|info| sys::queue(to, signal, info)) {
            // No room in the queue: without its value is better than not at all.
            None | Some(Err(Errno::EAGAIN)) => sys::kill(to, signal),
            Some(sent) => sent,
        };
        match sent {
            Ok(()) => {}
            // It has ended and is about to be reaped.
            Err(Errno::ESRCH) => debug!("forward {signal} to {to}: {}", Errno::ESRCH.desc()),
            Err(errno) => warn!("forward {signal} to {to}: {}", errno.desc()),
        }
    }

    fn tell_of(&self, pid: Pid, ended: Ended) {
        let level = if self.config.warn_on_reap { log::Level::Warn } else { log::Level::Debug };
        match ended {
            Ended::Exited(code) => log::log!(level, "reaped process {pid}: exit code {code}"),
            Ended::Signaled(signal, _) => log::log!(level, "reaped process {pid}: {signal}"),
        }
    }
}

/// Who made a signal, as far as it matters for forwarding.
fn sender(info: &SigInfo) -> Sender {
    match info.code() {
        libc::SI_USER if info.sender() == getpid() => Sender::Init,
        libc::SI_TKILL => Sender::Program,
        code if code < 0 => Sender::Queued,
        libc::SI_USER => Sender::Program,
        _ => Sender::Kernel,
    }
}
