//! What the small binary may cost: exact numbers, the same on every machine.

use crate::support::*;

/// In bytes.
const SIZE_MAX: u64 = 355_000;

/// Pages of writable data. The stack takes three or four more, and the target for all private
/// memory is 20 kB.
const PAGES_MAX: u64 = 1;

const PAGE: u64 = 4096;
// elf(5).
const PT_LOAD: u16 = 1;
const PT_INTERP: u16 = 3;
const PF_W: u16 = 2;

/// The system calls of init as PID 1 between its own exec and the app's, and their reasons.
const SYSTEM_CALLS: &[(&str, &str)] = &[
    #[cfg(target_arch = "x86_64")]
    ("arch_prctl", "musl's start: where the thread's own data is"),
    ("set_tid_address", "musl's start: who we are"),
    ("rt_sigprocmask", "from here on no signal is lost; the mask before is the app's"),
    ("getpid", "PID 1 needs no subreaper, and takes everybody along when it is killed"),
    ("rt_sigaction", "SIGCHLD inherited as ignored would hide how children end"),
    ("ioctl", "has init the foreground of a terminal, to be given to the app?"),
    ("clone", "the main child"),
    ("setpgid", "in the child: a process group of its own"),
    ("rt_sigtimedwait", "in the child: forget what came to init's group, init has it too"),
    ("rt_sigprocmask", "in the child: the app gets the mask back"),
];

/// The system calls that are added when init is not PID 1. Each stands before the call that is
/// named last.
const MORE_CALLS: &[(&str, &str, &str)] = &[
    ("prctl", "orphans of the app come to init", "clone"),
    ("prctl", "in the child: die with init", "rt_sigtimedwait"),
    ("getppid", "in the child: has init died before that?", "rt_sigtimedwait"),
];

#[test]
fn the_small_binary_is_small_and_static() {
    if !can_release("the_small_binary_is_small_and_static") {
        return;
    }
    let size = released().metadata().unwrap().len();
    assert!(size <= SIZE_MAX, "{size} bytes, but at most {SIZE_MAX} are allowed");
    let image = std::fs::read(released()).unwrap();
    let half = |at: usize| u16::from_le_bytes(image[at..at + 2].try_into().unwrap());
    let long = |at: usize| u64::from_le_bytes(image[at..at + 8].try_into().unwrap());
    assert_eq!(half(0x10), 2, "ET_EXEC: no pointer is left to relocate at the start");
    let mut written = 0;
    for n in 0..usize::from(half(0x38)) {
        let at = usize::try_from(long(0x20)).unwrap() + n * usize::from(half(0x36));
        assert_ne!(half(at), PT_INTERP, "it needs nobody to be loaded");
        if half(at) == PT_LOAD && half(at + 4) & PF_W != 0 {
            let (start, size) = (long(at + 0x10), long(at + 0x28));
            written += (start + size).div_ceil(PAGE) - start / PAGE;
        }
    }
    assert!(written <= PAGES_MAX, "{written} pages of data, but at most {PAGES_MAX} are allowed");
}

/// The names of the system calls of init and its child up to the app's exec.
fn calls_until_exec(first: bool) -> Vec<String> {
    let scratch = Scratch::new();
    let log = scratch.path("log");
    let init = released().to_str().unwrap();
    let unshare = ["unshare", "--pid", "--fork"].into_iter().filter(|_| first);
    let words = ["-f", "-qq", "-o", log.to_str().unwrap(), "--"].into_iter().chain(unshare);
    let words = words.chain([init, "--", "/bin/sh", "-c", "exit 7"]);
    Start::new("strace", words.collect::<Vec<_>>()).run().expect(7).silent();
    // PID NAME(ARGUMENTS...
    let log = std::fs::read_to_string(log).unwrap();
    let (before, after) = log.split_once(&format!("execve(\"{init}\"")).unwrap();
    let pid = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    let own = pid(before.lines().last().unwrap());
    // unshare(1) calls wait4 at the same time.
    let others: Vec<String> = before.lines().map(pid).filter(|other| *other != own).collect();
    let after = after.lines().skip(1).filter(|line| !others.contains(&pid(line)));
    let call = |line: &str| Some(line.split_once('(')?.0.split_whitespace().nth(1)?.to_owned());
    let calls = after.filter_map(call).filter(|call| call != "<...");
    calls.take_while(|call| call != "execve").collect()
}

#[test]
fn few_system_calls_before_the_app_runs() {
    let test = "few_system_calls_before_the_app_runs";
    if !can_release(test) {
        return;
    }
    if !installed("strace") || !root() {
        return skip(test, "needs strace, and root for a PID namespace");
    }
    let mut expected = SYSTEM_CALLS.to_vec();
    assert!(expected.len() <= 10, "{} system calls as PID 1, 10 are allowed", expected.len());
    assert_calls("as PID 1", &calls_until_exec(true), &expected);
    for (call, why, before) in MORE_CALLS {
        let at = expected.iter().position(|(call, _)| call == before).unwrap();
        expected.insert(at, (call, why));
    }
    assert_calls("not as PID 1", &calls_until_exec(false), &expected);
}

/// Asserts that these are the expected system calls. A failure shows both lists, side by side,
/// and marks the lines that differ.
fn assert_calls(place: &str, found: &[String], expected: &[(&str, &str)]) {
    let lines = (0..found.len().max(expected.len())).map(|n| {
        let (call, why) = expected.get(n).copied().unwrap_or_default();
        let found = found.get(n).map_or("", String::as_str);
        let mark = if found == call { ' ' } else { '!' };
        format!("{mark} {found:<16} {call:<16} {why}")
    });
    let lines: Vec<String> = lines.collect();
    let same = lines.iter().all(|line| line.starts_with(' '));
    assert!(same, "{place}: found, expected and why\n{}", lines.join("\n"));
}
