//! Sandbox mode: the command in namespaces of its own, and nothing left behind.
//!
//! In: what was asked for. Out: init's status, or why there is no app.
//!
//! | process | where | does |
//! |-|-|-|
//! | outer | outside | makes the child, maps ids, forwards signals, returns the status |
//! | inner | PID 1 inside | sets up, starts the app, and is its init |
//! | app | inside | the command |
//!
//! Without a PID namespace there is no inner, and outer's child becomes the app. A time
//! namespace alone needs one, for only its child gets new clocks.
//!
//! Whatever is killed, the rest goes too: inner has asked the kernel to be killed when
//! outer is, and the kernel kills a PID namespace with its PID 1.

mod clocks;
mod credentials;
mod ids;
mod inner;
mod channel;
mod mounts;
mod outer;
mod plan;
mod procfile;
mod subordinate;

use std::borrow::Cow;

use nix::errno::Errno;
use nix::unistd::Pid;

use crate::Run;
use crate::diagnosis::{self, Observed};
use crate::exit;
use crate::messages::error::Error;
use crate::namespaces::{Namespace, Namespaces};
use crate::plan::{Facts, SpawnPlan};
use crate::spawn::Failure;
pub use mounts::{mount_proc, propagate};
pub use outer::run;
use plan::{Step, Topology};
pub use subordinate::name_of;

/// How the app starts: its plan as all three processes have it. The process that makes
/// it has the number `maker` for itself; where that is not known, any but 1.
fn app_plan(run: &Run, topology: Topology, maker: Pid) -> SpawnPlan {
    let own = match topology {
        Topology::Direct => run.facts.own,
        Topology::Pid1 => Pid::from_raw(1),
        Topology::Subreaper => maker,
    };
    crate::plan::plan(run.config, &Facts { own, ..run.facts })
}

/// Where the child, or the app's own process, failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedAt {
    /// At this step of the inner plan, counted from 0.
    SetUp(usize, Errno),
    /// At the start of the app.
    App(Failure),
}

/// A step that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Which one.
    pub step: Step,
    /// The kernel's answer.
    pub errno: Errno,
    /// What a program that was to do it said.
    pub said: Option<String>,
}

impl Failed {
    /// A step that the kernel refused.
    pub fn new(step: Step, errno: Errno) -> Failed {
        Failed { step, errno, said: None }
    }

    /// In the words that init ends with: the one place where a cause is looked up. The
    /// namespaces are those that were wanted.
    pub fn explain(self, new: Namespaces) -> Error {
        let (operation, object) = self.step.words();
        let errno = self.errno;
        let new = match self.step {
            Step::UnshareTime => Namespaces::only(Namespace::Time),
            _ => new,
        };
        let remedy = self.said.or_else(|| {
            let hint = diagnosis::explain(self.step.cause(), errno, new, &Observed::collect(new));
            hint.map(|hint| hint.to_string())
        });
        let remedy = remedy.map(Cow::Owned);
        Error { operation, object, errno, remedy, status: exit::INIT_FAILED }
    }
}
