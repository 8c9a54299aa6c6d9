//! The steps of the app's own process, between the clone and the exec. Plain data.

use std::slice;
use std::time::Duration;

use super::Description;
use crate::capabilities::CapabilitySet;
use crate::config::sandbox::Limit;
use crate::diagnosis::Attempt;
use crate::seccomp::Filter;
use crate::signals::SignalSet;

/// One thing that the child does before it execs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Be killed when there is no exec after this time: it may hang, on a file system that
    /// does not answer.
    StartWithin(Duration),
    /// Lead a process group of its own.
    ProcessGroup,
    /// Lead a session of its own, and so a process group too.
    Session,
    /// Be killed when the parent is: a SIGKILL leaves init no time to end the main child.
    DieWithParent {
        /// There is no start if the kernel refuses it. Else the app then outlives a killed
        /// init, as under other inits.
        required: bool,
    },
    /// Forget the signals that came since the clone: init has those for its whole group too
    /// and forwards them, so the app would get them twice. The others are sent again.
    ForgetPending,
    /// Make the own group the terminal's foreground group.
    Foreground,
    /// Make the terminal the controlling terminal of the own session, where that is possible.
    ControllingTerminal,
    /// Make this descriptor stderr.
    Stderr(i32),
    /// All of these, in order: steps that only a sandbox has.
    Several(&'static [Step]),
    /// Limit a resource.
    Limit(Limit),
    /// Start in this directory.
    Directory(&'static [u8]),
    /// Let no exec ever give these capabilities.
    Bounding(CapabilitySet),
    /// Leave all supplementary groups but these.
    Groups(&'static [u32]),
    /// Become this group.
    Group(u32),
    /// Become this user.
    User {
        /// Its number.
        id: u32,
        /// The capabilities stay until they are set.
        keep: bool,
    },
    /// Give up the capabilities of the first set that are not in the second.
    Capabilities(CapabilitySet, CapabilitySet),
    /// Let exec give no privileges.
    NoNewPrivs,
    /// Have a new session keyring: keys of the caller's can be read otherwise.
    NewKeyring,
    /// Refuse to put keys into a terminal.
    GuardTerminal,
    /// Have this filter decide over system calls.
    Filter(&'static Filter),
    /// Close every descriptor from this number on, close-on-exec ones too: until the exec
    /// they could be the file that is run.
    CloseFrom(u32),
    /// Ignore SIGCHLD, as the process did that became init.
    IgnoreChildSignal,
    /// Note a TSTP instead of stopping by it. init waits for the exec, so it could not tell
    /// its shell of the stop, and nobody would continue the child.
    NoteStop,
    /// Set the signal mask that init was started with.
    Mask(SignalSet),
}

/// How many steps a list can have; those of a sandbox count as one.
const STEPS_MAX: usize = 10;

impl Step {
    /// What a message says of the step, and what it is to the search for a cause.
    pub fn describe(self) -> Description {
        let (operation, object, cause): (_, &[u8], _) = match self {
            Step::StartWithin(_) => ("limit the start", b"", None),
            Step::ProcessGroup => ("setpgid", b"", None),
            Step::Session => ("setsid", b"", None),
            Step::DieWithParent { .. } => ("be killed with init", b"", None),
            Step::ForgetPending => ("wait for signals", b"", None),
            Step::Foreground => ("tcsetpgrp", b"", None),
            Step::ControllingTerminal => ("take the terminal", b"", None),
            Step::Stderr(_) => ("dup2", b"stderr", None),
            Step::Several(_) => ("start", b"", None),
            Step::Limit(limit) => {
                let cause = Attempt::SetLimit(limit.resource, limit.hard);
                ("limit", limit.resource.name().as_bytes(), Some(cause))
            }
            Step::Directory(path) => ("chdir", path, None),
            Step::Groups(_) => ("setgroups", b"", Some(Attempt::SetGroups)),
            Step::Group(_) => ("setgid", b"", Some(Attempt::ChangeIds)),
            Step::User { .. } => ("setuid", b"", Some(Attempt::ChangeIds)),
            Step::Bounding(_) | Step::Capabilities(..) => ("set capabilities", b"", None),
            Step::NoNewPrivs => ("set no_new_privs", b"", None),
            Step::NewKeyring => ("new session keyring", b"", Some(Attempt::NewKeyring)),
            Step::GuardTerminal => ("guard the terminal", b"", Some(Attempt::GuardTerminal)),
            Step::Filter(filter) => ("load filter", filter.file, Some(Attempt::LoadFilter)),
            Step::CloseFrom(_) => ("close descriptors", b"", None),
            Step::IgnoreChildSignal => ("ignore SIGCHLD", b"", None),
            Step::NoteStop => ("note SIGTSTP", b"", None),
            Step::Mask(_) => ("set the signal mask", b"", None),
        };
        Description { operation, object, cause }
    }
}

/// Steps, first to last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps(pub(super) [Option<Step>; STEPS_MAX]);

impl Steps {
    /// How long the start may take.
    pub fn limit(&self) -> Option<Duration> {
        self.iter().find_map(|step| match step {
            Step::StartWithin(time) => Some(time),
            _ => None,
        })
    }

    /// Each step, in order.
    pub fn iter(&self) -> impl Iterator<Item = Step> {
        let each = |step| match step {
            &Step::Several(steps) => steps,
            step => slice::from_ref(step),
        };
        self.0.iter().flatten().flat_map(each).copied()
    }
}
