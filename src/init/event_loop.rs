//! The loop: wait for a signal or a deadline, tell the policy, do what it answers.
//!
//! In: the main child, which runs. Out: the status to exit with. It never ends because
//! something failed: that would end the container.

use std::time::Duration;

use log::debug;
use nix::errno::Errno;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;

use super::Job;
use super::channel_messages;
use super::copies::{self, Copies};
use super::deadlines::Time;
use super::deliver::Deliverer;
use super::kept::Keep;
use super::policy::{Event, Sender, State};
use super::release::release;
use super::report::Report;
use super::roles::Role;
use crate::config::{Config, DELAYS_MAX};
use crate::messages::{self, Notice};
use crate::plan::Facts;
use crate::signals::Signal;
use crate::sys::{self, SigInfo};

/// After this many signals in a row init reaps, whether SIGCHLD has come or not: the kernel
/// delivers lower numbers first, so a flood of them would keep SIGCHLD back for ever.
const SIGNALS_IN_A_ROW: u32 = 32;

/// How often init looks around where it cannot wait.
const BLIND: Duration = Duration::from_millis(20);

/// The loop's state, and all that it acts through.
pub(super) struct Init<'a> {
    /// init's own number.
    pub own: Pid,
    pub main: Pid,
    pub role: &'a dyn Role,
    pub state: &'a mut State,
    pub deliverer: Deliverer,
    pub job: Job,
    pub report: Option<&'a mut Report>,
    /// What came with the signals that `--delay` holds.
    pub held: &'a mut [Option<SigInfo>; DELAYS_MAX],
    /// Signals whose receivers' queues are full.
    pub keep: &'a mut Keep,
    /// What may come a second time.
    pub copies: Copies,
    /// Signals taken since the last drain.
    pub in_a_row: u32,
    /// Children may have changed since the last drain.
    pub undrained: bool,
}

/// Forwards, reaps and waits until the main child has ended, and sees to the survivors;
/// returns init's status.
#[inline(never)] // Its frame is not there yet while the child starts.
pub fn supervise(
    main: Pid,
    role: &dyn Role,
    config: &Config,
    facts: &Facts,
    mut report: Option<&mut Report>,
) -> u8 {
    let job = role.job(main, facts.foreground);
    // Before the first message: the app may look where init is.
    let report_file = report.as_deref().map(Report::descriptor);
    release([report_file, job.descriptor(), role.channel()]);
    if role.has_app() {
        say_started(main, config);
    }
    if let Some(report) = &mut report {
        report.started(main);
    }
    // From here on nothing may be allocated, nothing may panic, and no error may end
    // the loop.
    sys::seal_heap();
    let rules = role.rules(config);
    // By reference: as members they would be made first and then copied, with a page of the
    // stack for both.
    let mut held = [None; DELAYS_MAX];
    let mut keep = Keep::EMPTY;
    let forward_to = rules.forward_to;
    let mut state = State::new(rules, main, &now);
    let mut init = Init {
        own: facts.own,
        main,
        role,
        deliverer: Deliverer::new(facts.own, main, forward_to, role.has_app()),
        state: &mut state,
        job,
        report,
        held: &mut held,
        keep: &mut keep,
        copies: Copies::default(),
        in_a_row: 0,
        undrained: false,
    };
    init.run()
}

fn say_started(main: Pid, config: &Config) {
    if config.new_session {
        messages::log(&Notice::Session);
    }
    let name = config.command.get(0).map_or(&[][..], |name| name.to_bytes());
    messages::log(&Notice::Started { name, pid: main });
}

/// The time of the monotonic clock.
pub(super) fn now() -> Time {
    // The clock is always there.
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from);
    Time(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
}

impl Init<'_> {
    fn run(&mut self) -> u8 {
        if self.role.channel().is_some() {
            // What came on the channel while init was blocked in read(2) has raised no signal.
            let event = self.channel_event();
            self.step(event, None);
        }
        self.reap_older();
        let mut done = self.drain(None);
        loop {
            if let Some(status) = done {
                return status;
            }
            done = self.turn();
        }
    }

    /// One event, and all that it leads to.
    fn turn(&mut self) -> Option<u8> {
        let next = [self.state.next_deadline(), self.keep.next()].into_iter().flatten().min();
        let timeout = match next {
            _ if self.undrained => Some(Duration::ZERO),
            next => next.map(|at| at.since(now())),
        };
        let taken = sys::take_signal_of(self.keep.wanted(), timeout);
        let done = match taken {
            Ok(info) => self.take(info),
            // A deadline has come; init was stopped and continued.
            Err(Errno::EAGAIN | Errno::EINTR) => self.step(Event::Woken, None),
            Err(_) => self.look_again(),
        };
        let done = self.drain(done);
        if done.is_some() || self.keep.next().is_none_or(|at| at > now()) {
            return done;
        }
        // What outer is told of comes by a real-time signal, which it does not take now.
        let event = self.channel_event();
        let done = self.step(event, None).or_else(|| self.send_kept());
        self.drain(done)
    }

    /// A filter refuses the wait: init hears no signal, but still sees deaths and deadlines.
    #[cold]
    fn look_again(&mut self) -> Option<u8> {
        std::thread::sleep(BLIND);
        self.undrained = true;
        self.step(Event::Woken, None)
    }

    /// A signal was taken from the queue.
    #[inline(never)] // An idle init has no frame of it.
    pub fn take(&mut self, info: SigInfo) -> Option<u8> {
        let signal = info.signal()?;
        self.in_a_row += 1;
        self.undrained |= self.in_a_row >= SIGNALS_IN_A_ROW;
        let way = self.role.way(self.own, &info);
        let (sender, info) = self.role.received(self.own, signal, info);
        if let Some(way) = way.filter(|_| copies::can_be_dropped(signal, sender))
            && self.copies.is_second(signal, way, sys::passed_on(signal), now())
        {
            debug!("drop the second copy of {signal}");
            return None;
        }
        self.taken(signal, sender, &info)
    }

    /// A signal was taken.
    fn taken(&mut self, signal: Signal, sender: Sender, info: &SigInfo) -> Option<u8> {
        // No message about init's own SIGPIPE: on a broken stderr it would raise the next.
        if sender != Sender::Init {
            messages::log(&Notice::Received(signal));
        }
        if signal.ends() {
            // The main child may have been stopped before this signal came: the kernel
            // delivers CHLD after it, because of its higher number.
            self.undrained = true;
            if let Some(status) = self.drain(None) {
                return Some(status);
            }
        }
        let event = match sender {
            Sender::Kernel if self.role.is_channel_signal(signal) => self.channel_event(),
            Sender::Kernel if signal == Signal::TTIN || signal == Signal::TTOU => {
                Event::Refused(signal, self.job.holder())
            }
            sender => Event::Signal(signal, sender),
        };
        self.step(event, Some(info))
    }

    /// What the other init has said on the channel, if it has said something.
    fn channel_event(&mut self) -> Event {
        self.role.told_of_stop().map_or(Event::Woken, |signal| self.stopped(signal))
    }

    /// `signal` has stopped the main child.
    pub fn main_stopped(&mut self, signal: Signal) -> Event {
        if self.role.has_app() {
            return self.stopped(signal);
        }
        channel_messages::wake(self.main);
        Event::Woken
    }

    /// `signal` has stopped the app.
    fn stopped(&mut self, signal: Signal) -> Event {
        self.role.stopped(self.own, self.main, signal, &mut self.job)
    }

    /// Tells the policy of an event and does what it answers. `taken` came with the signal
    /// that the event is about. Returns the status when init is to exit.
    pub fn step(&mut self, event: Event, taken: Option<&SigInfo>) -> Option<u8> {
        let mut status = None;
        for action in self.state.after(event, &now).iter() {
            status = status.or(self.act(action, taken));
        }
        status
    }
}
