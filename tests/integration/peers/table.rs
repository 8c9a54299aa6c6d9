//! The same cases with ours, tini, dumb-init and catatonit: prints the manual's table of who
//! passes. Ours has to pass all.

use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::table_end::*;
use crate::support::*;

/// Long enough for a program that passes, short enough for a program that hangs.
pub const PATIENCE: Duration = Duration::from_secs(3);

pub struct Peer {
    name: &'static str,
    path: PathBuf,
}

type Case = (&'static str, fn(&Peer) -> bool);

/// The cases, with their names in the manual.
const CASES: &[Case] = &[
    ("the exit code is the main child's", |peer| peer.status(&["exit", "42"]) == Some(42)),
    ("128+N for a death by signal N", |peer| peer.status(&["die", "9"]) == Some(137)),
    ("127 when the command is not found", |peer| peer.run(&["/nosuch"]) == Some(127)),
    ("126 when it cannot be run", |peer| peer.run(&["/etc/passwd"]) == Some(126)),
    ("the command's own options are left alone", |peer| {
        let mut run = Start::new(&peer.path, ["echo", "-l"]).start();
        run.line_within(PATIENCE) == Some("-l".to_owned())
    }),
    ("variables that images have for themselves are left alone", variables),
    ("TERM is forwarded", |peer| peer.gets(&[libc::SIGTERM], "got 15 ")),
    ("TSTP, TTIN and TTOU are forwarded", |peer| {
        peer.gets(&[libc::SIGTSTP], "got 20 ")
            && peer.gets(&[libc::SIGTTIN], "got 21 ")
            && peer.gets(&[libc::SIGTTOU], "got 22 ")
    }),
    ("the real-time signals 32 to 34 are forwarded", |peer| {
        (32..=34).all(|signal| peer.gets(&[signal], &format!("got {signal} ")))
    }),
    ("a queued signal keeps its value", queued_value),
    ("1,000 queued signals arrive", queued_thousand),
    ("a TERM that was pending before the start arrives", pending_before),
    ("a SIGCHLD that was ignored before the start is no trouble", child_ignored),
    ("the app inherits ignored signals", |peer| peer.state(ignore_hup, "SigIgn:")),
    ("the app inherits the signal mask", |peer| peer.state(block_usr1, "SigBlk:")),
    ("works with stdin, stdout and stderr closed", closed),
    ("lets go of inherited pipes", releases_pipes),
    ("lets go of the working directory", releases_directory),
    ("a forward that is refused does not end it", refused_forward),
    ("10,000 orphans leave no zombie", orphans),
    ("never wakes up for nothing", sleeps),
    ("survivors are told to end before they are killed", survivors),
    ("the app does not outlive an init that is killed", killed),
    ("a stopped app ends on TERM", stopped_app),
    ("an open shell does not delay the stop", |peer| open_shell(peer).0),
    ("an open shell is told to end before it is killed", |peer| open_shell(peer).1),
    ("a daemon stops its own workers", daemon),
];

impl Peer {
    pub fn start(&self, command: &[&str]) -> Start {
        Start::new(&self.path, [&["--"], command].concat())
    }

    pub fn probe(&self, words: &[&str]) -> Start {
        self.start(&[&[probe_path().to_str().unwrap()], words].concat())
    }

    /// As PID 1, where no program warns that it does not reap.
    fn run(&self, command: &[&str]) -> Option<i32> {
        self.start(command).as_pid1(true).start().finish_within(PATIENCE)
    }

    fn status(&self, words: &[&str]) -> Option<i32> {
        self.run(&[&[probe_path().to_str().unwrap()], words].concat())
    }

    pub fn ready(&self) -> Running {
        let mut run = self.probe(&["signals"]).as_pid1(true).with_own_user().start();
        run.expect("ready ");
        run
    }

    /// Does the probe print one line for each signal, and this line last?
    fn gets(&self, signals: &[i32], last: &str) -> bool {
        let mut run = self.ready();
        signals.iter().for_each(|signal| run.signal(*signal));
        let lines: Vec<_> = signals.iter().map_while(|_| run.line_within(PATIENCE)).collect();
        lines.len() == signals.len() && lines.last().is_some_and(|line| line.starts_with(last))
    }

    /// Is this line of the app's /proc/self/status as without an init?
    fn state(&self, set_up: fn(), field: &str) -> bool {
        let found = |start: Start| {
            let scratch = Scratch::new();
            let out = scratch.path("out");
            let start = start.env("PROBE_OUT", out.to_str().unwrap()).before_exec(set_up);
            start.start().finish_within(PATIENCE);
            let text = std::fs::read_to_string(out).unwrap_or_default();
            text.lines().find(|line| line.starts_with(field)).map(str::to_owned)
        };
        let direct = found(Start::new(probe_path(), ["state"]));
        direct.is_some() && direct == found(self.probe(&["state"]))
    }
}

fn ignore_hup() {
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) };
}

fn block(mask: u64) {
    let nothing: *mut u64 = std::ptr::null_mut();
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &mask, nothing, 8) };
}

fn block_usr1() {
    block(0x200);
}

fn queued_value(peer: &Peer) -> bool {
    let mut run = peer.ready();
    queue(run.pid(), libc::SIGUSR1, 4711);
    run.line_within(PATIENCE) == Some("got 10 -1 4711".to_owned())
}

fn queued_thousand(peer: &Peer) -> bool {
    let mut run = peer.ready();
    (0..1000).for_each(|value| queue(run.pid(), 40, value));
    (0..1000).all(|_| run.line_within(PATIENCE).is_some_and(|line| line.starts_with("got 40 ")))
}

fn pending_before(peer: &Peer) -> bool {
    let start = peer.probe(&["signals"]).before_exec(|| {
        block(u64::MAX);
        unsafe { libc::raise(libc::SIGTERM) };
    });
    let mut run = start.start();
    run.line_within(PATIENCE);
    run.line_within(PATIENCE).is_some_and(|line| line.starts_with("got 15 "))
}

fn child_ignored(peer: &Peer) -> bool {
    let start = peer.probe(&["exit", "9"]).before_exec(|| unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
    });
    start.start().finish_within(PATIENCE) == Some(9)
}

fn closed(peer: &Peer) -> bool {
    let start = peer.probe(&["exit", "5"]).before_exec(|| unsafe {
        for fd in 0..3 {
            libc::close(fd);
        }
    });
    start.start().finish_within(PATIENCE) == Some(5)
}

fn releases_pipes(peer: &Peer) -> bool {
    let (reader, writer) = pipe();
    let script = "exec 0<&-; echo closed; exec sleep 1000";
    let mut run = peer.start(&["sh", "-c", script]).stdio(0, OwnedFd::from(reader)).start();
    run.line_within(PATIENCE);
    // The pipe has no reader any more: a write would fail.
    holds_within(PATIENCE, || {
        let mut poll =
            libc::pollfd { fd: std::os::fd::AsRawFd::as_raw_fd(&writer), events: 0, revents: 0 };
        unsafe { libc::poll(&mut poll, 1, 0) == 1 && poll.revents & libc::POLLERR != 0 }
    })
}

fn releases_directory(peer: &Peer) -> bool {
    let scratch = Scratch::new();
    let start = peer.start(&["sh", "-c", "cd /; echo moved; exec sleep 1000"]);
    let mut run = start.current_dir(&scratch.path("")).start();
    run.line_within(PATIENCE);
    let init = run.pid();
    holds_within(PATIENCE, || {
        std::fs::read_link(format!("/proc/{init}/cwd")).is_ok_and(|cwd| !cwd.starts_with("/tmp"))
    })
}

/// The init without CAP_KILL, the app as another user.
fn refused_forward(peer: &Peer) -> bool {
    let probe = probe_path();
    let words = ["setpriv", "--reuid=54321", "--clear-groups", probe.to_str().unwrap(), "signals"];
    let start = peer.start(&words).before_exec(|| unsafe {
        libc::prctl(libc::PR_CAPBSET_DROP, 5, 0, 0, 0);
    });
    let mut run = start.start();
    run.line_within(PATIENCE);
    let (init, app) = (run.pid(), run.main_child());
    send(init, libc::SIGUSR1);
    holds_within(PATIENCE, || status_field(init, "ShdPnd").is_none_or(|p| p == "0000000000000000"));
    if unsafe { libc::kill(app, libc::SIGTERM) } != 0 {
        return false;
    }
    run.line_within(PATIENCE).is_some_and(|line| line.starts_with("got 15 "))
        && run.finish_within(PATIENCE) == Some(0)
}

/// No voluntary context switch in more than a second.
fn sleeps(peer: &Peer) -> bool {
    let mut run = peer.ready();
    let init = run.pid();
    let switches = || status_field(init, "voluntary_ctxt_switches");
    until("it waits", || state(init) == Some('S'));
    let (before, start) = (switches(), Instant::now());
    while start.elapsed() < Duration::from_millis(1500) {
        if switches() != before {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    true
}

fn variables(peer: &Peer) -> bool {
    let words = ["sh", "-c", "sleep 0.1; test $INIT_TIMEOUT = 1ms && exit 42"];
    let set = ["INIT_PAUSE", "INIT_CHECK", "INIT_NEW_SESSION", "INIT_DELAY"];
    let start = set.into_iter().fold(peer.start(&words), |start, name| start.env(name, "1"));
    start.as_pid1(true).env("INIT_TIMEOUT", "1ms").start().finish_within(PATIENCE) == Some(42)
}

#[test]
fn with_the_peers() {
    let peers = ["tini", "dumb-init", "catatonit"];
    if let Some(missing) = peers.iter().find(|name| !installed(name)) {
        return skip("with_the_peers", &format!("needs {missing}"));
    }
    if !root() {
        return skip("with_the_peers", "needs root, to become somebody else");
    }
    let ours = Peer { name: "init", path: init_path() };
    let theirs = peers.map(|name| Peer { name, path: which(name) });
    let all: Vec<&Peer> = std::iter::once(&ours).chain(&theirs).collect();
    // In parallel, because a failed case waits for the whole patience.
    let results: Vec<Vec<bool>> = std::thread::scope(|scope| {
        let threads: Vec<_> = all.iter().map(|peer| scope.spawn(|| results(peer))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    show(&table(&all, &results));
    let failed: Vec<_> = CASES
        .iter()
        .zip(&results[0])
        .filter(|(_, passed)| !**passed)
        .map(|(case, _)| case.0)
        .collect();
    assert!(failed.is_empty(), "ours fails {failed:?}");
    let manual = include_str!("../../../src/manual/comparison.md");
    for (case, _) in CASES {
        assert!(manual.contains(&format!("\n| {case} | yes |")), "the manual has no row {case:?}");
    }
}

fn results(peer: &Peer) -> Vec<bool> {
    // A panic of the test support is a failed case.
    let passes = |case: fn(&Peer) -> bool| catch_unwind(AssertUnwindSafe(|| case(peer)));
    CASES.iter().map(|(_, case)| passes(*case).unwrap_or(false)).collect()
}

fn table(peers: &[&Peer], results: &[Vec<bool>]) -> String {
    let mut text = String::from("\n| |");
    peers.iter().for_each(|peer| text += &format!(" {} |", peer.name));
    text += &format!("\n|-|{}\n", "-|".repeat(peers.len()));
    for (n, (name, _)) in CASES.iter().enumerate() {
        text += &format!("| {name} |");
        for passed in results {
            text += if passed[n] { " yes |" } else { " no |" };
        }
        text += "\n";
    }
    text
}
