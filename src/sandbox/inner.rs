//! outer's child: sets the sandbox up from inside, then starts the app and is its init, or
//! becomes the app.
//!
//! In: what outer decided, and the channel. Out: what the process exits with. outer hears
//! through the channel why there is no app, and prints it.

use std::mem::forget;
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::unistd::{Pid, getpid};

use super::channel::{self, Channel};
use super::steps::{
    SetUp, cgroup, clocks, id_maps, join, loopback, names, nested, process, propagation,
};
use super::{Decided, FailedAt, rootfs};
use crate::init::{self, Inner, Report};
use crate::messages::{self, Notice};
use crate::namespaces::Namespaces;
use crate::plan::inner::Step;
use crate::plan::{Facts, Topology};
use crate::signals::{Signal, SignalSet};
use crate::sys;
use crate::{exit, spawn};

/// What the process exits with when there is no app. outer has heard why, and does not read
/// this status.
const FAILED: u8 = exit::INIT_FAILED;

/// Returns what the process is to exit with. `outer` is outer's end of the channel, and
/// `link` our own.
pub fn run(
    decided: &Decided<'_>,
    outer: Channel,
    link: Channel,
    report: &mut Option<Box<Report>>,
) -> u8 {
    // The channel hangs up when outer dies, provided that we hold no copy of outer's end.
    let closed = outer.close().map_err(FailedAt::Channel);
    match closed.and_then(|()| start(decided, &link)) {
        Ok(Started::Main(main)) => return wait(decided, main, &link, report.as_deref_mut()),
        Ok(Started::Told) => {}
        Err(place) => {
            tell(decided, place, &link);
            explain(decided, place, &link);
        }
    }
    // The process ends. On its way to the exec it may have closed all descriptors by their
    // numbers: to close them again, when their owners are dropped, would be a mistake.
    forget((link, report.take()));
    FAILED
}

/// Sets up, and starts the app.
fn start(decided: &Decided<'_>, link: &Channel) -> Result<Started, FailedAt> {
    let plan = decided.plan;
    let procfs = run_steps(decided, 0, &plan.inner, link)?;
    let started = start_app(decided, procfs, link)?;
    if let Started::Main(main) = started
        && let Err(place) = run_steps(decided, plan.inner.len(), plan.as_init, link)
    {
        end(main);
        return Err(place);
    }
    Ok(started)
}

/// Tells the parent why there is no app. If it cannot be told, the process prints it itself.
fn tell(decided: &Decided<'_>, place: FailedAt, link: &Channel) {
    // outer is gone, or has failed and stopped the set-up. The kernel may say ESRCH as well.
    let knows = matches!(place, FailedAt::SetUp(_, Errno::ESRCH)) && link.hung_up();
    if !knows && link.fail(place).is_err() && channel::noted().is_none() && !link.hung_up() {
        messages::log(&Notice::Failed(&decided.explain(place, None)));
    }
}

/// Tells outer why the app did not start, as far as that can be seen from here: outside, the
/// command's path may be another file's.
fn explain(decided: &Decided<'_>, place: FailedAt, link: &Channel) {
    let app = &decided.plan.app;
    if let FailedAt::App(failure) = place {
        if decided.plan.topology != Topology::Direct {
            spawn::cause::take_place(app);
        }
        if let Some(cause) = failure.cause(app) {
            link.explain(&cause);
        }
    }
}

/// Kills the app, which has just started, and its group, and reaps it.
fn end(main: Pid) {
    for pid in [main.as_raw(), -main.as_raw()] {
        let _ = sys::kill(Pid::from_raw(pid), Signal::KILL);
    }
    sys::reap(main);
}

/// What comes of the start of the app, in a process that is not the app.
enum Started {
    /// The app runs as this child.
    Main(Pid),
    /// It failed, and the parent of this process knows why.
    Told,
}

/// Runs the steps; `first` is the number of the first step, by which outer knows it. Of what
/// they leave, the /proc of outside is kept.
fn run_steps(
    decided: &Decided<'_>,
    first: usize,
    steps: &[Step],
    link: &Channel,
) -> Result<Option<OwnedFd>, FailedAt> {
    let mut state = SetUp::default();
    for (n, step) in (first..).zip(steps) {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        run_step(*step, decided, link, &mut state).map_err(|errno| FailedAt::SetUp(n, errno))?;
    }
    Ok(state.procfs.take())
}

fn run_step(
    step: Step,
    decided: &Decided<'_>,
    link: &Channel,
    state: &mut SetUp,
) -> Result<(), Errno> {
    match step {
        Step::DieWithOuter => die_with_outer(link),
        Step::LeaveGroup => process::leave_group(state),
        Step::AwaitOuter => link.wait_for_go(),
        Step::BecomeRoot => id_maps::become_root(state),
        Step::BecomeRootIfMapped => id_maps::become_root_if_mapped(state),
        Step::Join(step) => join::set_up(step, decided.doors, state),
        Step::UnshareCgroup => cgroup::unshare_namespace(state),
        Step::AwaitPersist => link.ready().and_then(|()| link.wait_for_go()),
        Step::Propagate(propagation) => propagation::set_up(propagation, state),
        Step::RaiseLoopback => loopback::set_up(state),
        Step::SetHostname(name) => names::set_up_host(name, state),
        Step::SetDomainname(name) => names::set_up_domain(name, state),
        Step::Mount(step) => rootfs::set_up(step, state),
        Step::UnshareTime => clocks::unshare(state),
        Step::LimitUserNamespaces => nested::limit(state),
        Step::ShiftClocks(monotonic, boottime) => clocks::set_up(monotonic, boottime, state),
        Step::AdoptOrphans => process::adopt_orphans(state),
        Step::WipeEnvironment => {
            let sandbox = decided.config.sandbox.as_ref();
            sandbox.and_then(|sandbox| sandbox.cleared).inspect(|cleared| cleared.wipe());
            Ok(())
        }
        Step::HideFromProc => process::hide(state),
        Step::KeepKill => process::keep_kill(state),
        Step::TellOuter => link.done(),
    }
}

/// If outer died before the call, the kernel sends nothing, but the channel hangs up.
fn die_with_outer(link: &Channel) -> Result<(), Errno> {
    sys::set_parent_death_signal(Signal::KILL)?;
    if link.hung_up() { Err(Errno::ESRCH) } else { Ok(()) }
}

fn start_app(
    decided: &Decided<'_>,
    procfs: Option<OwnedFd>,
    link: &Channel,
) -> Result<Started, FailedAt> {
    let Decided { facts, plan, .. } = *decided;
    match plan.topology {
        Topology::Direct => Err(become_app(decided, facts.own, link)),
        Topology::Pid1 | Topology::Subreaper if plan.forks => fork_app(decided, procfs),
        Topology::Pid1 | Topology::Subreaper => {
            spawn::spawn(&plan.app, getpid()).map(Started::Main).map_err(FailedAt::App)
        }
    }
}

/// Becomes the app, whose parent is `parent`; returns why not.
fn become_app(decided: &Decided<'_>, parent: Pid, link: &Channel) -> FailedAt {
    let app = &decided.plan.app;
    let failure = spawn::with_late_entries(&app.environment, |late| {
        // Nobody knows of the process so early: what it forgets was for init.
        let mut forgotten = SignalSet::NONE;
        let link = Some(link.descriptor());
        spawn::become_app(app, parent, late, link, &mut forgotten)
    });
    FailedAt::App(failure)
}

/// Starts the app in a process that shares no memory.
fn fork_app(decided: &Decided<'_>, procfs: Option<OwnedFd>) -> Result<Started, FailedAt> {
    let failed = |errno| FailedAt::App(spawn::Failure::Clone(errno));
    let own = getpid();
    let [ours, theirs] = Channel::pair().map_err(failed)?;
    let nested = decided.plan.nested.as_ref().zip(procfs);
    let made = if nested.is_some() { nested::clone() } else { sys::clone_into(Namespaces::NONE) };
    let Some(main) = made.map_err(failed)? else {
        // As in `run`: the channel hangs up when the parent dies.
        let failed = match ours.close() {
            Ok(()) => match nested.map_or(Ok(()), |(_, procfs)| nested::await_ids(procfs, &theirs))
            {
                Ok(()) => become_app(decided, own, &theirs),
                Err(errno) => FailedAt::Nested(errno),
            },
            Err(errno) => FailedAt::Channel(errno),
        };
        tell(decided, failed, &theirs);
        forget(theirs);
        return Ok(Started::Told);
    };
    let closed = theirs.close();
    if let Some((maps, procfs)) = nested
        && let Err(errno) = nested::map_ids(procfs, maps, &ours)
    {
        end(main);
        return Err(FailedAt::Nested(errno));
    }
    match closed.and_then(|()| ours.wait_for_failure()) {
        Ok(None) => {
            spawn::send_again(main, SignalSet::NONE);
            Ok(Started::Main(main))
        }
        Ok(Some(place)) => {
            sys::reap(main);
            Err(place)
        }
        Err(errno) => {
            end(main);
            Err(FailedAt::Channel(errno))
        }
    }
}

/// Is the app's init.
fn wait(decided: &Decided<'_>, main: Pid, link: &Channel, report: Option<&mut Report>) -> u8 {
    let facts = Facts { own: getpid(), ..*decided.facts };
    let role = Inner { channel: link.descriptor() };
    init::supervise(main, &role, decided.config, &facts, report)
}
