//! argv and environment to `Config`: what was asked for, as plain data.
//!
//! In: the kernel's arrays. Out: a `Config`, a page to print, or one `Usage` error.
//! Pure: no system call, and no allocation on the way to a `Config`.

mod options;
mod parser;
pub mod people;
mod tables;
mod usage;
mod values;
mod variables;

use std::time::Duration;

use log::LevelFilter;

use crate::exit::ExitCodes;
use crate::logger::Style;
use crate::signals::Signal;
use crate::sys::Strings;
pub use tables::{DELAYS_MAX, Delays, Rewrites};
pub use usage::Usage;

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

/// Everything that was asked for.
#[derive(Clone, Debug)]
pub struct Config {
    /// The command and its arguments, where the kernel put them.
    pub command: Strings,
    /// Adopt orphans when not PID 1 (PR_SET_CHILD_SUBREAPER).
    pub subreaper: bool,
    /// Sent to init when its parent dies (PR_SET_PDEATHSIG).
    pub parent_death_signal: Option<Signal>,
    /// Who gets forwarded signals.
    pub forward_to: ForwardTo,
    /// What goes out instead of a signal that arrives.
    pub rewrites: Rewrites,
    /// Signals that are held before they are forwarded.
    pub delays: Delays,
    /// SIGKILL the main child when it outlives a signal to end by this long.
    pub kill_after: Option<Duration>,
    /// End the main child when it has run for this long.
    pub timeout: Option<Duration>,
    /// How long survivors may take to end; at zero they are not told to.
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
    /// How messages begin.
    pub style: Style,
    /// The value of `INIT_LOG`, directives for env_logger.
    pub log_filter: Option<&'static [u8]>,
    /// The value of `PATH`.
    pub path: Option<&'static [u8]>,
}

/// A text to print on stdout instead of running a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// What `--help` shows.
    Help,
    /// What `--version` shows.
    Version,
    /// What `-l` shows.
    Licence,
}

/// What the command line asks for.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "exists once, on the stack; a box would allocate")]
pub enum Request {
    /// Run a command.
    Run(Config),
    /// Print a text and exit 0.
    Print(Page),
}

impl Config {
    fn new(command: Strings) -> Config {
        Config {
            command,
            subreaper: true,
            parent_death_signal: None,
            forward_to: ForwardTo::Main,
            rewrites: Rewrites::NONE,
            delays: Delays::NONE,
            kill_after: None,
            timeout: None,
            grace_period: Duration::from_secs(5),
            wait_all: false,
            report: None,
            remap_exit: ExitCodes::default(),
            warn_on_reap: false,
            verbosity: LevelFilter::Warn,
            style: Style::Init,
            log_filter: None,
            path: None,
        }
    }
}

/// Reads the command line and the environment; a flag wins over a variable.
///
/// # Errors
/// The first word or variable that cannot be understood.
pub fn read(args: Strings, env: Strings) -> Result<Request, Usage> {
    let mut config = Config::new(args.tail(args.iter().count()));
    let flags = match parser::read(options::OPTIONS, args.tail(1), &mut config)? {
        parser::Outcome::Print(page) => return Ok(Request::Print(page)),
        parser::Outcome::Command(flags) => flags,
    };
    variables::read(options::OPTIONS, env, flags, &mut config)?;
    if config.command.get(0).is_none() {
        return Err(Usage::NoCommand);
    }
    Ok(Request::Run(config))
}

#[cfg(test)]
mod tests;
