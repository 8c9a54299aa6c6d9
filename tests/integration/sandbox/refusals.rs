//! System calls that the kernel or a filter refuses while a sandbox is made: the app runs with
//! all that was asked for, or there is one line, status 125, and nothing is left.

use crate::support::*;
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// init under strace, which lets system calls of its processes fail.
fn refused(inject: &str, words: &[&str]) -> Start {
    let init = init_path();
    let inject = format!("inject={inject}");
    let strace = ["-f", "-qq", "-o", "/dev/null", "-e", &inject, "--", init.to_str().unwrap()];
    Start::new("strace", strace.iter().chain(words).copied())
}

#[test]
fn no_step_fails_silently_or_hangs() {
    if !installed("strace") {
        return skip("no_step_fails_silently_or_hangs", "needs strace");
    }
    for user in users() {
        for (inject, words, line) in [
            // The first message of outer lets inner go on, the first of inner says that the
            // app runs.
            ("sendto:error=ENOBUFS:when=1", &["--user", "--pid"][..], "init: let inner go on: "),
            ("sendto:error=ENOBUFS", &["--user", "--pid"], "init: let inner go on: "),
            ("shutdown,sendto:error=EPERM", &["--user", "--pid"], "init: let inner go on: "),
            ("sendto:error=ENOBUFS:when=1", &["--pid", "-q"], "init: "),
            ("sendto:error=ENOBUFS", &["--time", "-q"], "init: "),
            ("read:error=EIO:when=1", &["--user", "--pid"], "init: "),
            // Without a look for a terminal, outer reads first of whether the app runs.
            ("read:error=EIO:when=1", &["--pid", "--allow-tiocsti"], "init: "),
            ("read:error=EIO:when=1", &["--uts", "--allow-tiocsti"], "init: "),
            ("capset:error=EPERM", &["--pid"], "init: keep CAP_KILL only: "),
            ("capset:error=EPERM", &["--time"], "init: keep CAP_KILL only: "),
            ("capget:error=EPERM", &["--pid"], "init: keep CAP_KILL only: "),
            ("/^capget$:error=EPERM", &["--cap-drop=NET_RAW"], "init: set capabilities: "),
            ("rt_sigaction:error=EPERM", &["--pid"], "init: reset SIGCHLD: "),
            ("rt_sigprocmask:error=EPERM", &["--pid"], "init: block signals: "),
            ("setpgid:error=EPERM", &["--pid"], "init: setpgid: "),
            // Not because outer is gone.
            ("setpgid:error=ESRCH", &["--pid"], "init: setpgid: "),
            ("capset:error=ESRCH", &["--pid"], "init: keep CAP_KILL only: "),
            ("prctl:error=EPERM:when=1", &["--uts"], "init: be killed with init: "),
            ("prctl:error=EPERM:when=1", &["--pid"], "init: be killed with init: "),
            ("prctl:error=EPERM:when=2", &["--uts", "--fork"], "init: be killed with init: "),
        ] {
            let mark = marker();
            // A static app: strace may refuse a read of a dynamic loader, which prints a line too.
            let words = [words, &["-q", "busybox", "sleep", "1000"]].concat();
            let start = user.run(refused(inject, &words)).unwrap().marked(&mark);
            let mut run = start.start();
            until("it ends by itself", || run.ended());
            until("nobody is left", || marked(&mark).is_empty());
            run.finish().expect(125).one_line(line);
        }
    }
}

/// What init was started with must not reach the app.
#[test]
fn a_descriptor_that_cannot_be_closed_is_no_secret() {
    if !installed("strace") {
        return skip("a_descriptor_that_cannot_be_closed", "needs strace");
    }
    // outer and its child have to close their copies of the channel first.
    let start = || {
        let words = ["--uts", "--allow-tiocsti", "-q", "true"];
        let start = refused("close_range,close:error=EPERM:when=2+", &words);
        start.before_exec(|| unsafe {
            libc::dup2(0, 9);
        })
    };
    for user in users() {
        let done = user.run(start()).unwrap().run().expect(125);
        done.one_line("init: close descriptors: Operation not permitted");
    }
}

/// Everything that a set-up has steps for, and a script that shows what came of it.
const EVERYTHING: &[&str] = &[
    "--pid",
    "--uts",
    "--ipc",
    "--net",
    "--cgroup",
    "--mount-proc",
    "--hostname=box",
    "--domainname=box",
    "--map-root-user",
    "--propagation=private",
    "--cap-drop=ALL",
    "--no-new-privs",
    "--chdir=/usr",
    "-q",
];
const TIME: &[&str] = &["--time", "--boottime=99999999", "--cap-drop=ALL", "--uts", "-q"];
const ROOT: &[&str] = &[
    "--root=/",
    "--read-only",
    "--pid",
    "--net",
    "--mount-proc",
    "--mount-sys",
    "--mount-dev",
    "--tmpfs=/mnt",
    "--ro-bind",
    "/usr",
    "/opt",
    "--cap-drop=ALL",
    "-q",
];
/// What the app's process does to itself, and a user namespace below inner's.
const CONFINED: &[&str] = &[
    "--map-root-user",
    "--pid",
    "--no-new-user-ns",
    "--setuid=0",
    "--setgid=0",
    "--rlimit=nofile=50",
    "--clearenv",
    "--setenv",
    "PATH",
    "/nosuch",
    "--cap-drop=ALL",
    "--cap-add=KILL",
    "-q",
];
const PLAIN: &[&str] = &["--cap-drop=ALL", "--no-new-privs", "--chdir=/usr", "-q"];

/// A shell's built-ins only: what fails then are init's own calls.
const SCRIPT: &str = "\
    while read -r name value rest; do case $name in \
    Cap*|NoNewPrivs:|SigBlk:|SigIgn:) echo $name $value $rest;; esac; done \
    </proc/self/status; [ $$ = 2 ] && echo inside || echo outside; echo $PWD; read -r host </proc/sys/kernel/hostname && echo $host; \
    read -r up rest </proc/uptime && echo ${#up}; echo $(ulimit -n) $PATH; \
    read -r map </proc/self/uid_map && echo $map; :";

#[test]
fn whatever_call_is_refused_no_app_runs_with_less_than_was_asked_for() {
    each_call_fails(&[EVERYTHING, ROOT, TIME, PLAIN]);
}

#[test]
fn whatever_call_is_refused_no_app_is_less_confined() {
    each_call_fails(&[CONFINED]);
}

/// Each system call up to the app's exec fails once, in each process that makes it.
fn each_call_fails(lists: &[&[&str]]) {
    if !installed("strace") {
        return skip("each_call_fails", "needs strace");
    }
    let errors = ["EPERM", "ENOSYS", "EINVAL", "EIO", "ENOMEM", "EAGAIN"];
    let mut wrong = Vec::new();
    for options in lists {
        let words = [*options, &["/bin/sh", "-c", SCRIPT]].concat();
        for user in users() {
            let expected = user.run(init(&words)).unwrap().run().expect(0).silent().stdout;
            for (n, (call, nth)) in calls(user, &words).into_iter().enumerate() {
                // Some as root, others as somebody else: each takes its time.
                let share = match *options {
                    ROOT => 8,
                    CONFINED => 1,
                    _ => 4,
                };
                if n % share != usize::from(user == User::Root) % share {
                    continue;
                }
                let error = match (&*call, errors[n % errors.len()]) {
                    // As of a kernel that does not know its last capability, or of a file that
                    // is no copy of init.
                    ("prctl" | "fcntl", "EINVAL") => "EPERM",
                    (_, error) => error,
                };
                let inject = format!("{call}:error={error}:when={nth}");
                let mark = marker();
                let start = user.run(refused(&inject, &words)).unwrap().marked(&mark);
                let Some(done) = ends(start, &mark) else {
                    wrong.push(format!("{inject} hangs, {user:?} {options:?}"));
                    continue;
                };
                if !is_right(&done, &expected) {
                    wrong.push(format!("{inject} {user:?} {done:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What has come of it, if it ends, with nobody left.
fn ends(start: Start, mark: &str) -> Option<Finished> {
    let mut run = start.start();
    let over = holds_within(Duration::from_secs(6), || run.ended() && marked(mark).is_empty());
    over.then(|| {
        let mut done = run.finish();
        // strace says so when a process ends before strace can change the answer.
        let lines = done.stderr.lines().filter(|line| !line.starts_with("strace: "));
        done.stderr = lines.map(|line| format!("{line}\n")).collect();
        done
    })
}

/// Is it an app with all that was expected of it, or one line and no app?
fn is_right(done: &Finished, expected: &str) -> bool {
    // The app's own calls may be refused as well: it then says less.
    let app = done.stderr.starts_with("/bin/sh: ");
    let same = done.stdout.lines().all(|line| expected.lines().any(|l| l == line));
    let one_line = done.stderr.starts_with("init: ") && done.stderr.lines().count() == 1;
    match done.code() {
        _ if !same => false,
        _ if app => true,
        0 => true,
        125..=127 => done.stdout.is_empty() && one_line,
        _ => false,
    }
}

/// The system calls of outer, inner and the app's process up to the app's exec, and which
/// time each comes in its process.
fn calls(user: User, words: &[&str]) -> Vec<(String, usize)> {
    let scratch = Scratch::new();
    let log = scratch.path("log");
    std::fs::write(&log, "").unwrap();
    // The user is to write to it.
    std::fs::set_permissions(&log, Permissions::from_mode(0o666)).unwrap();
    let init = init_path();
    let strace = ["-f", "-qq", "-o", log.to_str().unwrap(), "--", init.to_str().unwrap()];
    user.run(Start::new("strace", strace.iter().chain(words))).unwrap().run().expect(0);
    let text = std::fs::read_to_string(&log).unwrap();
    let mut counts = BTreeMap::new();
    let mut found = BTreeMap::new();
    for line in text.lines().skip(1) {
        let (pid, call) = line.split_once(' ').unwrap();
        let name = call.trim_start().split('(').next().unwrap();
        // init becomes a copy of itself.
        if call.contains("execve(\"/proc/self/fd/") {
            continue;
        }
        if name == "execve" {
            break;
        }
        if name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            let count: &mut usize = counts.entry((pid.to_owned(), name.to_owned())).or_insert(0);
            *count += 1;
            found.insert((name.to_owned(), *count), ());
        }
    }
    // Not of these: musl's start does not look at two of them, without memory there is no
    // line, geteuid(2) never fails, and a close(2) that fails has closed all the same, while
    // strace leaves the descriptor open.
    found
        .into_keys()
        .filter(|(call, _)| {
            !["arch_prctl", "set_tid_address", "brk", "mmap", "geteuid", "close"].contains(&&**call)
        })
        .collect()
}

/// A filter that refuses a clone(2) that shares memory, as Linux before 6.3 does after
/// unshare(CLONE_NEWTIME).
fn refuse_shared_memory() {
    let line = |code: u32, jt: u8, jf: u8, k: i64| libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k: k as u32,
    };
    let load = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    let (is, has) = (libc::BPF_JMP | libc::BPF_JEQ, libc::BPF_JMP | libc::BPF_JSET);
    // struct seccomp_data: the number, the architecture, the address, the arguments.
    let mut lines = [
        line(load, 0, 0, 0),
        line(is, 0, 3, libc::SYS_clone),
        line(load, 0, 0, 16),
        line(has, 0, 1, libc::CLONE_VM.into()),
        line(libc::BPF_RET, 0, 0, (libc::SECCOMP_RET_ERRNO | libc::EINVAL as u32).into()),
        line(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_ALLOW.into()),
    ];
    let program = libc::sock_fprog { len: lines.len() as u16, filter: lines.as_mut_ptr() };
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program), 0);
    }
}

#[test]
fn an_app_with_new_clocks_shares_no_memory_with_inner() {
    for user in users() {
        let plain = user.run(init(["--pid", "-q", "true"]).before_exec(refuse_shared_memory));
        plain.unwrap().run().expect(125).one_line("init: clone: Invalid argument");
        for more in [&["--pid"][..], &["--pid", "--mount-proc", "--boottime=99999999"], &[]] {
            let words = [more, &["--time", "-q", "sh", "-c", "cat /proc/uptime; exit 7"]].concat();
            let start = user.run(init(&words).before_exec(refuse_shared_memory)).unwrap();
            start.run().expect(7).silent();
        }
    }
}
