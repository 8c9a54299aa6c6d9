//! init at work: the loop that waits for events, and what it does about them.
//!
//! In: the running main child. Out: the status to exit with. The only place that
//! waits. Decides nothing (that is `policy`), allocates nothing, gives up never.

mod deadlines;
mod deliver;
mod job;
mod oom;
mod pause;
mod pids;
mod policy;
mod procfs;
mod release;
mod channel_messages;
mod report;

use std::os::fd::BorrowedFd;

use log::{debug, error, warn};
use nix::sys::prctl;
use nix::unistd::Pid;

use crate::config::{Config, DELAYS_MAX};
use crate::exit::Ended;
use crate::messages::{self, Notice};
use crate::plan::Facts;
use crate::signals::Signal;
use crate::sys::{self, Change, SigInfo, Usage};
use crate::terminal::{self, Holder};
use deadlines::Time;
use deliver::Deliverer;
pub use job::Job;
pub use pause::pause;
use policy::{Action, Event, Left, Phase, Rules, Sender, Source, State};
pub use report::Report;

/// So many signals in a row and no look at the children: someone floods us with signals
/// whose numbers the kernel hands out before SIGCHLD's.
const SIGNALS_IN_A_ROW: u32 = 32;

/// What init asks of the kernel for itself, before the spawn. A refusal costs a
/// warning, not the run: the app works without.
pub fn prepare(config: &Config, own: Pid) {
    // All orphans of the namespace come to PID 1 anyhow.
    let first = own.as_raw() == 1;
    if config.subreaper
        && !first
        && let Err(errno) = prctl::set_child_subreaper(true)
    {
        warn!("become a subreaper: {} (orphans may become zombies)", sys::describe(errno));
    }
    if config.warn_no_reaper && !first && !subreaper() {
        messages::log(&Notice::NoReaper);
    }
    if let Some(signal) = config.parent_death_signal
        && let Err(errno) = sys::set_parent_death_signal(signal)
    {
        warn!("set the parent-death signal {signal}: {}", sys::describe(errno));
    }
    if config.new_session {
        terminal::give_up();
    }
}

/// Do the orphans of our descendants come to init?
fn subreaper() -> bool {
    prctl::get_child_subreaper().unwrap_or(true)
}

/// Which of our processes this is.
#[derive(Clone, Copy, Debug)]
pub enum Role<'a> {
    /// The only one.
    Only,
    /// The one outside a sandbox: its main child is an init as well.
    Outer {
        /// To that one.
        link: BorrowedFd<'a>,
        /// The app's process group, or [`Job::UNKNOWN`].
        group: Pid,
    },
    /// The one inside.
    Inner {
        /// To the other.
        link: BorrowedFd<'a>,
    },
}

impl<'a> Role<'a> {
    fn link(self) -> Option<BorrowedFd<'a>> {
        match self {
            Role::Only => None,
            Role::Outer { link, .. } | Role::Inner { link } => Some(link),
        }
    }
}

/// Forwards, reaps and waits until the main child has ended, and sees to those it left
/// behind; returns init's status.
#[inline(never)] // Its frame is not there yet while the child starts.
pub fn supervise(
    main: Pid,
    role: Role<'_>,
    config: &Config,
    facts: &Facts,
    mut report: Option<&mut Report>,
) -> u8 {
    let job = match role {
        Role::Only => Job::new(main, facts.foreground),
        Role::Outer { group, .. } => Job::new(group, facts.foreground),
        // The terminal is outer's business.
        Role::Inner { .. } => Job::new(main, false),
    };
    // Before a word is said: the app may look where we are.
    let report_file = report.as_deref().map(Report::descriptor);
    release::release([report_file, job.descriptor(), role.link()]);
    let name = config.command.get(0).map_or(&[][..], |name| name.to_bytes());
    // inner tells the rest.
    if !matches!(role, Role::Outer { .. }) {
        if config.new_session {
            messages::log(&Notice::Session);
        }
        messages::log(&Notice::Started { name, pid: main });
    }
    if let Some(report) = &mut report {
        report.started(main);
    }
    // From here on nothing may be allocated, nothing may panic, and no error may end
    // the loop: giving up would kill the container.
    sys::seal_heap();
    let mut state = State::new(Rules::of(config), main);
    if let Some(timeout) = config.timeout {
        state = state.with_timeout(now().plus(timeout));
    }
    let deliverer = Deliverer::new(facts.own, main, role, config);
    let held = [None; DELAYS_MAX];
    let mut init = Init {
        own: facts.own,
        main,
        role,
        config,
        state,
        deliverer,
        job,
        report,
        held,
        in_a_row: 0,
        undrained: false,
    };
    if let Role::Outer { .. } = role {
        // What came while outer read the link has raised no signal: it woke the reader.
        let told = init.told();
        init.step(told, None);
    }
    init.reap_older();
    loop {
        if let Some(status) = init.turn() {
            return status;
        }
    }
}

fn now() -> Time {
    Time(sys::monotonic_nanos())
}

struct Init<'a> {
    /// init's own number.
    own: Pid,
    main: Pid,
    role: Role<'a>,
    config: &'a Config,
    state: State,
    deliverer: Deliverer,
    job: Job,
    report: Option<&'a mut Report>,
    /// What came with the signals that `--delay` holds.
    held: [Option<SigInfo>; DELAYS_MAX],
    in_a_row: u32,
    /// Children may have changed since the last look at them.
    undrained: bool,
}

impl Init<'_> {
    /// One event, and all that it leads to.
    fn turn(&mut self) -> Option<u8> {
        let timeout = self.state.next_deadline().map(|at| at.since(now()));
        let Ok(info) = sys::take_signal(timeout) else {
            // EAGAIN: something is due. EINTR: init was stopped and continued.
            let done = self.step(Event::Woken, None);
            return self.drain(done);
        };
        let signal = info.signal()?;
        self.in_a_row += 1;
        self.undrained |= self.in_a_row >= SIGNALS_IN_A_ROW;
        let (sender, info) = self.receive(signal, info);
        let done = self.taken(signal, sender, &info);
        self.drain(done)
    }

    /// A signal is here that is init's to see to.
    fn taken(&mut self, signal: Signal, sender: Sender, info: &SigInfo) -> Option<u8> {
        // A broken stderr answers every message with a SIGPIPE: one about that would go on
        // for ever.
        if sender != Sender::Init {
            messages::log(&Notice::Received(signal));
        }
        let event = match sender {
            Sender::Kernel if signal == Signal::LINK => self.told(),
            Sender::Kernel if signal == Signal::TTIN || signal == Signal::TTOU => {
                Event::Refused(signal, self.job.holder())
            }
            sender => Event::Signal(signal, sender),
        };
        self.step(event, Some(info))
    }

    /// Who made a signal that was taken; outer has marked those that came through it.
    fn receive(&self, signal: Signal, info: SigInfo) -> (Sender, SigInfo) {
        if let Role::Inner { .. } = self.role
            && let Some(sender) = channel_messages::read_mark(info.code())
        {
            let code = if sender == Sender::Queued { libc::SI_QUEUE } else { libc::SI_USER };
            return (sender, SigInfo::new(signal, code, info.value()));
        }
        (self.sender(&info), info)
    }

    /// What inner has told, if it has.
    fn told(&mut self) -> Event {
        match self.role {
            Role::Outer { link, .. } => match channel_messages::receive_stop(link) {
                Some(signal) => self.stopped(signal),
                None => Event::Woken,
            },
            Role::Only | Role::Inner { .. } => Event::Woken,
        }
    }

    /// The main child was stopped.
    fn stopped(&mut self, signal: Signal) -> Event {
        match self.role {
            Role::Only => {}
            Role::Outer { .. } => self.job.find_group(self.main),
            // What to make of it is for outer to decide, which sees the terminal.
            Role::Inner { link } if signal == Signal::STOP => {
                channel_messages::send_stop(link, signal);
                return Event::Woken;
            }
            Role::Inner { .. } if signal == Signal::TSTP => {
                return Event::Stopped(signal, Holder::Main, true);
            }
            Role::Inner { .. } => return Event::Stopped(signal, Holder::Other, true),
        }
        // As PID 1 there is no shell that could wait for init to stop.
        Event::Stopped(signal, self.job.holder(), self.own.as_raw() != 1)
    }

    fn step(&mut self, event: Event, taken: Option<&SigInfo>) -> Option<u8> {
        let mut status = None;
        for action in self.state.after(event, &now).iter() {
            status = status.or(self.act(action, taken));
        }
        status
    }

    fn act(&mut self, action: Action, taken: Option<&SigInfo>) -> Option<u8> {
        match action {
            Action::Drain => self.undrained = true,
            Action::Send(signal, audience, source) => {
                let info = match source {
                    Source::Taken => taken.copied(),
                    Source::Held(row) => self.held.get_mut(row).and_then(Option::take),
                    Source::Init => None,
                };
                let info = self.carry(signal, info);
                self.deliverer.send(signal, audience, info.as_ref());
                messages::log(&Notice::Sent(signal));
                if let Some(report) = &mut self.report {
                    report.forwarded(signal, source);
                }
            }
            Action::Hold(row, source) => {
                debug!("hold a signal for its delay");
                if let Some(place) = self.held.get_mut(row) {
                    *place = taken.filter(|_| source == Source::Taken).copied();
                }
            }
            Action::CountSurvivors => {
                if let Some(report) = &mut self.report {
                    self.deliverer.note_survivors(report);
                }
            }
            Action::TellNewcomers => self.deliverer.tell_newcomers(),
            Action::KillSurvivors => {
                self.deliverer.kill_survivors(self.config.grace_period, &mut self.report);
            }
            Action::GiveTerminal => self.job.give(),
            Action::TakeTerminal => self.job.take_back(),
            Action::WakeJob => self.job.wake(),
            Action::Suspend(signal, whom) => {
                if let Role::Inner { link } = self.role {
                    channel_messages::send_stop(link, signal);
                    return None;
                }
                debug!("stop by {signal} until a SIGCONT");
                if !self.job.suspend(signal, whom) {
                    return self.step(Event::NotSuspended(signal, self.job.holder()), None);
                }
            }
            Action::GiveUp => warn!("give up: some processes do not end on SIGKILL"),
            Action::Exit(status) => {
                // A group that the main child left behind may have had it until now.
                self.job.take_back();
                if let Some(report) = &mut self.report {
                    report.write(status, self.state.timed_out());
                }
                messages::log(&Notice::Exiting(status));
                return Some(status);
            }
        }
        None
    }

    /// Drains as often as there is reason to, unless init is done.
    fn drain(&mut self, mut done: Option<u8>) -> Option<u8> {
        while done.is_none() && std::mem::take(&mut self.undrained) {
            self.in_a_row = 0;
            let left = self.reap();
            done = self.step(Event::Drained(left), None);
        }
        done
    }

    /// What goes out with a signal: only what sigqueue(3) sent has more to it than its
    /// number, but the init inside is to know who made it.
    fn carry(&self, signal: Signal, info: Option<SigInfo>) -> Option<SigInfo> {
        let made_by = info.as_ref().map_or(Sender::Init, |info| self.sender(info));
        let queued = info.filter(|_| made_by == Sender::Queued);
        match self.role {
            Role::Only | Role::Inner { .. } => queued,
            Role::Outer { .. } => {
                let value = queued.map_or(0, |info| info.value());
                Some(SigInfo::new(signal, channel_messages::mark(made_by), value))
            }
        }
    }

    /// Reaps until no child is left that has changed: one SIGCHLD may stand for many.
    fn reap(&mut self) -> Left {
        loop {
            let mut usage = self.report.is_some().then(Usage::default);
            match sys::next_change(usage.as_mut()) {
                Ok(Some((pid, change))) => {
                    self.note(pid, change, usage);
                    let event = match change {
                        Change::Stopped(signal) if pid == self.main => self.stopped(signal),
                        _ => Event::Child(pid, change),
                    };
                    // No child's end is init's: that comes with the end of the drain.
                    self.step(event, None);
                }
                Ok(None) => return Left::Children,
                Err(_) => return self.outsiders(),
            }
        }
    }

    /// Reaps the children that whoever became init had and that have ended already: of them
    /// no signal will tell. They are older than the main child, whose end has one.
    fn reap_older(&mut self) {
        while let Some(pid) = sys::ended_child().filter(|pid| *pid != self.main)
            && let Some(ended) = sys::reap(pid)
        {
            self.note(pid, Change::Ended(ended), None);
        }
    }

    /// There is no child left. As PID 1, processes with a parent outside count too.
    fn outsiders(&self) -> Left {
        if self.state.phase() != Phase::Running && self.deliverer.sees_strangers() {
            Left::Outsiders
        } else {
            Left::Nobody
        }
    }

    fn note(&mut self, pid: Pid, change: Change, usage: Option<Usage>) {
        let Change::Ended(ended) = change else { return };
        let main = pid == self.main && self.state.phase() == Phase::Running;
        if let Role::Outer { .. } = self.role {
            match ended {
                Ended::Signaled(signal, _) if main => {
                    error!("the init of the sandbox was killed by {signal}");
                }
                Ended::Signaled(..) | Ended::Exited(_) => {}
            }
            return;
        }
        messages::log(&Notice::Reaped { pid, ended, main, warn: self.config.warn_on_reap });
        match &mut self.report {
            Some(report) if main => report.main_ended(ended, usage.unwrap_or_default()),
            Some(report) => report.reaped(pid, ended),
            None => {}
        }
    }

    /// Who made a signal, as far as it matters for forwarding.
    fn sender(&self, info: &SigInfo) -> Sender {
        match info.code() {
            libc::SI_USER if info.sender() == self.own => Sender::Init,
            libc::SI_USER | libc::SI_TKILL => Sender::Program,
            code if code < 0 => Sender::Queued,
            _ => Sender::Kernel,
        }
    }
}
