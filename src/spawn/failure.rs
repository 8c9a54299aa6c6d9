//! Why an app was not started, and the error that init ends with. In: what failed, and the
//! plan. Out: an `Error`. Looks around only after the failure.

use nix::errno::Errno;

use crate::diagnosis::{self, Observed};
use crate::exit;
use crate::messages::Error;
use crate::namespaces::Namespaces;
use crate::plan::AppPlan;

/// Why there is no app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There is no child.
    Clone(Errno),
    /// The child failed at this step of the plan, counted from 0.
    Step(u32, Errno),
    /// The kernel does not run the command.
    Exec {
        /// Its answer.
        errno: Errno,
        /// The command's file exists, where the command would have run.
        exists: bool,
    },
}

impl Failure {
    /// The kernel's answer.
    pub fn errno(self) -> Errno {
        match self {
            Failure::Clone(errno) | Failure::Step(_, errno) | Failure::Exec { errno, .. } => errno,
        }
    }

    /// The error that init ends with.
    pub fn explain(self, plan: &AppPlan) -> Error {
        let failed = |operation, object, errno| Error {
            operation,
            object,
            errno,
            remedy: None,
            status: exit::INIT_FAILED,
        };
        // These hints need no look around.
        let why = |step, errno| {
            let hint = diagnosis::explain(step, errno, Namespaces::NONE, &Observed::default());
            hint.map(|hint| hint.to_string().into())
        };
        match self {
            Failure::Clone(errno) => Error {
                remedy: why(diagnosis::Attempt::Create, errno),
                ..failed("clone", &[], errno)
            },
            Failure::Step(n, errno) => {
                let step = usize::try_from(n).ok().and_then(|n| plan.steps.iter().nth(n));
                let (operation, object) = step.map_or(("start", &[][..]), |step| {
                    let step = step.describe();
                    (step.operation, step.object)
                });
                failed(operation, object, errno)
            }
            Failure::Exec { errno, exists } => {
                let name = plan.command.get(0).map_or(&[][..], |name| name.to_bytes());
                Error {
                    remedy: why(diagnosis::Attempt::Exec { exists }, errno),
                    status: exit::exec_failed(errno),
                    ..failed("exec", name, errno)
                }
            }
        }
    }
}
