//! The table of options: the one place that says what exists, how it is written and
//! what it sets. The parser, the environment, clap's help and the tests all read it.

use log::LevelFilter;

use super::values;
use super::{Config, Form, ForwardTo, Page};

/// A row of a table. Not the option itself: that is full of pointers, which are relocated
/// at every start, and so each page of a table of options would be copied.
pub type Row = fn() -> Opt;

/// The options of a table.
pub fn all(table: &'static [Row]) -> impl Iterator<Item = Opt> + Clone {
    table.iter().map(|row| row())
}

/// An option.
#[derive(Clone, Copy)]
pub struct Opt {
    /// The word after `--`. In capitals, with `_` for `-`, after `INIT_`: its variable.
    /// Empty in other programs' tables where they have a letter only.
    pub long: &'static str,
    /// The letter after `-`.
    pub short: Option<u8>,
    /// What follows it, and what it does.
    pub takes: Takes,
    /// What it is about: a flag shields the whole setting from variables.
    pub setting: Setting,
    /// A line for people.
    pub help: &'static str,
}

/// Where the options of a command line are: ours are in two places.
pub type Tables = [&'static [Row]; 2];

/// What follows an option, and what is done with it.
#[derive(Clone, Copy)]
pub enum Takes {
    /// Nothing follows; its variable turns it on or off.
    Switch(fn(&mut Config, bool)),
    /// One value follows.
    Value {
        /// What help calls the value.
        name: &'static str,
        /// What can be given, for error messages.
        accepts: &'static str,
        /// May be given several times; its variable is a comma-separated list.
        repeats: bool,
        /// Sets it; `None` when the value cannot be understood.
        set: fn(&mut Config, &'static [u8]) -> Option<()>,
    },
    /// A value may follow, after `=`. Its variable is a switch, or holds the value.
    Optional {
        /// What help calls the value.
        name: &'static str,
        /// What can be given, for error messages.
        accepts: &'static str,
        /// Sets it; `None` when the value cannot be understood.
        set: fn(&mut Config, Option<&'static [u8]>) -> Option<()>,
    },
    /// Nothing follows; a text is printed and nothing else is done. Has no variable.
    Page(Page),
}

/// What an option is about. Options of one setting override each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Adopting orphans.
    Subreaper,
    /// The death of init's own parent.
    ParentDeathSignal,
    /// The main child's session.
    NewSession,
    /// The receiver of forwarded signals.
    ForwardTo,
    /// Signals that go out for others.
    Rewrite,
    /// Signals that are held.
    Delay,
    /// The patience with a main child that was told to end.
    KillAfter,
    /// The time a main child has.
    Timeout,
    /// The patience with survivors.
    GracePeriod,
    /// Waiting for all processes.
    WaitAll,
    /// The report.
    Report,
    /// Variables in the command's words.
    ExpandEnv,
    /// Statuses that are reported as 0.
    RemapExit,
    /// Warnings of reaped processes.
    WarnOnReap,
    /// How much is printed.
    Verbosity,
    /// Running nothing.
    Pause,
    /// Looking at what is possible here.
    Check,
    /// Everything about a sandbox; there are no variables for it.
    Sandbox,
    /// Texts to print; no setting at all.
    Page,
}

/// A set of settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings(u32);

impl Settings {
    /// Adds one.
    pub fn insert(&mut self, setting: Setting) {
        self.0 |= 1 << setting as u32;
    }

    /// Is it in the set?
    pub fn contains(self, setting: Setting) -> bool {
        self.0 & 1 << setting as u32 != 0
    }
}

/// Every name that we answer to has it.
pub const PAUSE: Opt = Opt {
    long: "pause",
    short: Some(b'P'),
    takes: Takes::Switch(|config, on| config.pause = on),
    setting: Setting::Pause,
    help: "Run nothing: reap until TERM or INT comes, then exit with 0",
};

/// Our own command line.
pub static OPTIONS: &[Row] = &[
    || Opt {
        long: "subreaper",
        short: Some(b's'),
        takes: Takes::Switch(|config, on| config.subreaper = on),
        setting: Setting::Subreaper,
        help: "Adopt orphans when not PID 1; this is the default",
    },
    || Opt {
        long: "no-subreaper",
        short: None,
        takes: Takes::Switch(|config, on| config.subreaper = !on),
        setting: Setting::Subreaper,
        help: "Leave orphans to others when not PID 1",
    },
    || Opt {
        long: "parent-death-signal",
        short: Some(b'p'),
        takes: Takes::Value {
            name: "SIG",
            accepts: values::SIGNAL,
            repeats: false,
            set: |config, value| {
                config.parent_death_signal = Some(values::signal(value)?);
                Some(())
            },
        },
        setting: Setting::ParentDeathSignal,
        help: "Be sent SIG when the parent process dies",
    },
    || Opt {
        long: "process-group",
        short: Some(b'g'),
        takes: Takes::Switch(|config, on| {
            config.forward_to = if on { ForwardTo::Group } else { ForwardTo::Main };
        }),
        setting: Setting::ForwardTo,
        help: "Forward signals to the main child's process group; the same as --forward-to group",
    },
    || Opt {
        long: "forward-to",
        short: None,
        takes: Takes::Value {
            name: "WHOM",
            accepts: "main, group or all",
            repeats: false,
            set: |config, value| {
                config.forward_to = match value {
                    b"main" => ForwardTo::Main,
                    b"group" => ForwardTo::Group,
                    b"all" => ForwardTo::All,
                    _ => return None,
                };
                Some(())
            },
        },
        setting: Setting::ForwardTo,
        help: "Who gets forwarded signals: main (the default), group or all",
    },
    || Opt {
        long: "rewrite",
        short: Some(b'r'),
        takes: Takes::Value {
            name: "FROM:TO",
            accepts: values::REWRITE,
            repeats: true,
            set: |config, value| {
                let (from, to) = values::rewrite(value)?;
                config.rewrites.set(from, to);
                Some(())
            },
        },
        setting: Setting::Rewrite,
        help: "Forward TO when FROM arrives, none to drop it; may be given several times",
    },
    || Opt {
        long: "delay",
        short: None,
        takes: Takes::Value {
            name: "SIG=DURATION",
            accepts: values::DELAY,
            repeats: true,
            set: |config, value| {
                let (signal, delay) = values::delay(value)?;
                config.delays.set(signal, delay)
            },
        },
        setting: Setting::Delay,
        help: "Hold SIG that long before forwarding it; the same signal again releases it",
    },
    || Opt {
        long: "kill-after",
        short: Some(b'k'),
        takes: Takes::Value {
            name: "DURATION",
            accepts: values::DURATION,
            repeats: false,
            set: |config, value| {
                config.kill_after = values::some_duration(value)?;
                Some(())
            },
        },
        setting: Setting::KillAfter,
        help: "SIGKILL the main child when it outlives a forwarded TERM, INT or QUIT by this long",
    },
    || Opt {
        long: "timeout",
        short: None,
        takes: Takes::Value {
            name: "DURATION",
            accepts: values::DURATION,
            repeats: false,
            set: |config, value| {
                config.timeout = values::some_duration(value)?;
                Some(())
            },
        },
        setting: Setting::Timeout,
        help: "End the main child after this long, kill it after the grace period; exit with 124",
    },
    || Opt {
        long: "grace-period",
        short: None,
        takes: Takes::Value {
            name: "DURATION",
            accepts: values::DURATION,
            repeats: false,
            set: |config, value| {
                config.grace_period = values::duration(value)?;
                Some(())
            },
        },
        setting: Setting::GracePeriod,
        help: "How long survivors of the main child may take to end; default 5s, 0 kills at once",
    },
    || Opt {
        long: "wait-all",
        short: None,
        takes: Takes::Switch(|config, on| config.wait_all = on),
        setting: Setting::WaitAll,
        help: "When the main child has ended, wait for all other processes too",
    },
    || Opt {
        long: "expand-env",
        short: None,
        takes: Takes::Switch(|config, on| config.expand_env = on),
        setting: Setting::ExpandEnv,
        help: "Replace $VAR, ${VAR} and ${VAR:-default} in the command's words; $$ is a $",
    },
    || Opt {
        long: "report",
        short: None,
        takes: Takes::Value {
            name: "FILE",
            accepts: "a file to write",
            repeats: false,
            set: |config, value| {
                config.report = Some(value).filter(|path| !path.is_empty());
                config.report.map(drop)
            },
        },
        setting: Setting::Report,
        help: "At the end, write one JSON object about the run to FILE",
    },
    || Opt {
        long: "remap-exit",
        short: Some(b'e'),
        takes: Takes::Value {
            name: "CODE",
            accepts: values::EXIT_CODE,
            repeats: true,
            set: |config, value| {
                config.remap_exit.insert(values::exit_code(value)?);
                Some(())
            },
        },
        setting: Setting::RemapExit,
        help: "Exit with 0 when the main child's status is CODE; may be given several times",
    },
    || Opt {
        long: "warn-on-reap",
        short: Some(b'w'),
        takes: Takes::Switch(|config, on| config.warn_on_reap = on),
        setting: Setting::WarnOnReap,
        help: "Warn of each reaped process that is not the main child",
    },
    || Opt {
        long: "check",
        short: None,
        takes: Takes::Optional {
            name: "FORM",
            accepts: "table or json",
            set: |config, value| {
                config.check = Some(match value {
                    None | Some(b"table") => Form::Table,
                    Some(b"json") => Form::Json,
                    Some(_) => return None,
                });
                Some(())
            },
        },
        setting: Setting::Check,
        help: "Run nothing: print which sandboxes can be made here, as a table or as json",
    },
    || PAUSE,
    || Opt {
        long: "new-session",
        short: None,
        takes: Takes::Switch(|config, on| config.new_session = on),
        setting: Setting::NewSession,
        help: "Start the command in a new session, with the terminal as its controlling one",
    },
    || Opt {
        long: "verbose",
        short: Some(b'v'),
        takes: Takes::Switch(|config, on| {
            if on {
                config.verbosity = values::more(config.verbosity);
            }
        }),
        setting: Setting::Verbosity,
        help: "Say more on stderr; may be given several times",
    },
    || Opt {
        long: "quiet",
        short: Some(b'q'),
        takes: Takes::Switch(|config, on| {
            if on {
                config.verbosity = LevelFilter::Error;
            }
        }),
        setting: Setting::Verbosity,
        help: "Say errors only",
    },
    || Opt {
        long: "help",
        short: Some(b'h'),
        takes: Takes::Page(Page::Help),
        setting: Setting::Page,
        help: "Show this help",
    },
    || Opt {
        long: "version",
        short: Some(b'V'),
        takes: Takes::Page(Page::Version),
        setting: Setting::Page,
        help: "Show the version",
    },
    || Opt {
        long: "licence",
        short: Some(b'l'),
        takes: Takes::Page(Page::Licence),
        setting: Setting::Page,
        help: "Show the licence",
    },
];
