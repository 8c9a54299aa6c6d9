//! Other kernels, for real: Debian's of 5.10, 6.1 and 6.12, with our init as their PID 1.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::engine::repository;
use crate::support::*;

const ROOTS_FILES: &str = "init: --user as root: the command owns the files of root";
const NO_OVERLAY: &str = "(a user namespace can mount an overlay from Linux 5.11 on; ";

const NO_USERS: &str = "(the AppArmor profile no-users forbids it; add `userns,` to the profile)";
const NO_PATHS: &str =
    "(the AppArmor profile no-paths forbids it; add flags=(attach_disconnected) ";

const ALL: [&str; 3] = ["5.10", "6.1", "6.12"];

/// What was tried, by whom, the status that must come back unless it is 0, and what stands in
/// the line on stderr.
const OTHERWISE: &[(&str, &str, i32, &str)] = &[
    ("an exit code", "root", 3, ""),
    ("a signal", "root", 143, ""),
    ("a group", "root", 143, ""),
    ("a timeout", "root", 124, ""),
    ("survivors", "root", 4, ""),
    ("no command", "root", 127, "init: exec nosuch: No such file or directory (it is in no "),
    ("--join PID of a sandbox", "root", 6, ""),
    ("--user --map-root-user", "root", 0, ROOTS_FILES),
    ("--map-auto", "root", 0, ROOTS_FILES),
    ("--map-auto --root /tree --pid --mount-proc", "root", 0, ROOTS_FILES),
    ("unprivileged_userns_clone = 0", "user", 125, "(kernel.unprivileged_userns_clone is 0; "),
    ("a kill for memory", "root", 137, ""),
    ("the report of a kill for memory", "root", 1, ""),
    ("a limit of processes", "root", 125, "(the limit of processes is reached"),
    ("TERM while frozen", "root", 143, ""),
    ("a frozen app is killed", "root", 137, ""),
    ("a clock that jumps", "root", 7, ""),
    ("a clock that jumps back", "root", 124, ""),
    ("a clock that jumps while a signal is held", "root", 7, ""),
    ("a clock that jumps in the grace period", "root", 7, ""),
    ("the survivor has ended by itself", "root", 0, ""),
    ("few numbers for processes", "root", 8, ""),
    ("AppArmor: the profiles", "root", 0, ""),
    ("AppArmor: no mount", "root", 125, "(the AppArmor profile confined forbids it; "),
    ("AppArmor: no mount", "user", 125, "(the AppArmor profile confined forbids it; "),
    ("AppArmor: no such program", "root", 126, "(the AppArmor profile confined forbids it; "),
    ("AppArmor: plain", "root", 124, ""),
    ("AppArmor: no signal", "root", 3, "(untouchable)"),
    ("AppArmor: the profiles for users", "root", 0, ""),
    ("AppArmor: no users", "root", 125, NO_USERS),
    ("AppArmor: no users", "user", 125, NO_USERS),
    ("AppArmor: no users, as root inside", "root", 125, NO_USERS),
    ("AppArmor: no users, as root inside", "user", 125, NO_USERS),
    ("AppArmor: no users, a root", "root", 0, ""),
    ("AppArmor: no users, a root", "user", 125, NO_USERS),
    ("AppArmor: no users, plain", "root", 3, ""),
    ("AppArmor: no users, plain", "user", 3, ""),
    ("AppArmor: no paths", "root", 3, ""),
    ("AppArmor: no paths", "user", 3, ""),
    ("AppArmor: no paths, a root", "root", 125, NO_PATHS),
    ("AppArmor: no paths, a root", "user", 0, ""),
    ("AppArmor: no paths, keep", "root", 125, NO_PATHS),
    ("AppArmor: no paths, enter", "user", 125, NO_PATHS),
    ("AppArmor: no-users --check --user", "root", 0, NO_USERS),
    ("AppArmor: no-users --check --user", "user", 0, NO_USERS),
    ("AppArmor: no-paths --check --root", "root", 0, "no, as --join"),
    ("AppArmor: no-paths --check --ephemeral", "root", 0, "no, as --join"),
    ("AppArmor: no-paths --check --join", "root", 0, NO_PATHS),
    ("AppArmor: no-paths --check --persist", "root", 0, "no, as --join"),
];

/// As [`OTHERWISE`], of an init that the kernel has started itself.
const FIRST: &[(&str, &str, i32, &str)] = &[
    ("Ctrl-Alt-Del", "root", 0, ""),
    ("SIGPWR", "root", 0, ""),
    ("orphans are reaped", "root", 0, ""),
    ("--root from a RAM disk", "root", 125, "(the current root is not a mount, as in "),
    ("--root --no-pivot from a RAM disk", "root", 0, ""),
];

const IN_ORDER: &str = "main TERM,main ends,worker TERM,worker TERM,";

/// As [`OTHERWISE`], of services of systemd: first what `systemctl` says of each.
const SERVICES: &[(&str, &str, i32, &str)] = &[
    ("manual", "root", 7, "exit-code"),
    ("boxed", "root", 7, "exit-code"),
    ("stubborn", "root", 7, "exit-code"),
    ("all", "root", 7, "exit-code"),
    ("all-boxed", "root", 7, "exit-code"),
    ("job", "root", 3, "exit-code"),
    ("manual: its log", "root", 0, IN_ORDER),
    ("boxed: its log", "root", 0, IN_ORDER),
    ("stubborn: what init says", "root", 0, "init: killed after the grace period of 2s: "),
    ("all: workers", "root", 2, ""),
    ("all-boxed: workers", "root", 2, ""),
    ("all: TERM at most 2 times", "root", 0, ""),
    ("all-boxed: TERM at most 2 times", "root", 0, ""),
    ("job: its report", "root", 0, ""),
    ("143, success is 0", "root", 0, "failed"),
    ("143, success is 143", "root", 0, "inactive"),
    ("NotifyAccess=main", "root", 1, ""),
    ("NotifyAccess=all", "root", 0, ""),
    ("a socket's unit", "root", 0, "0 1 hello"),
];

/// What a kernel does not do.
const EXCEPTIONS: &[(&str, &str, &str, i32, &str)] = &[
    ("5.10", "--root /tree --ephemeral", "user", 125, NO_OVERLAY),
    ("5.10", "--root /tree --overlay /tree /layers/upper", "user", 125, NO_OVERLAY),
];

/// AppArmor mediates user namespaces from Linux 6.7 on.
const OLDER: &[(&str, &str, i32, &str)] = &[
    ("AppArmor: no users", "root", 0, ""),
    ("AppArmor: no users", "user", 0, ""),
    ("AppArmor: no users, as root inside", "root", 0, ""),
    ("AppArmor: no users, as root inside", "user", 0, ""),
    ("AppArmor: no users, a root", "user", 0, ""),
    ("AppArmor: no-users --check --user", "root", 0, "yes"),
    ("AppArmor: no-users --check --user", "user", 0, "yes"),
];

/// What a guest said of one try.
struct Answer {
    status: i32,
    line: String,
}

/// Kernels, each with its answers by try and user.
type Answers = BTreeMap<String, BTreeMap<(String, String), Answer>>;

fn answers(text: &str) -> Answers {
    let mut all = Answers::new();
    let mut kernel = String::new();
    for line in text.lines() {
        let mut words = line.splitn(4, '|').map(str::to_owned);
        let mut word = || words.next().unwrap_or_else(|| panic!("{line:?} in\n{text}"));
        let (name, who, status, line) = (word(), word(), word(), word());
        if name == "kernel" {
            kernel = who.split('.').take(2).collect::<Vec<_>>().join(".");
        } else {
            let status = status.parse().unwrap_or_else(|_| panic!("{name}: {status:?}"));
            let of = all.entry(kernel.clone()).or_default();
            of.insert((name, who), Answer { status, line });
        }
    }
    all
}

/// The tries in the order in which a guest made them.
fn rows(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in text.lines().filter_map(|line| line.split('|').next()) {
        if name.starts_with("--") && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn table(text: &str, answers: &Answers) -> String {
    let kernels: Vec<&str> = answers.keys().map(String::as_str).collect();
    let mut table = format!("| options | {} |\n|-|{}\n", kernels.join(" | "), "-|".repeat(3));
    for name in rows(text) {
        let cells = answers.values().map(|of| {
            let by = |who: &str| of.get(&(name.clone(), who.to_owned()));
            match (by("root").map(works), by("user").map(works)) {
                (Some(true), Some(true) | None) => "yes",
                (Some(true), Some(false)) => "as root",
                _ => "no",
            }
        });
        table += &format!("| `{name}` | {} |\n", cells.collect::<Vec<_>>().join(" | "));
    }
    table
}

fn works(answer: &Answer) -> bool {
    answer.status != 125
}

fn expected(kernel: &str, name: &str, who: &str) -> (i32, &'static str) {
    let exceptions = EXCEPTIONS.iter().filter(|(of, ..)| *of == kernel);
    let rows = exceptions.map(|(_, name, who, status, text)| (name, who, *status, *text));
    let older = if kernel == "6.12" { &[] } else { OLDER };
    let others = older.iter().chain(OTHERWISE).chain(FIRST).chain(SERVICES);
    let others = others.map(|(name, who, status, text)| (name, who, *status, *text));
    let mut all = rows.chain(others).filter(|(of, by, ..)| **of == name && **by == who);
    all.next().map_or((0, ""), |(.., status, text)| (status, text))
}

/// Runs a script on each kernel, with `options` for scripts/kernels, and words before and behind the
/// script. Returns the status, and what came on stdout and stderr.
fn run(
    file: &str,
    options: &[&str],
    before: &[&str],
    behind: &[&str],
) -> (Option<i32>, String, String) {
    let guest = repository("tests/integration/kernels").join(file);
    let mut command = Command::new(repository("scripts/kernels"));
    command.env("INIT_UNDER_TEST", init_path()).args(options).arg("--add").arg(&guest);
    let output = command.arg("--").args(before).arg(&guest).args(behind).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).replace('\r', "");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Asserts that each kernel gave each answer.
#[track_caller]
fn all_as_expected(answers: &Answers, tried: &[(&str, &str, i32, &str)]) {
    for (kernel, of) in answers {
        for ((name, who), answer) in of {
            let (status, text) = expected(kernel, name, who);
            let Answer { status: got, line } = answer;
            let says = if text.is_empty() { line.is_empty() } else { line.contains(text) };
            assert!((*got, says) == (status, true), "{kernel}: {name} as {who}: {got} {line}");
        }
        for (name, who, ..) in tried {
            let key = ((*name).to_owned(), (*who).to_owned());
            assert!(of.contains_key(&key), "{kernel}: {name} was not tried");
        }
    }
}

fn can_run(test: &str) -> bool {
    let can = root() && installed("qemu-system-x86_64");
    if !can {
        skip(test, "needs root and qemu-system-x86_64");
    }
    can
}

#[test]
fn of_debian() {
    if !can_run("of_debian") {
        return;
    }
    let (status, text, said) = run("guest.sh", &[], &["/usr/bin/sh"], &[]);
    assert_eq!(status, Some(0), "{text}\n{said}");
    let answers = answers(&text);
    assert!(answers.keys().eq(&ALL), "{text}");
    all_as_expected(&answers, OTHERWISE);
    let table = table(&text, &answers);
    show(&table);
    let manual = std::fs::read_to_string(manual_page()).unwrap();
    assert!(manual.contains(&table), "the manual has another table than\n{table}");
}

/// The kernel's own threads are no survivors: init neither waits for them nor names them.
#[test]
fn as_the_first_process_of_the_machine() {
    if !can_run("as_the_first_process_of_the_machine") {
        return;
    }
    let (status, text, said) = run("first.sh", &["--first"], &["--grace-period=1s", "sh"], &[]);
    // A kernel panics when its init ends, and says how that ended.
    assert_eq!(status, Some(3), "{text}\n{said}");
    let (lines, others): (Vec<&str>, _) = text.lines().partition(|line| line.contains('|'));
    let answers = answers(&lines.join("\n"));
    assert!(answers.keys().eq(&ALL), "{text}");
    all_as_expected(&answers, FIRST);
    let killed = "init: killed after the grace period of 1s: ";
    let named: Vec<&str> =
        others.into_iter().filter_map(|line| line.strip_prefix(killed)).collect();
    let alone = |name: &&str| name.ends_with(" (sleep)") && !name.contains(',');
    assert!(named.len() == 3 && named.iter().all(alone), "{text}");
}

/// The command of the manual, and what else is said there.
#[test]
fn as_a_service_of_systemd() {
    if !can_run("as_a_service_of_systemd") {
        return;
    }
    let manual = std::fs::read_to_string(repository("src/manual/kubernetes.md")).unwrap();
    let words = manual.split('`').find(|code| code.starts_with("systemd-run ")).unwrap();
    let words: Vec<&str> = words.split(' ').collect();
    let (status, text, said) =
        run("systemd.sh", &["--systemd", "--kernel", "6.12"], &["sh"], &words);
    assert_eq!(status, Some(0), "{text}\n{said}");
    let answers = answers(&text);
    assert!(answers.keys().eq(["6.12"]), "{text}");
    all_as_expected(&answers, SERVICES);
}

fn manual_page() -> impl AsRef<Path> {
    repository("src/manual/kernels.md")
}
