//! How the app's own process starts: the steps between the clone and the exec.
//!
//! In: `Config` and `Facts`, and the steps of a sandbox. Out: `AppPlan`. Pure. Allocates
//! nothing: the list of steps is an array.

use std::time::Duration;

use super::Facts;
pub use super::app_steps::{Step, Steps};
use crate::config::Config;
use crate::config::environment::AppEnvironment;
use crate::sys::Strings;

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

/// The steps of a sandbox's app.
#[derive(Clone, Copy, Debug, Default)]
pub struct Confinement {
    /// Those before the signals.
    pub steps: &'static [Step],
    /// Those after everything else.
    pub last: &'static [Step],
    /// It starts in another directory than init.
    pub moves: bool,
}

/// How long a start may take from when init was to end it. A busy machine takes its time.
pub fn start_patience(config: &Config) -> Duration {
    config.grace_period.max(Duration::from_secs(1))
}

/// How long a start may take: nobody acts on a TERM yet, so `--timeout` leaves it all of the
/// time that the app would have.
pub fn start_limit(config: &Config) -> Option<Duration> {
    config.timeout.map(|timeout| timeout.saturating_add(start_patience(config)))
}

/// Decides how the app is started. `dies_with_parent`: no kernel kills it together with its
/// parent, as it does in a PID namespace with PID 1 (pid_namespaces(7)).
pub fn plan(
    config: &Config,
    facts: &Facts,
    dies_with_parent: bool,
    confinement: Confinement,
) -> AppPlan {
    let (lead, terminal) = if config.new_session {
        (Step::Session, Some(Step::ControllingTerminal))
    } else {
        (Step::ProcessGroup, facts.foreground.then_some(Step::Foreground))
    };
    let sandbox = config.sandbox.as_ref();
    let several = |steps: &'static [Step]| (!steps.is_empty()).then_some(Step::Several(steps));
    let steps = Steps([
        // In a sandbox outer sees to that.
        start_limit(config).filter(|_| sandbox.is_none()).map(Step::StartWithin),
        Some(lead),
        // In a sandbox nothing else guards the app.
        dies_with_parent.then_some(Step::DieWithParent { required: sandbox.is_some() }),
        Some(Step::ForgetPending),
        terminal,
        several(confinement.steps),
        facts.child_ignored.then_some(Step::IgnoreChildSignal),
        // Only a terminal can signal the child so early.
        terminal.filter(|step| *step == Step::Foreground).map(|_| Step::NoteStop),
        // From here on signals reach the child itself.
        Some(Step::Mask(facts.mask)),
        several(confinement.last),
    ]);
    let environment = config.environment.for_app(facts.own, confinement.moves);
    AppPlan { steps, command: config.command, environment }
}

/// Where a helper is looked for: somebody else's PATH must not choose a set-user-ID program.
const HELPER_PATH: &[u8] = b"/usr/bin:/bin";

/// How a program starts that does a step for init, within `patience`. It says on `stderr` what
/// is wrong.
pub fn helper(
    command: Strings,
    stderr: i32,
    patience: Duration,
    facts: &Facts,
    environment: AppEnvironment,
) -> AppPlan {
    let mut steps = Steps::default();
    let wanted = [
        Step::StartWithin(patience),
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
    use crate::signals::SignalSet;

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
                let confinement = Confinement::default();
                plan(&config, facts, facts.own.as_raw() != 1, confinement).steps.iter().collect()
            }
            _ => panic!("a command line that is right"),
        }
    }

    /// The caller's PATH does not choose it, and what is the app's in the environment is not its own.
    #[test]
    fn a_helper_has_nothing_of_the_app() {
        let env = ["PATH=/elsewhere", "LISTEN_PID=1", "PWD=/"];
        let words = Strings::leak(&["init", "--chdir=/tmp", "true"]);
        let Ok(Request::Run(config)) = config::read(words, Strings::leak(&env), || u64::MAX) else {
            panic!("a command line that is right");
        };
        let app = config.environment.for_app(PLAIN.own, true);
        assert!(app.numbers.iter().any(Option::is_some) && app.directory.is_some());
        let plan = helper(config.command, 2, Duration::from_secs(1), &PLAIN, app);
        let AppEnvironment { path, numbers, directory, .. } = plan.environment;
        assert_eq!(path.map(|path| path.to_bytes()), Some(HELPER_PATH));
        assert!(numbers.iter().all(Option::is_none) && directory.is_none());
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
        let within = steps_of(&["init", "--timeout=3s", "true"], &PLAIN);
        assert_eq!(within.first(), Some(&Step::StartWithin(Duration::from_secs(3 + 5))));
        let own = Pid::from_raw(7);
        let elsewhere = [
            Step::ProcessGroup,
            Step::DieWithParent { required: false },
            Step::ForgetPending,
            Step::Mask(mask),
        ];
        assert_eq!(steps(&Facts { own, ..PLAIN }), elsewhere);
    }
}
