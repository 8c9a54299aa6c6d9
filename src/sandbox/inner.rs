//! The new process: sets the sandbox up from inside, then starts the app and is its
//! init, or becomes the app.

use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd::{Pid, getpid, getppid, setpgid};

use super::channel::Channel;
use super::plan::{Plan, Topology};
use super::{FailedAt, Step, app_plan, clocks, ids, mounts};
use crate::capabilities::{Capability, CapabilitySet};
use crate::init::{self, Report, Role};
use crate::namespaces::{Namespace, Namespaces};
use crate::plan::Facts;
use crate::signals::{Signal, SignalSet};
use crate::sys::{self, Capabilities};
use crate::{Run, exit, spawn};

/// What it exits with when there is no app: outer has heard why, and asks no more.
const FAILED: u8 = exit::INIT_FAILED;

/// Returns what the process is to exit with.
pub fn run(
    run: &Run,
    plan: &Plan,
    outer: Channel,
    link: Channel,
    report: Option<&mut Report>,
) -> u8 {
    // Nobody else would end this process when outer is killed. What is asked for too late,
    // the link tells: for that, no copy of its other end may be here.
    let _ = sys::set_parent_death_signal(Signal::KILL);
    drop(outer);
    if plan.topology != Topology::Direct {
        // What is sent to outer's group comes from outer, and not twice.
        let own = Pid::from_raw(0);
        let _ = setpgid(own, own);
    }
    if !plan.outer.is_empty() && !link.wait_for_go() {
        return FAILED;
    }
    for (n, step) in plan.inner.iter().enumerate() {
        if let Err(errno) = set_up(step) {
            link.fail(FailedAt::SetUp(n, errno));
            return FAILED;
        }
    }
    // A change of ids has taken it back (prctl(2)).
    let _ = sys::set_parent_death_signal(Signal::KILL);
    if link.hung_up() {
        return FAILED;
    }
    match plan.topology {
        Topology::Direct => become_app(run, plan, &link),
        Topology::Pid1 => {
            let app = app_plan(run, plan.topology, getpid());
            match spawn::spawn(&app, run.env) {
                Ok(main) => wait(run, main, link, report),
                Err(failure) => {
                    link.fail(FailedAt::App(failure));
                    FAILED
                }
            }
        }
        Topology::Subreaper => fork_app(run, plan, link, report),
    }
}

fn set_up(step: &Step) -> Result<(), Errno> {
    match step {
        Step::BecomeRoot => ids::become_root(),
        Step::Propagate(propagation) => mounts::propagate(*propagation),
        Step::RaiseLoopback => sys::raise_loopback(),
        Step::SetHostname(name) => sys::set_hostname(name),
        Step::SetDomainname(name) => sys::set_domainname(name),
        Step::MountProc(directory) => mounts::mount_proc(directory),
        Step::UnshareTime => sys::unshare(Namespaces::only(Namespace::Time)),
        Step::ShiftClocks(monotonic, boottime) => clocks::shift(*monotonic, *boottime),
        Step::HideFromProc => sys::set_dumpable(false),
        // outer's.
        Step::Clone
        | Step::AllowSetgroups
        | Step::DenySetgroups
        | Step::MapIds(..)
        | Step::HaveIdsMapped(..) => Ok(()),
    }
}

fn become_app(run: &Run, plan: &Plan, link: &Channel) -> u8 {
    let app = app_plan(run, plan.topology, getppid());
    let failure = spawn::with_numbers(&app, run.env, |numbers| {
        // Nobody knows of the process so early, so nothing is forgotten but init's.
        let mut forgotten = SignalSet::NONE;
        let link = Some(link.descriptor());
        spawn::become_app(&app, run.env, numbers, link, &mut forgotten)
    });
    link.fail(FailedAt::App(failure));
    FAILED
}

/// Starts the app in a process that shares no memory: one that does stays in the old
/// time namespace, or is refused (Linux before 6.3).
fn fork_app(run: &Run, plan: &Plan, link: Channel, report: Option<&mut Report>) -> u8 {
    let failed = |errno| FailedAt::App(spawn::Failure::Clone(errno));
    let [ours, theirs] = match Channel::pair() {
        Ok(pair) => pair,
        Err(errno) => {
            link.fail(failed(errno));
            return FAILED;
        }
    };
    match sys::clone_into(Namespaces::NONE) {
        Ok(None) => become_app(run, plan, &theirs),
        Ok(Some(main)) => {
            drop(theirs);
            match ours.wait_for_failure() {
                None => wait(run, main, link, report),
                Some(place) => {
                    sys::reap(main);
                    link.fail(place);
                    FAILED
                }
            }
        }
        Err(errno) => {
            link.fail(failed(errno));
            FAILED
        }
    }
}

/// Is the app's init.
fn wait(run: &Run, main: Pid, link: Channel, report: Option<&mut Report>) -> u8 {
    let facts = Facts { own: getpid(), ..run.facts };
    if facts.own.as_raw() != 1 {
        let _ = prctl::set_child_subreaper(true);
    }
    keep_kill_only();
    link.done();
    let role = Role::Inner { link: link.descriptor() };
    init::supervise(main, role, run.config, &facts, report)
}

/// Signals to processes of other users are all that an init needs a capability for.
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
