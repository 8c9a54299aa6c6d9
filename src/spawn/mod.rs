//! Starts the main child by a plan.
//!
//! In: `AppPlan`. Out: the pid of a child that has become the app, or the reason why it has
//! not. The half that runs in the child never allocates, logs or panics: it shares init's
//! memory (see `sys::vfork`).

mod capabilities;
pub mod cause;
pub mod descriptors;
mod directory;
mod environment;
mod exec;
mod failure;
mod path;
mod steps;

use std::os::fd::BorrowedFd;
use std::time::Instant;

use nix::unistd::Pid;

use crate::exit;
use crate::namespaces::Namespaces;
use crate::plan::AppPlan;
use crate::plan::app::Step;
use crate::signals::{Signal, SignalSet};
use crate::sys::{self, STDIN};
use crate::terminal;
pub use environment::{LateEntries, with_late_entries};
pub use failure::Failure;

/// Starts the main child of this process, whose number is `own`, and returns once the child
/// runs the command.
///
/// # Errors
/// There is no child, a step of the plan failed, or the command cannot be run.
pub fn spawn(plan: &AppPlan, own: Pid) -> Result<Pid, Failure> {
    let started = plan.steps.limit().map(|_| Instant::now());
    let mut failure = None;
    let mut forgotten = SignalSet::NONE;
    let child = with_late_entries(&plan.environment, |late| {
        sys::vfork(Namespaces::NONE, &mut || {
            failure = Some(become_app(plan, own, late, None, &mut forgotten));
            // Nobody reads this status: the parent finds `failure` first.
            i32::from(exit::INIT_FAILED)
        })
    });
    let pid = child.map_err(Failure::Clone)?;
    let started = started.zip(plan.steps.limit());
    if started.is_some_and(|(at, limit)| at.elapsed() >= limit) {
        // The kernel has killed it, or was about to.
        let _ = sys::kill(pid, Signal::KILL);
        failure = Some(Failure::Hung);
    }
    // A filter may have killed the child for what it did after its exec had failed.
    let Some(failure) = failure.or_else(|| sys::noted_exec().map(Failure::Exec)) else {
        send_again(pid, forgotten);
        return Ok(pid);
    };
    sys::reap(pid);
    if plan.steps.iter().any(|step| step == Step::Foreground) {
        terminal::take_back(STDIN, pid);
    }
    Err(failure)
}

/// Sends the app, which runs, the signals that its process forgot, and the stop that it noted.
pub fn send_again(child: Pid, forgotten: SignalSet) {
    let mut signals = forgotten;
    if signals != SignalSet::NONE {
        // A signal to the whole group is pending for init too, which will forward it. Where a
        // filter hides that, the app gets it twice rather than never.
        signals = signals.without(sys::pending_signals().unwrap_or(SignalSet::NONE));
    }
    if sys::stop_noted() {
        signals = signals.with(Signal::TSTP);
    }
    if signals == SignalSet::NONE {
        return;
    }
    for signal in Signal::all().filter(|signal| signals.contains(*signal)) {
        let _ = sys::kill(child, signal);
    }
}

/// Turns this process into the app by the steps of the plan; returns only why not. `parent`
/// is the number of the parent, as the parent knew it before the clone. `link`: where the two
/// share no memory, the channel that tells the parent of a failure. `forgotten` gets the
/// signals that came too early for the app.
pub fn become_app(
    plan: &AppPlan,
    parent: Pid,
    late: &LateEntries<'_>,
    link: Option<BorrowedFd<'_>>,
    forgotten: &mut SignalSet,
) -> Failure {
    late.fill_number();
    for (n, step) in (0..).zip(plan.steps.iter()) {
        if let Err(errno) = steps::run(step, parent, late, link, forgotten) {
            return Failure::Step(n, errno);
        }
    }
    Failure::Exec(exec::exec(plan))
}
