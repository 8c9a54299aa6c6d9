//! outer's child: sets the sandbox up from inside, then starts the app and is its init, or
//! becomes the app.
//!
//! In: what outer decided, and the channel. Out: what the process exits with. It prints
//! nothing: outer hears through the channel why there is no app.

use std::mem::forget;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd::{Pid, getpid};

use super::channel::Channel;
use super::steps::{SetUp, clocks, id_maps, loopback, names, process, propagation};
use super::{Decided, FailedAt, rootfs};
use crate::capabilities::{Capability, CapabilitySet};
use crate::init::{self, Inner, Report};
use crate::namespaces::Namespaces;
use crate::plan::inner::Step;
use crate::plan::{Facts, Topology};
use crate::signals::{Signal, SignalSet};
use crate::sys::{self, Capabilities};
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
    drop(outer);
    match set_up(&decided.plan.inner, &link).and_then(|()| start_app(decided, &link)) {
        Ok(Started::Main(main)) => return wait(decided, main, link, report.as_deref_mut()),
        Ok(Started::Told) => {}
        Err(place) => link.fail(place),
    }
    // The process ends. On its way to the exec it may have closed all descriptors by their
    // numbers: to close them again, when their owners are dropped, would be a mistake.
    forget((link, report.take()));
    FAILED
}

/// What comes of the start of the app, in a process that is not the app.
enum Started {
    /// The app runs as this child.
    Main(Pid),
    /// It failed, and the parent of this process knows why.
    Told,
}

fn set_up(steps: &[Step], link: &Channel) -> Result<(), FailedAt> {
    let mut state = SetUp::default();
    for (n, step) in (0..).zip(steps) {
        run_step(*step, link, &mut state).map_err(|errno| FailedAt::SetUp(n, errno))?;
    }
    Ok(())
}

fn run_step(step: Step, link: &Channel, state: &mut SetUp) -> Result<(), Errno> {
    match step {
        Step::DieWithOuter => die_with_outer(link),
        Step::LeaveGroup => process::leave_group(state),
        Step::AwaitOuter => {
            if link.wait_for_go() {
                Ok(())
            } else {
                Err(Errno::ESRCH)
            }
        }
        Step::BecomeRoot => id_maps::become_root(state),
        Step::Propagate(propagation) => propagation::set_up(propagation, state),
        Step::RaiseLoopback => loopback::set_up(state),
        Step::SetHostname(name) => names::set_up_host(name, state),
        Step::SetDomainname(name) => names::set_up_domain(name, state),
        Step::Mount(step) => rootfs::set_up(step, state),
        Step::UnshareTime => clocks::unshare(state),
        Step::ShiftClocks(monotonic, boottime) => clocks::set_up(monotonic, boottime, state),
        Step::HideFromProc => process::hide(state),
    }
}

/// If outer died before the call, the kernel sends nothing, but the channel hangs up.
fn die_with_outer(link: &Channel) -> Result<(), Errno> {
    let _ = sys::set_parent_death_signal(Signal::KILL);
    if link.hung_up() { Err(Errno::ESRCH) } else { Ok(()) }
}

fn start_app(decided: &Decided<'_>, link: &Channel) -> Result<Started, FailedAt> {
    let Decided { facts, plan, .. } = *decided;
    match plan.topology {
        Topology::Direct => Err(become_app(decided, facts.own, link)),
        Topology::Pid1 => {
            spawn::spawn(&plan.app, getpid()).map(Started::Main).map_err(FailedAt::App)
        }
        Topology::Subreaper => fork_app(decided),
    }
}

/// Becomes the app, whose parent is `parent`; returns why not.
fn become_app(decided: &Decided<'_>, parent: Pid, link: &Channel) -> FailedAt {
    let app = &decided.plan.app;
    let failure = spawn::with_numbers(&app.environment, |numbers| {
        // Nobody knows of the process so early: what it forgets was for init.
        let mut forgotten = SignalSet::NONE;
        let link = Some(link.descriptor());
        spawn::become_app(app, parent, numbers, link, &mut forgotten)
    });
    FailedAt::App(failure)
}

/// Starts the app in a process that shares no memory: a process that shares memory stays in
/// the old time namespace, or is refused (Linux before 6.3).
fn fork_app(decided: &Decided<'_>) -> Result<Started, FailedAt> {
    let failed = |errno| FailedAt::App(spawn::Failure::Clone(errno));
    let own = getpid();
    let [ours, theirs] = Channel::pair().map_err(failed)?;
    let Some(main) = sys::clone_into(Namespaces::NONE).map_err(failed)? else {
        theirs.fail(become_app(decided, own, &theirs));
        // As in `run`.
        forget(ours);
        return Ok(Started::Told);
    };
    drop(theirs);
    let Some(place) = ours.wait_for_failure() else { return Ok(Started::Main(main)) };
    sys::reap(main);
    Err(place)
}

/// Is the app's init.
fn wait(decided: &Decided<'_>, main: Pid, link: Channel, report: Option<&mut Report>) -> u8 {
    let facts = Facts { own: getpid(), ..*decided.facts };
    if facts.own.as_raw() != 1 {
        let _ = prctl::set_child_subreaper(true);
    }
    keep_kill_only();
    link.done();
    let role = Inner { channel: link.descriptor() };
    init::supervise(main, &role, decided.config, &facts, report)
}

/// An init needs one capability only: to signal processes of other users.
fn keep_kill_only() {
    let kill = CapabilitySet::only(Capability::KILL);
    let kept = sys::capabilities().permitted.intersection(kill);
    let none = CapabilitySet::NONE;
    let _ = sys::set_capabilities(&Capabilities {
        effective: kept,
        permitted: kept,
        inheritable: none,
    });
}
