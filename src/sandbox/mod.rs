//! Sandbox mode: the command in namespaces of its own, and nothing left behind.
//!
//! In: what was asked for and what was found at start. Out: init's status, or why there is
//! no app.
//!
//! | process | where | does |
//! |-|-|-|
//! | outer | outside | makes the child, maps ids, forwards signals, returns the status |
//! | inner | PID 1 inside | sets up, starts the app, and is its init |
//! | app | inside | the command |
//!
//! Without a PID namespace there is no inner, and outer's child becomes the app. A time
//! namespace alone needs an inner, since only its children get the new clocks.
//!
//! Whatever is killed, the rest goes too: inner has asked the kernel to be killed when
//! outer is, and the kernel kills a PID namespace with its PID 1.
//!
//! `plan` decides the steps. `outer` and `inner` run them, with a module in `steps` for each
//! kernel concept and in `rootfs` for each part of the app's file system.

mod channel;
mod credentials;
mod filters;
mod hints;
mod inner;
mod outer;
mod patience;
mod print;
pub mod rootfs;
mod self_copy;
pub mod steps;

use std::borrow::Cow;

use nix::errno::Errno;

use crate::config::Config;
use crate::diagnosis::{self, Observed};
use crate::exit;
use crate::messages::Error;
use crate::namespaces::{Namespace, Namespaces};
use crate::parse_number::number;
use crate::plan::inner::Step;
use crate::plan::{Description, Facts, SandboxPlan};
use crate::spawn::Failure;
use crate::sys;
pub use credentials::{denies_groups, find_ranges, groups_denied};
pub use outer::run;
pub use self_copy::{become_copy, can_copy};
use steps::join::Doors;

/// What outer, inner and the app all know: it was decided before the first clone.
struct Decided<'a> {
    config: &'a Config,
    facts: &'a Facts,
    plan: &'a SandboxPlan,
    doors: &'a Doors,
}

/// Where the child, or the app's own process, failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FailedAt {
    /// At this step of the inner plan, counted from 0.
    SetUp(u32, Errno),
    /// At the start of the app.
    App(Failure),
    /// At the user namespace of the app's own.
    Nested(Errno),
    /// Where it was to hear of the app's start.
    Channel(Errno),
}

impl Decided<'_> {
    /// The error that init ends with after this failure; `cause` is what inner, or the app's
    /// own process, has found of the cause.
    fn explain(&self, place: FailedAt, cause: Option<String>) -> Error {
        let new = self.plan.namespaces;
        match place {
            FailedAt::SetUp(n, errno) => {
                let mut steps = self.plan.inner.iter().chain(self.plan.as_init);
                let step = usize::try_from(n).ok().and_then(|n| steps.nth(n));
                let new = match step {
                    Some(Step::UnshareTime) => Namespaces::only(Namespace::Time),
                    Some(Step::UnshareCgroup) => Namespaces::only(Namespace::Cgroup),
                    _ => new,
                };
                let step = step.map_or(Failed::CLONE, |step| step.describe());
                Failed::new(step, errno).explain(new)
            }
            FailedAt::App(failure) => {
                let cause = cause.or_else(|| self.lacking(failure));
                let error = failure.explain(&self.plan.app, cause);
                let user = new.contains(Namespace::User);
                match number::<u32>(error.object).filter(|_| user) {
                    Some(id) => Error {
                        remedy: Some(format!("--user takes no value; use --setuid {id}").into()),
                        ..error
                    },
                    None => error,
                }
            }
            FailedAt::Nested(errno) => Failed::new(Failed::NEST, errno).explain(new),
            FailedAt::Channel(errno) => Failed::new(Failed::LISTEN, errno).explain(new),
        }
    }

    /// Which capability the step would have taken. Only outer still has what init was started
    /// with; in another user namespace the app's process had all.
    fn lacking(&self, failure: Failure) -> Option<String> {
        let same = !self.plan.namespaces.contains(Namespace::User) && self.doors.open.is_empty();
        let step = failure.refused_step(&self.plan.app).filter(|_| same)?;
        let own = sys::capabilities().ok()?.permitted;
        diagnosis::lacking(step, own).map(|hint| hint.to_string())
    }
}

/// A step that failed.
#[derive(Clone, Debug)]
struct Failed {
    /// The step.
    step: Description,
    /// The kernel's answer.
    errno: Errno,
    /// What is known of the cause already: the words of a program that did the step.
    said: Option<Cow<'static, str>>,
}

impl Failed {
    /// The clone of the child.
    const CLONE: Description =
        Description { operation: "clone", object: b"", cause: Some(diagnosis::Attempt::Create) };

    /// The clone into an existing PID namespace.
    const CLONE_JOINED: Description = Description {
        operation: "clone",
        object: b"",
        cause: Some(diagnosis::Attempt::CreateJoined),
    };

    /// The ids of the app's own user namespace.
    const NEST: Description = Description {
        operation: "map the ids of the app's user namespace",
        object: b"",
        cause: None,
    };
    /// The message that lets the child go on.
    const GO: Description = Description { operation: "let inner go on", object: b"", cause: None };
    /// The message that the app runs.
    const LISTEN: Description =
        Description { operation: "hear whether the app runs", object: b"", cause: None };

    /// The move to the directory that is to be the root.
    fn enter(root: &'static [u8]) -> Description {
        Description { operation: "enter", object: root, cause: None }
    }

    /// A step that the kernel refused.
    fn new(step: Description, errno: Errno) -> Failed {
        Failed { step, errno, said: None }
    }

    /// The error that init ends with. This is the one place where a cause is looked up.
    /// `new`: the namespaces that the step was for.
    fn explain(self, new: Namespaces) -> Error {
        let Failed { step: Description { operation, object, cause }, errno, said } = self;
        let hint =
            cause.and_then(|cause| diagnosis::explain(cause, errno, new, &Observed::collect(new)));
        let remedy = match (hint, said) {
            (Some(hint), Some(said)) => Some(format!("{hint}; {said}").into()),
            (Some(hint), None) => Some(hint.to_string().into()),
            (None, said) => said,
        };
        Error { operation, object, errno, remedy, status: exit::INIT_FAILED }
    }
}
