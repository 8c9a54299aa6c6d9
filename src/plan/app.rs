//! How the app's own process starts: the steps between the clone and the exec.
//!
//! In: `Config` and `Facts`. Out: `AppPlan`. Pure. Allocates nothing: the list of steps is
//! an array, since a list has each kind of step at most once.

use super::{Description, Facts};
use crate::capabilities::CapabilitySet;
use crate::config::Config;
use crate::config::environment::AppEnvironment;
use crate::config::sandbox::Sandbox;
use crate::signals::SignalSet;
use crate::sys::Strings;

/// One thing that the child does before it execs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
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
    /// Start in this directory.
    Directory(&'static [u8]),
    /// Give up the capabilities of the first set that are not in the second.
    Capabilities(CapabilitySet, CapabilitySet),
    /// Let exec give no privileges.
    NoNewPrivs,
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

/// How many kinds of steps a list can have, one of each.
const KINDS: usize = 11;

impl Step {
    /// What a message says of the step, and what it is to the search for a cause.
    pub fn describe(self) -> Description {
        let (operation, object, cause): (_, &[u8], _) = match self {
            Step::ProcessGroup => ("setpgid", b"", None),
            Step::Session => ("setsid", b"", None),
            Step::DieWithParent { .. } => ("be killed with init", b"", None),
            Step::ForgetPending => ("wait for signals", b"", None),
            Step::Foreground => ("tcsetpgrp", b"", None),
            Step::ControllingTerminal => ("take the terminal", b"", None),
            Step::Stderr(_) => ("dup2", b"stderr", None),
            Step::Directory(path) => ("chdir", path, None),
            Step::Capabilities(..) => ("set capabilities", b"", None),
            Step::NoNewPrivs => ("set no_new_privs", b"", None),
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
pub struct Steps([Option<Step>; KINDS]);

impl Steps {
    /// Each step, in order.
    pub fn iter(&self) -> impl Iterator<Item = Step> {
        self.0.iter().flatten().copied()
    }
}

/// How to start the app.
#[derive(Clone, Copy, Debug)]
pub struct AppPlan {
    /// What its process does before the exec.
    pub steps: Steps,
    /// The command and its arguments.
    pub command: Strings,
    /// The environment of the command.
    pub environment: AppEnvironment,
}

/// Decides how the app is started. `dies_with_parent`: no kernel kills it together with its
/// parent, as it does in a PID namespace with PID 1 (pid_namespaces(7)).
pub fn plan(config: &Config, facts: &Facts, dies_with_parent: bool) -> AppPlan {
    let (lead, terminal) = if config.new_session {
        (Step::Session, Some(Step::ControllingTerminal))
    } else {
        (Step::ProcessGroup, facts.foreground.then_some(Step::Foreground))
    };
    let sandbox = config.sandbox.as_ref();
    // A new root is a change of directory too: PWD follows.
    let directory =
        sandbox.and_then(|sandbox| sandbox.directory.or(sandbox.root.map(|_| &b"/"[..])));
    let steps = Steps([
        Some(lead),
        // In a sandbox nothing else guards the app.
        dies_with_parent.then_some(Step::DieWithParent { required: sandbox.is_some() }),
        Some(Step::ForgetPending),
        terminal,
        directory.map(Step::Directory),
        // No later step needs a capability.
        sandbox.and_then(Sandbox::capabilities).map(|(drop, add)| Step::Capabilities(drop, add)),
        sandbox.filter(|sandbox| sandbox.no_new_privs).map(|_| Step::NoNewPrivs),
        sandbox.map(|sandbox| Step::CloseFrom(3 + sandbox.preserve_fds)),
        facts.child_ignored.then_some(Step::IgnoreChildSignal),
        // Only a terminal can signal the child so early.
        terminal.filter(|step| *step == Step::Foreground).map(|_| Step::NoteStop),
        // Last: from here on signals reach the child itself.
        Some(Step::Mask(facts.mask)),
    ]);
    let environment = config.environment.for_app(facts.own, directory.is_some());
    AppPlan { steps, command: config.command, environment }
}

/// Where a helper is looked for: somebody else's PATH must not choose a set-user-ID program.
const HELPER_PATH: &[u8] = b"/usr/bin:/bin";

/// How a program starts that does a step for init. It says on `stderr` what is wrong.
pub fn helper(
    command: Strings,
    stderr: i32,
    facts: &Facts,
    environment: AppEnvironment,
) -> AppPlan {
    let mut steps = Steps::default();
    let wanted = [
        // With its children it can be killed at once.
        Step::ProcessGroup,
        Step::Stderr(stderr),
        Step::DieWithParent { required: false },
        Step::Mask(facts.mask),
    ];
    for (place, step) in steps.0.iter_mut().zip(wanted) {
        *place = Some(step);
    }
    let environment = AppEnvironment {
        path: Strings::leak(&[HELPER_PATH]).get(0),
        numbers: [None; 3],
        directory: None,
        ..environment
    };
    AppPlan { steps, command, environment }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::Pid;

    use crate::config::{self, Request};

    /// As PID 1, with nothing out of the ordinary.
    const PLAIN: Facts = Facts {
        own: Pid::from_raw(1),
        mask: SignalSet(1 << 9),
        child_ignored: false,
        foreground: false,
    };

    fn steps(facts: &Facts) -> Vec<Step> {
        steps_of(&["init", "true"], facts)
    }

    fn steps_of(words: &[&str], facts: &Facts) -> Vec<Step> {
        match config::read(Strings::leak(words), Strings::leak::<&str>(&[]), || u64::MAX) {
            Ok(Request::Run(config)) => {
                plan(&config, facts, facts.own.as_raw() != 1).steps.iter().collect()
            }
            _ => panic!("a command line that is right"),
        }
    }

    #[test]
    fn the_order_of_steps() {
        let mask = PLAIN.mask;
        let plain = [Step::ProcessGroup, Step::ForgetPending, Step::Mask(mask)];
        assert_eq!(steps(&PLAIN), plain);
        let facts = Facts { child_ignored: true, foreground: true, ..PLAIN };
        let all = [
            Step::ProcessGroup,
            // Before the group is in the foreground: what comes after that is the app's.
            Step::ForgetPending,
            Step::Foreground,
            Step::IgnoreChildSignal,
            // While they are all blocked still.
            Step::NoteStop,
            Step::Mask(mask),
        ];
        assert_eq!(steps(&facts), all);
        let session = [
            Step::Session,
            Step::ForgetPending,
            Step::ControllingTerminal,
            Step::IgnoreChildSignal,
            Step::Mask(mask),
        ];
        assert_eq!(steps_of(&["init", "--new-session", "true"], &facts), session);
        let own = Pid::from_raw(7);
        let elsewhere = [
            Step::ProcessGroup,
            Step::DieWithParent { required: false },
            Step::ForgetPending,
            Step::Mask(mask),
        ];
        assert_eq!(steps(&Facts { own, ..PLAIN }), elsewhere);
    }

    #[test]
    fn the_app_of_a_sandbox() {
        use crate::capabilities::CapabilitySet;
        let words = [
            "init",
            "--no-new-privs",
            "--preserve-fds=2",
            "--cap-drop=ALL",
            "--chdir=/d",
            "--pid",
            "true",
        ];
        let steps = [
            Step::ProcessGroup,
            Step::ForgetPending,
            Step::Foreground,
            Step::Directory(b"/d"),
            Step::Capabilities(CapabilitySet::ALL, CapabilitySet::NONE),
            Step::NoNewPrivs,
            Step::CloseFrom(5),
            Step::NoteStop,
            Step::Mask(PLAIN.mask),
        ];
        assert_eq!(steps_of(&words, &Facts { foreground: true, ..PLAIN }), steps);
    }
}
