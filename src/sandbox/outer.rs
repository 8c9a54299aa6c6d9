//! outer: stays outside, makes the child, and stands for it.

use std::time::Duration;

use log::{info, warn};
use nix::unistd::Pid;

use super::channel::Channel;
use super::plan::{Credentials, Plan, Topology, plan};
use super::{Failed, FailedAt, Step, app_plan, credentials, ids, inner};
use crate::Run;
use crate::config::sandbox::{Propagation, Sandbox};
use crate::config::{Config, Delays, ForwardTo, Rewrites};
use crate::exit::ExitCodes;
use crate::init::{self, Job, Report, Role};
use crate::messages::error::Error;
use crate::namespaces::{Namespace, Namespaces};
use crate::parse_number::number;
use crate::sys::{self, STDIN};
use crate::terminal;

/// Runs the command in a sandbox; returns init's status. In the processes that it makes
/// it returns too, with theirs.
///
/// # Errors
/// There is no app: status 125 when the sandbox cannot be made, 126 or 127 when the
/// command cannot be run.
#[inline(never)] // Its frame is not there when there is no sandbox.
pub fn run(sandbox: &Sandbox, run: &Run, report: Option<&mut Report>) -> Result<u8, Error> {
    let found = credentials::look_up(sandbox);
    let plan = plan(sandbox, &found)
        .map_err(|failed| failed.explain(Namespaces::only(Namespace::User)))?;
    tell_hints(sandbox, &found, &plan);
    let mut own = run.config.clone();
    if plan.topology != Topology::Direct {
        forward_only(&mut own);
    }
    init::prepare(&own, run.facts.own);
    let failed = |errno| Failed::new(Step::Clone, errno).explain(plan.namespaces);
    let [ours, theirs] = Channel::pair().map_err(failed)?;
    match sys::clone_into(plan.namespaces).map_err(failed)? {
        None => Ok(inner::run(run, &plan, ours, theirs, report)),
        Some(child) => {
            drop(theirs);
            let outer = Outer { run, plan: &plan, child, link: ours };
            outer.start()?;
            Ok(outer.wait(&own, report))
        }
    }
}

/// outer leaves everything to inner that is done where the app is reaped.
fn forward_only(own: &mut Config) {
    own.subreaper = false;
    own.warn_no_reaper = false;
    own.forward_to = ForwardTo::Main;
    own.rewrites = Rewrites::NONE;
    own.delays = Delays::NONE;
    own.kill_after = None;
    own.timeout = None;
    own.grace_period = Duration::ZERO;
    own.wait_all = false;
    own.remap_exit = ExitCodes::default();
    own.end_signal = None;
}

struct Outer<'a> {
    run: &'a Run<'a>,
    plan: &'a Plan,
    child: Pid,
    link: Channel,
}

impl Outer<'_> {
    /// Does outer's steps, and returns once the app runs.
    fn start(&self) -> Result<(), Error> {
        if self.plan.topology != Topology::Direct {
            self.link.signal_input();
        }
        for step in self.plan.outer.iter() {
            if let Err(failed) = self.step(step) {
                self.link.stop();
                // Then somebody has killed the child: that is what there is to tell.
                if sys::is_killed(self.child) {
                    return Ok(());
                }
                sys::reap(self.child);
                return Err(failed.explain(self.plan.namespaces));
            }
        }
        if !self.plan.outer.is_empty() {
            self.link.go();
        }
        let Some(place) = self.link.wait_for_failure() else { return Ok(()) };
        sys::reap(self.child);
        if self.run.facts.foreground {
            terminal::take_back(STDIN, self.child);
        }
        Err(self.explain(place))
    }

    fn step(&self, step: &Step) -> Result<(), Failed> {
        let done = match step {
            Step::DenySetgroups => ids::deny_setgroups(self.child),
            Step::MapIds(ids, ranges) => ids::map(self.child, *ids, ranges),
            Step::HaveIdsMapped(ids, ranges) => {
                return ids::have_mapped(self.run, self.child, *ids, ranges)
                    .map_err(|(errno, said)| Failed { step: step.clone(), errno, said });
            }
            _ => Ok(()),
        };
        done.map_err(|errno| Failed::new(step.clone(), errno))
    }

    fn explain(&self, place: FailedAt) -> Error {
        match place {
            FailedAt::SetUp(n, errno) => {
                let step = self.plan.inner.iter().nth(n).cloned();
                Failed::new(step.unwrap_or(Step::Clone), errno).explain(self.plan.namespaces)
            }
            FailedAt::App(failure) => {
                let app = app_plan(self.run, self.plan.topology, self.child);
                let error = failure.explain(&app);
                let user = self.plan.namespaces.contains(Namespace::User);
                match number::<u32>(error.object).filter(|_| user) {
                    Some(_) => Error { remedy: Some("--user takes no value".into()), ..error },
                    None => error,
                }
            }
        }
    }

    /// Forwards signals until the child is gone.
    fn wait(self, own: &Config, report: Option<&mut Report>) -> u8 {
        let facts = &self.run.facts;
        if self.plan.topology == Topology::Direct {
            drop(self.link);
            return init::supervise(self.child, Role::Only, own, facts, report);
        }
        // The app has just been given the foreground, and inner's number for it is not ours.
        let group = match facts.foreground {
            true => Job::foreground_below(self.child),
            false => Job::UNKNOWN,
        };
        let role = Role::Outer { link: self.link.descriptor(), group };
        init::supervise(self.child, role, own, facts, None)
    }
}

fn tell_hints(sandbox: &Sandbox, found: &Credentials, plan: &Plan) {
    if plan.topology == Topology::Pid1 && sandbox.proc.is_none() {
        info!("--pid without --mount-proc: /proc shows the processes of outside");
    }
    if sandbox.propagation == Some(Propagation::Unchanged) {
        warn!("--propagation unchanged: what is mounted inside may appear outside");
    }
    let maps_root = |step: &Step| match step {
        Step::MapIds(_, ranges) => ranges.iter().any(|range| range.outside == 0),
        _ => false,
    };
    if found.user == 0
        && plan.namespaces.contains(Namespace::User)
        && plan.outer.iter().any(maps_root)
    {
        warn!("--user as root: the command owns the files of root (--map-users maps others)");
    }
}
