//! The intended differences from the programs whose names we answer to. Each is a row here, the
//! same row in the manual, and a comparison that shows it.

use crate::support::engine::repository;

/// The parts of a result that may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The exit status.
    Status,
    /// The first line of stdout or stderr.
    Words,
    /// The lines after it.
    MoreWords,
}

/// One difference.
pub struct Difference {
    /// The peers, separated by commas.
    pub peers: &'static str,
    /// The name in comparisons.
    pub key: &'static str,
    pub parts: &'static [Part],
    theirs: &'static str,
    ours: &'static str,
    why: &'static str,
}

const ALL: &[Part] = &[Part::Status, Part::Words, Part::MoreWords];
const TEXT: &[Part] = &[Part::Words, Part::MoreWords];
/// No part: the difference is shown without a command line.
const NOTHING: &[Part] = &[];
const REST: &[Part] = &[Part::MoreWords];

#[rustfmt::skip]
const DIFFERENCES: &[Difference] = &[
    row("tini, catatonit", "permutes", ALL,
        "Options behind the command are its own: `tini echo -l` prints tini's licence",
        "Options end at the first word that is not an option", "The command's words are the command's"),
    row("tini, dumb-init, catatonit", "help", TEXT,
        "Their help and licence texts; dumb-init and catatonit print help, dumb-init its version, on stderr",
        "Our own texts, on stdout", "Help is no error message"),
    row("tini, dumb-init, catatonit", "version", NOTHING,
        "`tini version 0.19.0`, `dumb-init v1.2.5`, `tini version 0.2.0_catatonit`",
        "The same line, and ` - git.COMMIT - init VERSION` behind it", "dockerd shows the commit"),
    row("tini", "usage", REST,
        "The message of a usage error is followed by its help text", "By ours", "Help is in our own words"),
    row("tini, dumb-init", "exec-cause", &[Part::Words],
        "When exec fails, the message ends with the kernel's answer",
        "The cause and what helps are behind it, in brackets", "The reader learns which file, and why"),
    row("tini, dumb-init", "exec-status", &[Part::Status, Part::Words],
        "When exec fails, tini exits with 1 unless a file or a right is missing, dumb-init always with 2",
        "127 when nothing was found, else 126", "As a shell has it"),
    row("catatonit", "exec-message", ALL,
        "When exec fails: status 1, and a message that names no command", "127 or 126, and the command",
        "As a shell has it"),
    row("tini", "one-line", TEXT,
        "A line feed in a bad value goes into the message", "`?` in its place", "A message is one line"),
    row("tini", "signal-names", ALL,
        "`-p` takes 28 names, all starting with `SIG`", "Any signal, by name or number", "Any signal can be asked for"),
    row("tini", "stdout", TEXT,
        "INFO, DEBUG and TRACE messages go to stdout", "All go to stderr; two TRACE lines are left out", "stdout is the app's"),
    row("tini", "verbosity", TEXT,
        "A negative `TINI_VERBOSITY` is the highest", "The lowest", "Less than 0 is not more than 4"),
    row("tini", "warning", TEXT,
        "The warning that it cannot reap has three lines", "One line", "A message is one line"),
    row("dumb-init, catatonit", "debug", TEXT,
        "Debug messages also tell of settings and of the terminal",
        "Those of children and signals are the same, or in our words", "No program needs the others"),
    row("dumb-init", "group", REST,
        "With `-c` the child stays in dumb-init's process group and gets a Ctrl-C twice",
        "It has a group of its own, in the foreground if init has that", "The app should get each key once"),
    row("catatonit", "reserved", ALL,
        "Refuses to run when `CATATONIT_LOG` is set", "Does not look at it", "Nothing to reserve"),
    row("tini, catatonit", "faults", NOTHING,
        "ABRT, BUS, FPE, ILL, SEGV, SYS or TRAP from a program ends them, or as PID 1 is lost",
        "Goes to the child", "Only the kernel's own are about init"),
    row("tini, catatonit", "stops", NOTHING,
        "TTIN and TTOU are lost, in catatonit TSTP too", "Go to the child", "No signal is lost"),
    row("tini, dumb-init, catatonit", "libc", NOTHING,
        "Signal 32 or 33 ends them, or as PID 1 is lost", "Goes to the child",
        "glibc keeps them for itself, the kernel does not"),
    row("tini, catatonit", "sigchld", NOTHING,
        "Hang for good when SIGCHLD was ignored at their start", "Ends with the child, which gets it ignored again",
        "Some supervisors ignore it"),
    row("tini", "stdin", NOTHING,
        "Exits with 1 when stdin is closed", "Runs the command, with stdin closed", "No terminal is no failure"),
    row("tini", "refused", NOTHING,
        "Exits with 1 when a signal may not be sent to the child", "Warns and goes on",
        "PID 1 takes the container with it"),
    row("tini, catatonit", "subreaper", NOTHING,
        "Exit with 1 when a filter refuses to make them a subreaper", "Warns and goes on", "The app works without"),
    row("tini", "wakeups", NOTHING, "Wakes every second", "Wakes for events", "An idle init should use no processor time"),
    row("tini, dumb-init, catatonit", "holds", NOTHING,
        "Keep inherited descriptors open, tini its directory as well",
        "Closes all but stderr and leaves for `/`", "Pipes reach their end, mounts can be undone"),
    row("tini, dumb-init, catatonit", "values", NOTHING,
        "A queued signal loses its value", "It arrives with the value", "As without an init"),
    row("dumb-init, catatonit", "mask", NOTHING,
        "dumb-init resets ignored and blocked signals, catatonit blocks TSTP, TTIN and TTOU in the child",
        "The child's are those that init was started with", "As without an init"),
    row("dumb-init", "swallowed", NOTHING,
        "A TERM between fork and exec is swallowed", "It arrives", "No signal is lost"),
    row("tini, catatonit", "early", NOTHING,
        "With `-g` a signal that comes before the child has its group is lost", "It arrives", "No signal is lost"),
    row("tini, catatonit", "terminal", NOTHING,
        "Take the terminal even from a background job", "Takes it in the foreground only, and gives it back",
        "The shell decides"),
    row("dumb-init", "orphans", NOTHING,
        "Not as PID 1: orphans go elsewhere", "Adopts and reaps them", "No zombie stays"),
    row("docker-init", "survivors", NOTHING,
        "When the child ends, the others are killed with the container",
        "They get TERM, CONT and a grace period first", "This is what it is installed for"),
    row("tini, dumb-init, catatonit", "killed", NOTHING,
        "Killed outside a PID namespace, they leave the child running", "The child is killed too",
        "Nobody would know of it any more"),
    row("tini, dumb-init", "pause", ALL,
        "`-P` is refused", "Runs nothing, reaps until TERM or INT comes", "Works under every name"),
    row("catatonit", "pause-ends", NOTHING,
        "`-P` ends as soon as TERM comes, and the kernel kills the others of the pod",
        "Waits for them to end, up to the grace period", "podman tells all of them in one moment"),
];

const fn row(
    peers: &'static str,
    key: &'static str,
    parts: &'static [Part],
    theirs: &'static str,
    ours: &'static str,
    why: &'static str,
) -> Difference {
    Difference { peers, key, parts, theirs, ours, why }
}

/// The row of a difference that a comparison shows.
#[track_caller]
pub fn difference(peer: &str, key: &str) -> &'static Difference {
    let found = DIFFERENCES
        .iter()
        .find(|row| row.key == key && row.peers.split(", ").any(|one| one == peer));
    found.unwrap_or_else(|| panic!("no row {key} of {peer}"))
}

#[test]
fn the_manual_has_the_same_rows() {
    let section = std::fs::read_to_string(repository("src/manual/names.md")).unwrap();
    let table = section.split("| Of | Theirs | Ours | Why |\n").nth(1).unwrap();
    let found: Vec<&str> = table.lines().skip(1).take_while(|line| !line.is_empty()).collect();
    let expected: Vec<String> = DIFFERENCES
        .iter()
        .map(|row| format!("| {} | {} | {} | {} |", row.peers, row.theirs, row.ours, row.why))
        .collect();
    assert_eq!(found, expected, "the table should be:\n{}", expected.join("\n"));
}

#[test]
fn every_row_is_shown() {
    let shown = [
        include_str!("tini.rs"),
        include_str!("dumb_init.rs"),
        include_str!("catatonit.rs"),
        include_str!("at_start.rs"),
        include_str!("at_work.rs"),
    ];
    for row in DIFFERENCES {
        let key = format!("\"{}\"", row.key);
        assert!(shown.iter().any(|text| text.contains(&key)), "no comparison shows {key}");
    }
}
