//! The same requests to unshare(1), bubblewrap and ours: the status, and which processes stay
//! behind. Only ours has to pass: the results of the others are printed.

use std::time::Duration;

use crate::support::*;

/// How long the others may take to end. Ours has until the deadline.
const SOON: Duration = Duration::from_secs(1);

/// A program and its words for new PID, mount and UTS namespaces with a new `/proc`.
struct Program {
    name: &'static str,
    words: &'static [&'static str],
}

const UNSHARE: &[&str] = &["unshare", "-f", "-p", "-m", "-u", "--mount-proc"];
const BWRAP: &[&str] =
    &["bwrap", "--unshare-pid", "--unshare-uts", "--dev-bind", "/", "/", "--proc", "/proc"];

const OURS: Program =
    Program { name: "init", words: &["--pid", "--mount", "--uts", "--mount-proc"] };
const THEIRS: [Program; 4] = [
    Program { name: "unshare", words: UNSHARE },
    Program { name: "unshare --kill-child", words: UNSHARE },
    Program { name: "bwrap", words: BWRAP },
    Program { name: "bwrap --die-with-parent", words: BWRAP },
];

impl Program {
    fn patience(&self) -> Duration {
        if self.name == OURS.name { DEADLINE } else { SOON }
    }

    /// The program, running this script.
    fn start(&self, script: &str, mark: &str) -> Start {
        let ours = init_path();
        let mut words: Vec<&str> = self.words.to_vec();
        if self.name == OURS.name {
            words.insert(0, ours.to_str().unwrap());
        }
        words.extend(self.name.split(' ').skip(1));
        if self.name.starts_with("unshare") && !root() {
            words.push("-r");
        }
        words.extend(["--", "sh", "-c", script]);
        Start::new(words[0], &words[1..]).marked(mark)
    }
}

/// A request to each program.
struct Request {
    what: &'static str,
    /// The script of the command's shell. It prints `ready` when it runs.
    script: &'static str,
    /// The signal to the outermost process after that.
    signal: Option<i32>,
    /// The expected result of ours.
    ours: &'static str,
}

const REQUESTS: [Request; 9] = [
    Request {
        what: "the command exits with 7",
        script: "echo ready; exit 7",
        signal: None,
        ours: "7",
    },
    Request {
        what: "it kills itself with TERM",
        script: "echo ready; kill -TERM $$; exit 1",
        signal: None,
        ours: "143",
    },
    Request {
        what: "it kills itself with KILL",
        script: "echo ready; kill -KILL $$; exit 1",
        signal: None,
        ours: "137",
    },
    Request {
        what: "TERM; the command exits with 5 on it",
        script: "trap 'exit 5' TERM; echo ready; while :; do sleep 1000 & wait $!; done",
        signal: Some(libc::SIGTERM),
        ours: "5",
    },
    Request {
        what: "TERM; the command does nothing about it",
        script: "echo ready; exec sleep 1000",
        signal: Some(libc::SIGTERM),
        ours: "143",
    },
    Request {
        what: "USR1; the command exits with 6 on it",
        script: "trap 'exit 6' USR1; echo ready; while :; do sleep 1000 & wait $!; done",
        signal: Some(libc::SIGUSR1),
        ours: "6",
    },
    Request {
        what: "KILL, to the outermost process",
        script: "sleep 1000 & echo ready; exec sleep 1000",
        signal: Some(libc::SIGKILL),
        ours: "137",
    },
    Request {
        what: "it ends, and leaves a background process",
        script: "sleep 1000 & echo ready; exit 3",
        signal: None,
        ours: "3",
    },
    Request {
        what: "the same, and that one wants to say goodbye",
        script: "trap 'exit 4' USR1; (trap 'echo goodbye; exit' TERM; echo ready; kill -USR1 $$; \
                 while :; do sleep 1000 & wait $!; done) & while :; do wait; done",
        signal: None,
        ours: "4, goodbye",
    },
];

/// The result of a request: the status, or that the program runs on; the processes that are
/// left; the output.
fn outcome(program: &Program, request: &Request) -> String {
    let mark = marker();
    let mut run = program.start(request.script, &mark).start();
    run.expect("ready");
    if let Some(signal) = request.signal {
        run.signal(signal);
    }
    if !holds_within(program.patience(), || run.ended()) {
        return "runs on".to_owned();
    }
    holds_within(program.patience(), || marked(&mark).is_empty());
    let left = marked(&mark).len();
    kill_marked(&mark);
    let done = run.finish();
    let said = done.stdout.lines().filter(|line| *line != "ready").map(|line| format!(", {line}"));
    let left = if left > 0 { format!(", {left} left") } else { String::new() };
    format!("{}{}{left}", done.code(), said.collect::<String>())
}

#[test]
fn the_same_requests() {
    let programs: Vec<&Program> =
        THEIRS.iter().filter(|program| installed(program.words[0])).collect();
    if programs.len() < THEIRS.len() {
        skip("the_same_requests", "needs unshare and bwrap for the whole table");
    }
    let manual = include_str!("../../../src/manual/comparison.md");
    let names: Vec<_> = programs.iter().map(|program| program.name).collect();
    let mut table =
        format!("| | init | {} |\n|-|-|{}\n", names.join(" | "), "-|".repeat(names.len()));
    for request in &REQUESTS {
        let ours = outcome(&OURS, request);
        assert_eq!(ours, request.ours, "{}", request.what);
        let row = format!("| {} | {ours} |", request.what);
        assert!(manual.contains(&row), "the manual has no row {row}");
        let theirs: Vec<_> = programs.iter().map(|program| outcome(program, request)).collect();
        table += &format!("| {} | {ours} | {} |\n", request.what, theirs.join(" | "));
    }
    show(&table);
}

/// PID 1 has to reap orphans that are not the command's children.
#[test]
fn orphans() {
    // The orphans end after the command has exec'd.
    let orphan = "while [ $(cat /proc/1/comm) = sh ]; do :; done; echo orphan";
    let script = format!("for n in 1 2 3; do (sh -c '{orphan}' &); done; exec sleep 1000");
    let zombies = |program: &Program| {
        let mut run = program.start(&script, &marker()).start();
        for _ in 0..3 {
            run.expect("orphan");
        }
        let first = run.main_child();
        let dead = || children(first).into_iter().filter(|pid| state(*pid) == Some('Z')).count();
        let reaped = || children(first).len() <= 1 && dead() == 0;
        if holds_within(program.patience(), reaped) { 0 } else { dead() }
    };
    assert_eq!(zombies(&OURS), 0);
    for program in THEIRS.iter().filter(|program| installed(program.words[0])) {
        show(&format!("{}: {} zombies\n", program.name, zombies(program)));
    }
}
