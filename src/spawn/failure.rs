//! Why an app was not started, and the error that init ends with.
//!
//! In: what failed, and the plan. Out: an `Error`. Looks around only after the failure.

use nix::errno::Errno;

use super::cause;
use crate::diagnosis::{self, Observed};
use crate::exit;
use crate::messages::Error;
use crate::namespaces::Namespaces;
use crate::plan::AppPlan;
use crate::plan::app::Step;
use crate::text::HumanDuration;

/// Why there is no app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There is no child.
    Clone(Errno),
    /// The child failed at this step of the plan, counted from 0.
    Step(u32, Errno),
    /// The kernel does not run the command.
    Exec(Errno),
    /// The start took longer than it may, and the child was killed.
    Hung,
}

fn step(plan: &AppPlan, n: u32) -> Option<Step> {
    usize::try_from(n).ok().and_then(|n| plan.steps.iter().nth(n))
}

impl Failure {
    /// The kernel's answer.
    pub fn errno(self) -> Errno {
        match self {
            Failure::Clone(errno) | Failure::Step(_, errno) | Failure::Exec(errno) => errno,
            Failure::Hung => Errno::ETIMEDOUT,
        }
    }

    /// The step that was not permitted.
    pub fn refused_step(self, plan: &AppPlan) -> Option<Step> {
        match self {
            Failure::Step(n, Errno::EPERM) => step(plan, n),
            _ => None,
        }
    }

    /// The cause, as far as it can be seen from here: in the process that failed, or in its
    /// parent with the same root, directory and ids.
    pub fn cause(self, plan: &AppPlan) -> Option<String> {
        match self {
            Failure::Exec(errno) => cause::of_exec(plan, errno).map(|hint| hint.to_string()),
            // This hint needs no look around.
            Failure::Clone(errno) => {
                let (none, observed) = (Namespaces::NONE, Observed::default());
                let hint = diagnosis::explain(diagnosis::Attempt::Create, errno, none, &observed);
                hint.map(|hint| hint.to_string())
            }
            Failure::Step(n, errno) => {
                let new = Namespaces::NONE;
                let attempt = step(plan, n)?.describe().cause?;
                let hint = diagnosis::explain(attempt, errno, new, &Observed::collect(new));
                hint.map(|hint| hint.to_string())
            }
            Failure::Hung => plan.steps.limit().map(|time| {
                format!("it hung for {}: --timeout and the grace period", HumanDuration(time))
            }),
        }
    }

    /// The error that init ends with, given the cause from [`Failure::cause`].
    pub fn explain(self, plan: &AppPlan, cause: Option<String>) -> Error {
        let errno = self.errno();
        let name = plan.command.get(0).map_or(&[][..], |name| name.to_bytes());
        let (operation, object, status) = match self {
            Failure::Clone(_) => ("clone", &[][..], exit::INIT_FAILED),
            Failure::Step(n, _) => {
                let (operation, object) = step(plan, n).map_or(("start", &[][..]), |step| {
                    let step = step.describe();
                    (step.operation, step.object)
                });
                (operation, object, exit::INIT_FAILED)
            }
            Failure::Hung => ("start", name, exit::TIMED_OUT),
            Failure::Exec(errno) => ("exec", name, exit::exec_failed(errno)),
        };
        Error { operation, object, errno, remedy: cause.map(Into::into), status }
    }
}
