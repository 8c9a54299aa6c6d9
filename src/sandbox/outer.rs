//! outer: stays outside, makes the child, does its own steps for it, and stands for it.
//!
//! In: what was asked for. Out: init's status, or why there is no app.

use std::mem::ManuallyDrop;

use nix::errno::Errno;
use nix::unistd::{Pid, chdir};

use super::channel::{self, Channel};
use super::patience::{self, HURRY};
use super::steps::persist::Kept;
use super::steps::{cgroup, id_maps, join};
use super::{Decided, Failed, FailedAt, credentials, filters, hints, inner, print};
use crate::config::Config;
use crate::config::sandbox::Sandbox;
use crate::init::{self, Job, Only, Report};
use crate::messages::Error;
use crate::namespaces::{Namespace, Namespaces};
use crate::plan::outer::Step;
use crate::plan::{self, Credentials, Facts, SandboxPlan, Topology};
use crate::signals::{Signal, SignalSet};
use crate::sys::{self, STDIN};
use crate::{spawn, terminal};

/// Until outer knows that the app runs, it looks at this interval, in milliseconds, what may
/// keep the app from that.
const LOOK_MS: u8 = 100;

/// Runs the command in a sandbox; returns init's status. Also returns in the processes that
/// it makes, with the status of each.
///
/// # Errors
/// There is no app: status 125 when the sandbox cannot be made, 126 or 127 when the
/// command cannot be run.
#[inline(never)] // A start without a sandbox does not touch this frame.
pub fn run(
    sandbox: &Sandbox,
    config: &Config,
    facts: &Facts,
    report: &mut Option<Box<Report>>,
) -> Result<u8, Error> {
    let filters = filters::read(sandbox, config.command)?;
    let none = Namespaces::NONE;
    let (doors, found) = join::open_all(sandbox).map_err(|failed| failed.explain(none))?;
    // An exec closes them, or the loop, which closes all descriptors by their numbers.
    let mut doors = ManuallyDrop::new(doors);
    let found = Credentials { doors: found.leak(), filters, ..credentials::look_up(sandbox) };
    let plan = plan::sandbox(sandbox, config, facts, &found).map_err(|refusal| {
        let (step, errno, said) = refusal.describe();
        Failed { step, errno, said }.explain(Namespaces::only(Namespace::User))
    })?;
    hints::log(sandbox, &found, &plan);
    if plan.topology == Topology::Direct {
        init::adopt_orphans(config, facts.own);
    }
    init::prepare(config);
    let clone = if plan.joins_pid { Failed::CLONE_JOINED } else { Failed::CLONE };
    let failed = |errno| Failed::new(clone, errno).explain(plan.namespaces);
    let [ours, theirs] = Channel::pair().map_err(failed)?;
    go_where_the_child_starts(sandbox, &plan, &mut doors)?;
    let decided = Decided { config, facts, plan: &plan, doors: &doors };
    let time = patience::Start::begin(config);
    if facts.foreground || plan.topology != Topology::Direct || !found.filters.is_empty() {
        // For stops that the app's process notes, for what outer passes on to inner, and for a
        // failure that a filter does not let the app's process tell.
        sys::share();
    }
    match sys::clone_into(plan.namespaces).map_err(failed)? {
        None => Ok(inner::run(&decided, ours, theirs, report)),
        Some(child) => {
            let closed = theirs.close();
            let outer = Outer { decided, child, link: ours, time };
            let mut kept = Kept::default();
            match outer.start(closed, &mut kept) {
                Ok(()) => Ok(outer.wait(report)),
                Err(error) => {
                    kept.undo();
                    Err(error)
                }
            }
        }
    }
}

/// The child starts where we are: our rights to get there are more than its own, and no
/// descriptor opened here is of its mount namespace.
fn go_where_the_child_starts(
    sandbox: &Sandbox,
    plan: &SandboxPlan,
    doors: &mut join::Doors,
) -> Result<(), Error> {
    let explain = |step, errno| Failed::new(step, errno).explain(plan.namespaces);
    if let Some(root) = sandbox.root {
        chdir(root).map_err(|errno| explain(Failed::enter(root), errno))?;
    }
    for step in &plan.joins {
        let entered = join::enter_as_outer(*step, doors);
        entered.map_err(|errno| explain(step.describe(), errno))?;
    }
    Ok(())
}

struct Outer<'a> {
    decided: Decided<'a>,
    child: Pid,
    link: Channel,
    time: patience::Start,
}

impl Outer<'_> {
    /// Does outer's steps, and returns once the app runs. `closed`: what came of closing
    /// outer's copy of the child's end.
    fn start(&self, closed: Result<(), Errno>, kept: &mut Kept) -> Result<(), Error> {
        let plan = self.decided.plan;
        if let Err(errno) = closed {
            return self.kill(FailedAt::Channel(errno));
        }
        if plan.topology != Topology::Direct {
            self.link.signal_input();
        }
        if let Err(failed) = self.run_steps(&plan.outer, kept) {
            return self.give_up(failed);
        }
        if !plan.persists.is_empty() {
            self.be_patient()?;
            match self.link.wait_for_failure() {
                // It is ready, or gone: then it does not go on.
                Ok(None) => {}
                told => return self.fail(told),
            }
            if let Err(failed) = self.run_steps(&plan.persists, kept) {
                return self.give_up(failed);
            }
        }
        self.be_patient()?;
        match self.link.wait_for_failure() {
            Ok(None) => {
                print::app(self.child, plan);
                Ok(())
            }
            told => self.fail(told),
        }
    }

    /// Waits until the child has something to say, but not for ever.
    fn be_patient(&self) -> Result<(), Error> {
        let Decided { config, plan, .. } = self.decided;
        while !self.link.wait_within(LOOK_MS) {
            // The app that has just started may have stopped inner before inner could tell. Where
            // the user's queue is full, inner takes what wakes it for a CONT to the app.
            if plan.topology == Topology::Subreaper && sys::is_stopped(self.child) {
                init::wake_inner(self.child);
            }
            // A filter may refuse the message, and then the exit.
            let noted = channel::noted();
            if noted.is_some() && !self.link.wait_within(LOOK_MS) {
                return self.fail(Ok(noted));
            }
            if let Some((reason, status)) = self.time.is_over() {
                self.end();
                return Err(hung(config, reason, status));
            }
        }
        Ok(())
    }

    /// Does these steps, if there are any, and lets the child go on.
    fn run_steps(&self, steps: &[Step], kept: &mut Kept) -> Result<(), Failed> {
        for step in steps {
            self.run_step(step, kept)?;
        }
        if steps.is_empty() {
            return Ok(());
        }
        self.link.go().map_err(|errno| Failed::new(Failed::GO, errno))
    }

    /// After what the child has told of its failure: ends it.
    fn fail(&self, told: Result<Option<FailedAt>, Errno>) -> Result<(), Error> {
        let place = match told {
            Ok(place) => place,
            Err(errno) => return self.kill(FailedAt::Channel(errno)),
        };
        let Some(place) = place else { return Ok(()) };
        let cause = match place {
            FailedAt::App(_) => self.link.read_cause(),
            FailedAt::SetUp(..) | FailedAt::Nested(_) | FailedAt::Channel(_) => None,
        };
        // It ends by itself, but for a file system that hangs.
        self.end();
        Err(self.decided.explain(place, cause))
    }

    /// Where outer cannot hear of the child: ends it.
    fn kill(&self, place: FailedAt) -> Result<(), Error> {
        self.end();
        Err(self.decided.explain(place, None))
    }

    /// Kills the child, and takes back what it was given.
    fn end(&self) {
        // An app that has just begun may have children.
        for pid in [self.child.as_raw(), -self.child.as_raw()] {
            let _ = sys::kill(Pid::from_raw(pid), Signal::KILL);
        }
        // What the kernel does not let go then waits for a file system, and dies after that.
        let _ = patience::wait(self.child, HURRY);
        if self.decided.facts.foreground {
            terminal::take_back(STDIN, self.child);
        }
    }

    /// After a failed step: ends the child, which waits to go on.
    fn give_up(&self, failed: Failed) -> Result<(), Error> {
        let stopped = self.link.stop();
        if stopped.is_err() {
            let _ = sys::kill(self.child, Signal::KILL);
        }
        // The child may have failed first.
        if let Ok(Some(place)) = self.link.wait_for_failure() {
            sys::reap(self.child);
            return Err(self.decided.explain(place, None));
        }
        // The child was killed from outside; report that instead of the failed step.
        if stopped.is_ok() && sys::is_killed(self.child) {
            return Ok(());
        }
        sys::reap(self.child);
        Err(failed.explain(self.decided.plan.namespaces))
    }

    fn run_step(&self, step: &Step, kept: &mut Kept) -> Result<(), Failed> {
        let silent = |errno: Errno| (errno, None);
        let done = match step {
            Step::Print(new) => {
                print::namespaces(self.child, *new);
                Ok(())
            }
            Step::DenySetgroups => id_maps::deny_setgroups(self.child).map_err(silent),
            Step::MapIds(ids, ranges) => id_maps::map(self.child, *ids, ranges).map_err(silent),
            Step::MoveToCgroup(directory) => cgroup::move_to(directory, self.child).map_err(silent),
            Step::Persist(persist) => kept.keep(*persist, self.child).map_err(silent),
            Step::HaveIdsMapped(ids, ranges) => {
                id_maps::have_mapped(&self.decided, self.child, *ids, ranges)
            }
        };
        done.map_err(|(errno, said)| Failed { step: step.describe(), errno, said })
    }

    /// Forwards signals until the child is gone.
    fn wait(self, report: &mut Option<Box<Report>>) -> u8 {
        let Decided { config, facts, plan, .. } = self.decided;
        if plan.topology == Topology::Direct {
            drop(self.link);
            spawn::send_again(self.child, SignalSet::NONE);
            return init::supervise(self.child, &Only, config, facts, report.as_deref_mut());
        }
        // inner writes the report.
        *report = None;
        // The app has just been given the foreground, and inner's number for it is not ours.
        let group = match facts.foreground {
            true => Job::foreground_below(self.child),
            false => Job::UNKNOWN,
        };
        let role = init::Outer { channel: self.link.descriptor(), group };
        init::supervise(self.child, &role, config, facts, None)
    }
}

/// The error of a start that has hung.
fn hung(config: &Config, reason: String, status: u8) -> Error {
    let object = config.command.get(0).map_or(&[][..], |name| name.to_bytes());
    let errno = Errno::ETIMEDOUT;
    Error { operation: "start", object, errno, remedy: Some(reason.into()), status }
}
