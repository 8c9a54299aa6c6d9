//! argv and environment to `Config`: what was asked for, as plain data.
//!
//! In: the kernel's arrays. Out: a `Config`, a page to print, or one `Usage` error.
//! Pure: it makes no system call. A plain command line allocates nothing; `--expand-env` and
//! ranges of ids do.

mod spec;
mod parser;
mod apply;
mod relations;
mod variables;
pub mod environment;
mod expand;
mod values;
mod signal_tables;
pub mod sandbox;
mod personality;
mod usage;
mod suggest;
mod help;
#[cfg(test)]
mod by_clap;

use std::time::Duration;

use log::LevelFilter;

use crate::exit::{self, ExitCodes};
use crate::messages::{self, Style};
use crate::signals::Signal;
use crate::sys::Strings;
use environment::Environment;
pub use personality::Invocation;
use sandbox::Sandbox;
pub use signal_tables::{DELAYS_MAX, Delays, KillAfter, Rewrites};
pub use spec::Page;
use spec::{Id, Plain};
use usage::Usage;
pub use variables::unknown as unknown_variables;

/// How long survivors may take to end unless something else is asked for.
const GRACE_PERIOD: Duration = Duration::from_secs(5);

/// Who gets the signals that init forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardTo {
    /// The main child.
    Main,
    /// The main child's process group.
    Group,
    /// Every process that init can see below it.
    All,
}

/// How the findings of `--check` are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Table,
    /// For programs: one JSON object.
    Json,
}

/// Everything that was asked for.
#[derive(Clone, Debug)]
pub struct Config {
    /// The command and its arguments, where the kernel put them.
    pub command: Strings,
    /// What the command finds in its environment.
    pub environment: Environment,
    /// Adopt orphans when not PID 1 (PR_SET_CHILD_SUBREAPER).
    pub subreaper: bool,
    /// Sent to init when its parent dies (PR_SET_PDEATHSIG).
    pub parent_death_signal: Option<Signal>,
    /// Start the main child in a session of its own.
    pub new_session: bool,
    /// After TSTP, TTIN or TTOU was forwarded, init stops too, whoever sent the signal.
    pub stops_along: bool,
    /// Replace variables in the command's words.
    pub expand_env: bool,
    /// Who gets forwarded signals.
    pub forward_to: ForwardTo,
    /// What goes out instead of a signal that arrives.
    pub rewrites: Rewrites,
    /// Signals that are held before they are forwarded.
    pub delays: Delays,
    /// SIGKILL the main child when it outlives a signal to end by this long.
    pub kill_after: KillAfter,
    /// End the main child when it has run for this long.
    pub timeout: Option<Duration>,
    /// How long survivors may take to end; 0 leaves them to the kernel, untold.
    pub grace_period: Duration,
    /// Wait for all processes, not only for the main child.
    pub wait_all: bool,
    /// Where to write what happened.
    pub report: Option<&'static [u8]>,
    /// Statuses of the main child that are reported as 0.
    pub remap_exit: ExitCodes,
    /// Warn of each reaped process that is not the main child.
    pub warn_on_reap: bool,
    /// Messages from this level on are printed.
    pub verbosity: LevelFilter,
    /// How messages begin and what they say.
    pub style: &'static Style,
    /// What init exits with when it fails by itself.
    pub failure: u8,
    /// Run nothing: reap until TERM or INT comes.
    pub pause: bool,
    /// Run nothing: print what is possible here.
    pub check: Option<Form>,
    /// Without a grace period, sent once to the receivers of forwarded signals when the main
    /// child has ended.
    pub end_signal: Option<Signal>,
    /// Warn when orphans will not come to init.
    pub warn_no_reaper: bool,
    /// Run the command in a sandbox.
    pub sandbox: Option<Sandbox>,
    /// The value of `CONTAINER_INIT_LOG`, directives for env_logger.
    pub log_filter: Option<&'static [u8]>,
}

/// What the command line asks for.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "exists once, on the stack; a box would allocate")]
pub enum Request {
    /// Run a command.
    Run(Config),
    /// Print a text and exit 0.
    Print(Page, Invocation),
}

/// Why a command line is not understood.
#[derive(Clone, Copy)]
pub struct Refusal {
    usage: Usage,
    called: Invocation,
}

impl Refusal {
    /// The answer for people: whole lines. Allocates.
    pub fn text(&self) -> String {
        (self.called.personality.refuse)(&self.usage, &self.called)
    }

    /// What to exit with.
    pub fn status(&self) -> u8 {
        self.called.personality.failure
    }
}

/// The text of a page. Allocates.
pub fn page(page: Page, called: &Invocation) -> String {
    (called.personality.page)(page, called)
}

impl Config {
    fn new(command: Strings, environment: Environment) -> Config {
        Config {
            command,
            environment,
            subreaper: true,
            parent_death_signal: None,
            new_session: false,
            stops_along: false,
            expand_env: false,
            forward_to: ForwardTo::Main,
            rewrites: Rewrites::NONE,
            delays: Delays::NONE,
            kill_after: KillAfter::NEVER,
            timeout: None,
            grace_period: GRACE_PERIOD,
            wait_all: false,
            report: None,
            remap_exit: ExitCodes::default(),
            warn_on_reap: false,
            verbosity: LevelFilter::Warn,
            style: &messages::INIT,
            failure: exit::INIT_FAILED,
            pause: false,
            check: None,
            end_signal: None,
            warn_no_reaper: false,
            sandbox: None,
            log_filter: None,
        }
    }
}

/// Reads the command line and the environment; a flag wins over a variable. `stack` looks up
/// the stack's limit in bytes, which limits what `--expand-env` may make; nothing else asks.
///
/// # Errors
/// The first word or variable that cannot be understood.
#[inline(never)] // Its frame is gone before the next step touches the stack.
pub fn read(args: Strings, env: Strings, stack: fn() -> u64) -> Result<Request, Refusal> {
    let called = Invocation::by(args);
    let mut config = Config::new(args.tail(args.iter().count()), Environment::read(env));
    match fill(&mut config, called, args.tail(1), env, stack) {
        Ok(None) => Ok(Request::Run(config)),
        Ok(Some(page)) => Ok(Request::Print(page, called)),
        Err(usage) => Err(Refusal { usage, called }),
    }
}

/// Sets what words and variables ask for; returns a page if they ask for one.
fn fill(
    config: &mut Config,
    called: Invocation,
    words: Strings,
    env: Strings,
    stack: fn() -> u64,
) -> Result<Option<Page>, Usage> {
    let personality = called.personality;
    config.style = personality.style;
    config.failure = personality.failure;
    (personality.start)(config);
    let flags = match (personality.read)(words, config)? {
        parser::Outcome::Print(page) => return Ok(Some(page)),
        parser::Outcome::Command(flags) => flags,
    };
    variables::read_others(personality.variables, env, config);
    (personality.settle)(config);
    let variables = variables::read(env, flags, config)?;
    relations::check(flags, variables)?;
    relations::check_order(config)?;
    // Other programs give survivors no time. Their pause waits as ours.
    if config.pause && !flags.union(variables).contains(Id::Plain(Plain::GracePeriod)) {
        config.grace_period = GRACE_PERIOD;
    }
    if let Some(sandbox) = config.sandbox.as_mut().filter(|sandbox| !sandbox.edits.is_empty()) {
        sandbox.cleared = sandbox.edits.contains(&sandbox::Edit::Clear).then_some(env);
        config.environment = Environment::read(sandbox::edits::edit(env, &sandbox.edits));
    }
    if config.command.get(0).is_none() && !config.pause && config.check.is_none() {
        return Err(Usage::NoCommand);
    }
    if config.expand_env {
        config.command = expand::expand(config.command, config.environment.entries(), stack())
            .map_err(Usage::BadWord)?;
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
