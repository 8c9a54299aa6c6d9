//! What was asked for and what was found at start, made into a list of steps.
//!
//! In: `Config` and `Facts`. Out: `SpawnPlan`. Pure, so the order of the steps, which
//! is where such programs go wrong, is tested as a table.

use nix::unistd::Pid;

use crate::capabilities::CapabilitySet;
use crate::config::Config;
use crate::config::sandbox::Sandbox;
use crate::signals::SignalSet;
use crate::sys::Strings;

/// What was looked up once, at start.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// init's number, as init itself sees it.
    pub own: Pid,
    /// The signal mask that init was started with.
    pub mask: SignalSet,
    /// SIGCHLD was ignored when init was started.
    pub child_ignored: bool,
    /// `LISTEN_PID` names init.
    pub listen_pid_is_init: bool,
    /// `WATCHDOG_PID` names init.
    pub watchdog_pid_is_init: bool,
    /// stdin is a terminal, and our process group is its foreground one.
    pub foreground: bool,
}

/// One thing that the child does before it execs, in the order of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Lead a process group of its own.
    ProcessGroup,
    /// Lead a session of its own, and so a process group too.
    Session,
    /// Be killed when init, which has this number, is: a SIGKILL leaves it no time to end
    /// the main child.
    DieWith(Pid),
    /// Forget the signals that came since the clone: those for init's whole group init
    /// has too and forwards, so the app would get them twice. The others are sent again.
    ForgetPending,
    /// Make the own group the terminal's foreground one.
    Foreground,
    /// Make the terminal the own session's, where that is possible.
    ControllingTerminal,
    /// Say on this descriptor what it would have said on stderr.
    Stderr(i32),
    /// Start in this directory.
    Directory(&'static [u8]),
    /// Give capabilities up: the first, but for the second.
    Capabilities(CapabilitySet, CapabilitySet),
    /// exec gives no privileges.
    NoNewPrivs,
    /// Close every descriptor from this one on, also those that exec would close: until
    /// then they could be what is run.
    CloseFrom(u32),
    /// Ignore SIGCHLD, as whoever started init did.
    IgnoreChildSignal,
    /// Note a TSTP instead of stopping by it. Stopped before the exec, which init waits
    /// for, the child could be continued by nobody: init would not tell its shell.
    NoteStop,
    /// Set the signal mask that init was started with.
    Mask(SignalSet),
}

impl Step {
    /// What fails when the step does, in the kernel's words, and on what.
    pub fn words(self) -> (&'static str, &'static [u8]) {
        match self {
            Step::ProcessGroup => ("setpgid", b""),
            Step::Session => ("setsid", b""),
            Step::DieWith(_) => ("be killed with init", b""),
            Step::ForgetPending => ("wait for signals", b""),
            Step::Directory(path) => ("chdir", path),
            Step::Capabilities(..) => ("set capabilities", b""),
            Step::NoNewPrivs => ("set no_new_privs", b""),
            // None of these fails.
            Step::Stderr(_)
            | Step::Foreground
            | Step::ControllingTerminal
            | Step::CloseFrom(_)
            | Step::IgnoreChildSignal
            | Step::NoteStop
            | Step::Mask(_) => ("start", b""),
        }
    }
}

/// Most steps a plan can have.
const STEPS_MAX: usize = 12;

/// How to start the main child.
#[derive(Clone, Copy, Debug)]
pub struct SpawnPlan {
    steps: [Option<Step>; STEPS_MAX],
    /// The command and its arguments.
    pub command: Strings,
    /// The entries of the environment that name init: the first has to name the main child,
    /// the second gives way to another one like that.
    pub listen_entries: [Option<usize>; 2],
    /// Another one that names init and has to name the main child.
    pub watchdog_entry: Option<usize>,
    /// Where to look for a command without a slash.
    pub path: Option<&'static [u8]>,
}

impl SpawnPlan {
    /// The steps, first to last.
    pub fn steps(&self) -> impl Iterator<Item = Step> {
        self.steps.iter().flatten().copied()
    }
}

/// Decides how the main child is started.
pub fn plan(config: &Config, facts: &Facts) -> SpawnPlan {
    let (lead, terminal) = if config.new_session {
        (Step::Session, Some(Step::ControllingTerminal))
    } else {
        (Step::ProcessGroup, facts.foreground.then_some(Step::Foreground))
    };
    let sandbox = config.sandbox.as_ref();
    let steps = [
        Some(lead),
        // With PID 1 the kernel kills the whole namespace anyhow (pid_namespaces(7)).
        (facts.own.as_raw() != 1).then_some(Step::DieWith(facts.own)),
        Some(Step::ForgetPending),
        terminal,
        sandbox.and_then(|sandbox| sandbox.directory).map(Step::Directory),
        // Nothing behind it needs a capability.
        sandbox.and_then(Sandbox::capabilities).map(|(drop, add)| Step::Capabilities(drop, add)),
        sandbox.filter(|sandbox| sandbox.no_new_privs).map(|_| Step::NoNewPrivs),
        sandbox.map(|sandbox| Step::CloseFrom(3 + sandbox.preserve_fds)),
        facts.child_ignored.then_some(Step::IgnoreChildSignal),
        // Only a terminal knows of the child so early.
        terminal.filter(|step| *step == Step::Foreground).map(|_| Step::NoteStop),
        // Last: from here on signals reach the child itself.
        Some(Step::Mask(facts.mask)),
        None,
    ];
    let listen_entries = [config.listen_pid.map(|named| named.entry), config.listen_pidfd]
        .map(|entry| entry.filter(|_| facts.listen_pid_is_init));
    let watchdog_entry =
        config.watchdog_pid.filter(|_| facts.watchdog_pid_is_init).map(|named| named.entry);
    SpawnPlan { steps, command: config.command, listen_entries, watchdog_entry, path: config.path }
}

/// How a program starts that init has something done by. It says on `stderr` what is
/// wrong.
pub fn helper(
    command: Strings,
    stderr: i32,
    facts: &Facts,
    path: Option<&'static [u8]>,
) -> SpawnPlan {
    let mut steps = [None; STEPS_MAX];
    for (place, step) in steps.iter_mut().zip([
        Step::Stderr(stderr),
        Step::DieWith(facts.own),
        Step::Mask(facts.mask),
    ]) {
        *place = Some(step);
    }
    SpawnPlan { steps, command, listen_entries: [None; 2], watchdog_entry: None, path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Request};

    /// As PID 1, with nothing out of the ordinary.
    const PLAIN: Facts = Facts {
        own: Pid::from_raw(1),
        mask: SignalSet(1 << 9),
        child_ignored: false,
        listen_pid_is_init: false,
        watchdog_pid_is_init: false,
        foreground: false,
    };

    fn steps(facts: &Facts) -> Vec<Step> {
        steps_of(&["init", "true"], facts)
    }

    fn steps_of(words: &[&str], facts: &Facts) -> Vec<Step> {
        match config::read(Strings::leak(words), Strings::leak::<&str>(&[])) {
            Ok(Request::Run(config)) => plan(&config, facts).steps().collect(),
            _ => panic!("a command line that is right"),
        }
    }

    #[test]
    fn sockets_for_init_are_for_the_main_child() {
        let env =
            ["WATCHDOG_PID=7", "LISTEN_PIDFDID=9", "LISTEN_PID=7", "LISTEN_PID=8", "WATCHDOG_PID="];
        let env = Strings::leak(&env);
        let Ok(Request::Run(config)) = config::read(Strings::leak(&["init", "x"]), env) else {
            panic!("a command line that is right")
        };
        assert_eq!(config.listen_pid.map(|named| (named.entry, named.pid)), Some((2, 7)));
        assert_eq!(config.watchdog_pid.map(|named| (named.entry, named.pid)), Some((0, 7)));
        for (listen_pid_is_init, entry) in [(true, [Some(2), Some(1)]), (false, [None; 2])] {
            let facts =
                Facts { listen_pid_is_init, watchdog_pid_is_init: !listen_pid_is_init, ..PLAIN };
            assert_eq!(plan(&config, &facts).listen_entries, entry);
            assert_eq!(plan(&config, &facts).watchdog_entry, (!listen_pid_is_init).then_some(0));
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
        let elsewhere =
            [Step::ProcessGroup, Step::DieWith(own), Step::ForgetPending, Step::Mask(mask)];
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
