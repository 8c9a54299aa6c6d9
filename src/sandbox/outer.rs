//! outer: stays outside, makes the child, does its own steps for it, and stands for it.
//!
//! In: what was asked for. Out: init's status, or why there is no app.

use log::{info, warn};
use nix::errno::Errno;
use nix::unistd::{Pid, chdir};

use super::channel::Channel;
use super::steps::id_maps;
use super::{Decided, Failed, FailedAt, credentials, inner};
use crate::config::Config;
use crate::config::sandbox::{Propagation, Sandbox};
use crate::init::{self, Job, Only, Report};
use crate::messages::Error;
use crate::namespaces::{Namespace, Namespaces};
use crate::parse_number::number;
use crate::plan::outer::Step;
use crate::plan::{self, Credentials, Facts, SandboxPlan, Topology};
use crate::sys::{self, STDIN};
use crate::terminal;

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
    let found = credentials::look_up(sandbox);
    let plan = plan::sandbox(sandbox, config, facts, &found).map_err(|refusal| {
        let (step, errno, said) = refusal.describe();
        Failed { step, errno, said }.explain(Namespaces::only(Namespace::User))
    })?;
    log_hints(sandbox, &found, &plan);
    if plan.topology == Topology::Direct {
        init::adopt_orphans(config, facts.own);
    }
    init::prepare(config);
    let failed = |errno| Failed::new(Failed::CLONE, errno).explain(plan.namespaces);
    let [ours, theirs] = Channel::pair().map_err(failed)?;
    // The child starts where we are: our rights to get there are more than its own, and no
    // descriptor opened here is of its mount namespace.
    if let Some(root) = sandbox.root {
        let enter = |errno| Failed::new(Failed::enter(root), errno).explain(plan.namespaces);
        chdir(root).map_err(enter)?;
    }
    let decided = Decided { config, facts, plan: &plan };
    match sys::clone_into(plan.namespaces).map_err(failed)? {
        None => Ok(inner::run(&decided, ours, theirs, report)),
        Some(child) => {
            drop(theirs);
            let outer = Outer { decided, child, link: ours };
            outer.start()?;
            Ok(outer.wait(report))
        }
    }
}

struct Outer<'a> {
    decided: Decided<'a>,
    child: Pid,
    link: Channel,
}

impl Outer<'_> {
    /// Does outer's steps, and returns once the app runs.
    fn start(&self) -> Result<(), Error> {
        let plan = self.decided.plan;
        if plan.topology != Topology::Direct {
            self.link.signal_input();
        }
        for step in &plan.outer {
            if let Err(failed) = self.run_step(step) {
                self.link.stop();
                // The child was killed from outside; report that instead of the failed step.
                if sys::is_killed(self.child) {
                    return Ok(());
                }
                sys::reap(self.child);
                return Err(failed.explain(plan.namespaces));
            }
        }
        if !plan.outer.is_empty() {
            self.link.go();
        }
        let Some(place) = self.link.wait_for_failure() else { return Ok(()) };
        sys::reap(self.child);
        if self.decided.facts.foreground {
            terminal::take_back(STDIN, self.child);
        }
        Err(self.explain(place))
    }

    fn run_step(&self, step: &Step) -> Result<(), Failed> {
        let silent = |errno: Errno| (errno, None);
        let done = match step {
            Step::DenySetgroups => id_maps::deny_setgroups(self.child).map_err(silent),
            Step::MapIds(ids, ranges) => id_maps::map(self.child, *ids, ranges).map_err(silent),
            Step::HaveIdsMapped(ids, ranges) => {
                id_maps::have_mapped(&self.decided, self.child, *ids, ranges)
            }
        };
        done.map_err(|(errno, said)| Failed { step: step.describe(), errno, said })
    }

    fn explain(&self, place: FailedAt) -> Error {
        let plan = self.decided.plan;
        let user = plan.namespaces.contains(Namespace::User);
        match place {
            FailedAt::SetUp(n, errno) => {
                let step = usize::try_from(n).ok().and_then(|n| plan.inner.get(n));
                let new = match step {
                    Some(plan::inner::Step::UnshareTime) => Namespaces::only(Namespace::Time),
                    _ => plan.namespaces,
                };
                let step = step.map_or(Failed::CLONE, |step| step.describe());
                Failed::new(step, errno).explain(new)
            }
            FailedAt::App(failure) => {
                let error = failure.explain(&plan.app);
                match number::<u32>(error.object).filter(|_| user) {
                    Some(_) => Error { remedy: Some("--user takes no value".into()), ..error },
                    None => error,
                }
            }
        }
    }

    /// Forwards signals until the child is gone.
    fn wait(self, report: &mut Option<Box<Report>>) -> u8 {
        let Decided { config, facts, plan, .. } = self.decided;
        if plan.topology == Topology::Direct {
            drop(self.link);
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

fn log_hints(sandbox: &Sandbox, found: &Credentials, plan: &SandboxPlan) {
    if plan.topology == Topology::Pid1 && sandbox.proc.is_none() && sandbox.root.is_none() {
        info!("--pid without --mount-proc: /proc shows the processes of outside");
    }
    if sandbox.propagation == Some(Propagation::Unchanged) {
        warn!("--propagation unchanged: what is mounted inside may appear outside");
    }
    let maps_root = |step: &Step| match step {
        Step::MapIds(_, ranges) => ranges.iter().any(|range| range.outside == 0),
        Step::DenySetgroups | Step::HaveIdsMapped(..) => false,
    };
    if found.user == 0
        && plan.namespaces.contains(Namespace::User)
        && plan.outer.iter().any(maps_root)
        && credentials::are_global()
    {
        warn!("--user as root: the command owns the files of root (--map-users maps others)");
    }
}
