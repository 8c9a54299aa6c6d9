//! Our own options that need no sandbox.

use super::Relation::Conflicts;
use super::{Accepted, EXIT_CODE, Id, Kind, Opt, Page, Plain, SIGNAL, Value, Words};
use super::{option, text, words};

const DURATION: &str = "a duration such as 5s, 500ms, 2m, 1h or 1.5 (seconds)";

const NO_SUBREAPER: Id = Id::Plain(Plain::NoSubreaper);
const FORWARD_TO: Id = Id::Plain(Plain::ForwardTo);
const QUIET: Id = Id::Plain(Plain::Quiet);

/// A row of this table that has a variable.
const fn plain(id: Plain, long: &'static str, help: &'static str) -> Opt {
    Opt { variable: true, ..option(Id::Plain(id), long, help) }
}

/// The rows.
pub const OPTIONS: &[Opt] = &[
    Opt {
        short: Some(b's'),
        relations: &[Conflicts(NO_SUBREAPER)],
        ..plain(Plain::Subreaper, "subreaper", "Adopt orphans when not PID 1: the default")
    },
    plain(Plain::NoSubreaper, "no-subreaper", "Adopt no orphans when not PID 1"),
    Opt {
        short: Some(b'p'),
        value: text("SIG", SIGNAL),
        more: Words::new("Signals are names such as TERM or RTMIN+3, or numbers."),
        ..plain(Plain::ParentDeathSignal, "parent-death-signal", "Be sent SIG when the parent dies")
    },
    Opt {
        short: Some(b'g'),
        relations: &[Conflicts(FORWARD_TO)],
        more: Words::new("The same as --forward-to group."),
        ..plain(Plain::ProcessGroup, "process-group", "Forward to the main child's process group")
    },
    Opt {
        value: words("WHOM", &["main", "group", "all"]),
        more: Words::new(
            "The main child alone (the default), its process group, or all processes that init \
             can see below it.",
        ),
        ..plain(Plain::ForwardTo, "forward-to", "Who gets signals: main, group or all")
    },
    Opt {
        short: Some(b'r'),
        value: text("FROM:TO", "FROM:TO, two signals; FROM not KILL, STOP or CHLD; TO may be none"),
        repeatable: true,
        more: Words::new("none or 0 as TO drops FROM. May be given several times."),
        ..plain(Plain::Rewrite, "rewrite", "Forward TO when FROM arrives")
    },
    Opt {
        value: text("SIG=DURATION", "SIG=DURATION, SIG not KILL, STOP or CHLD, at most 8 signals"),
        repeatable: true,
        more: Words::new(
            "For a load balancer that needs time to notice. The same signal again releases it at \
             once. May be given several times. Durations are 5s, 500ms, 2m, 1h or plain seconds.",
        ),
        ..plain(Plain::Delay, "delay", "Hold SIG this long before forwarding it")
    },
    Opt {
        short: Some(b'k'),
        value: text(
            "[SIG=]DURATION",
            "a duration such as 5s, 500ms, 2m, 1h or 1.5 (seconds), perhaps for one of at most 4 \
             signals: QUIT=5s",
        ),
        repeatable: true,
        more: Words::new(
            "SIGKILL comes this long after the first TERM or INT that was forwarded, or after \
             the first SIG. QUIT has to be named: some programs print a dump on it. May be given \
             several times.",
        ),
        ..plain(Plain::KillAfter, "kill-after", "Kill a main child that outlives TERM")
    },
    Opt {
        value: text("DURATION", DURATION),
        more: Words::new(
            "Then the main child is told to end, as if TERM had come. If it outlives that by the \
             grace period, it is killed. The status is 124.",
        ),
        ..plain(Plain::Timeout, "timeout", "Limit the run time of the main child")
    },
    Opt {
        value: text("DURATION", DURATION),
        more: Words::new(
            "Survivors are processes that outlive the main child. They are told to end, and are \
             killed after this time. The default is 5s; 0 is the end that tini makes.",
        ),
        ..plain(Plain::GracePeriod, "grace-period", "How long survivors may take to end")
    },
    Opt {
        more: Words::new(
            "Survivors are not told to end. A TERM, INT or QUIT that comes meanwhile goes to all \
             of them and starts the grace period.",
        ),
        ..plain(Plain::WaitAll, "wait-all", "Wait for survivors too")
    },
    Opt {
        more: Words::new(
            "$VAR, ${VAR} and ${VAR:-TEXT} are replaced, $$ becomes $. A value stays one word. An \
             unset variable without TEXT is an error.",
        ),
        ..plain(Plain::ExpandEnv, "expand-env", "Replace variables in COMMAND and ARGs")
    },
    Opt {
        value: Value::One(Accepted { name: Words::new("FILE"), kind: Kind::File }),
        more: Words::new("FILE is opened before the command starts, and written at the end."),
        ..plain(Plain::Report, "report", "Write a JSON report of the run to FILE")
    },
    Opt {
        short: Some(b'e'),
        value: text("CODE", EXIT_CODE),
        repeatable: true,
        more: Words::new("May be given several times, or be a list: 143,130."),
        ..plain(Plain::RemapExit, "remap-exit", "Exit with 0 if the command's status is CODE")
    },
    Opt {
        short: Some(b'w'),
        more: Words::new("The main child is no reason for a warning."),
        ..plain(Plain::WarnOnReap, "warn-on-reap", "Warn of each process that init reaps")
    },
    Opt {
        value: Value::Optional(Accepted {
            name: Words::new("FORM"),
            kind: Kind::Words(&["table", "json"]),
        }),
        more: Words::new("FORM is table, the default, or json."),
        ..plain(Plain::Check, "check", "Run nothing: print which sandboxes work here")
    },
    Opt {
        short: Some(b'P'),
        more: Words::new(
            "As PID 1 it then waits until the other processes have ended. After the grace period \
             it sends TERM and CONT to the rest, and gives them one second. The status is 0. Works \
             under every name of init.",
        ),
        ..plain(Plain::Pause, "pause", "Run nothing: reap until TERM or INT comes")
    },
    Opt {
        more: Words::new(
            "If init leads the terminal's session, the terminal becomes the new session's.",
        ),
        ..plain(Plain::NewSession, "new-session", "Start the command in a session of its own")
    },
    Opt {
        short: Some(b'v'),
        repeatable: true,
        relations: &[Conflicts(QUIET)],
        more: Words::new("May be given several times; its variable may be a number."),
        ..plain(Plain::Verbose, "verbose", "Print more messages on stderr")
    },
    Opt { short: Some(b'q'), ..plain(Plain::Quiet, "quiet", "Print errors only") },
    Opt {
        short: Some(b'h'),
        more: Words::new("-h prints a line for each option."),
        ..option(Id::Page(Page::Help), "help", "Print this help")
    },
    Opt { short: Some(b'V'), ..option(Id::Page(Page::Version), "version", "Print the version") },
    Opt { short: Some(b'l'), ..option(Id::Page(Page::Licence), "licence", "Print the licence") },
];
