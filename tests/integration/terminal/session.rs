//! Sessions: a hang-up, a new session for the app, no shell, the terminal of another session,
//! no terminal.

use crate::support::pty::*;
use crate::support::shell::*;
use crate::support::stages::*;
use crate::support::*;

/// The cases, with their names in the manual.
pub const CASES: &[(&str, Case)] = &[
    ("the terminal hangs up: the app hears HUP, and nobody is left", hang_up),
    ("without a shell Ctrl-Z stops nobody for good, also as PID 1", no_shell),
    ("without a shell each key reaches the app once, also as PID 1", keys_without_shell),
    ("another session's terminal is left alone", another_sessions_terminal),
    ("works without a terminal and standard streams", no_terminal),
];

fn probe(words: &str) -> String {
    format!("{} {words}", probe_path().display())
}

/// The terminal hangs up: the app gets HUP, and the whole job ends.
pub fn hang_up(stage: &Stage) {
    if stage.place == Place::Namespace {
        // unshare(1) leads the session; its death kills the namespace.
        return;
    }
    let scratch = Scratch::new();
    let heard = scratch.path("heard");
    let mut shell = Shell::start(stage);
    let script = format!(
        "trap 'echo HUP >{}; exit' HUP; echo up; while :; do sleep 0.01; done",
        heard.display()
    );
    std::fs::write(scratch.path("app"), script).unwrap();
    shell.run_under(&format!("sh {}", scratch.path("app").display()));
    shell.expect("up\r\n");
    let job = shell.job();
    shell.hang_up();
    ended(job.main);
    ended(job.init);
    assert_eq!(std::fs::read_to_string(heard).unwrap(), "HUP\n");
}

/// Without a shell nobody could continue a stopped job, so Ctrl-Z stops nobody.
pub fn no_shell(stage: &Stage) {
    for place in [Place::Here, Place::Namespace] {
        let mut leader = Leader::start(&Stage { place, ..stage.clone() }, "cat");
        for word in ["one", "two", "three"] {
            leader.terminal.keys(&format!("{word}\n"));
            leader.terminal.expect(&format!("{word}\r\n"));
            leader.terminal.keys("\x1a");
        }
        leader.terminal.keys("\x04");
        leader.running.finish().expect(0);
    }
}

/// Keys reach the app once, whether or not init is PID 1.
pub fn keys_without_shell(stage: &Stage) {
    for place in [Place::Here, Place::Namespace] {
        let mut leader = Leader::start(&Stage { place, ..stage.clone() }, &probe("signals"));
        leader.terminal.expect("ready ");
        // Not Ctrl-\: it kills unshare(1) in the foreground group.
        for (key, signal) in [("\x03", 2), ("\x1a", 20)] {
            leader.terminal.keys(key);
            let before = leader.terminal.expect(&format!("got {signal} "));
            assert!(!before.contains("got"), "{before:?} before {signal}");
        }
        leader.terminal.resize(30);
        leader.terminal.expect("got 28 ");
        leader.running.signal(libc::SIGTERM);
        let before = leader.terminal.expect("got 15 ");
        assert!(!before.contains("got"), "{before:?} before the end");
        leader.running.finish().expect(0);
    }
}

/// The terminal can become the controlling terminal of the app's own session; then the
/// kernel sends the app HUP.
pub fn session_of_its_own(stage: &Stage) {
    let mut leader = Leader::start(stage, &probe("foreground"));
    leader.terminal.expect("true\r\n");
    leader.running.finish().expect(0);

    let mut leader = Leader::start(stage, &probe("signals 1"));
    leader.terminal.expect("ready ");
    for (key, signal) in [("\x03", 2), ("\x1a", 20)] {
        leader.terminal.keys(key);
        let before = leader.terminal.expect(&format!("got {signal} 128 "));
        assert!(!before.contains("got"), "{before:?} before {signal}");
    }
    drop(leader.terminal);
    leader.running.finish().expect(0);
}

/// On a shell the terminal stays the shell's. The app can still use it, and init forwards the
/// signals of keys.
pub fn session_on_a_shell(stage: &Stage) {
    let mut shell = Shell::start(stage);
    shell.run_under("sh -c 'read x; echo got:$x'");
    shell.line("typed");
    shell.expect("got:typed\r\n");
    shell.prompt();
    shell.run_under(&probe("signals"));
    shell.expect("ready ");
    let job = shell.job();
    shell.terminal.keys("\x03");
    shell.expect("got 2 ");
    send(job.main, libc::SIGTERM);
    shell.prompt();
}

/// init cannot take the terminal of another session.
pub fn another_sessions_terminal(stage: &Stage) {
    let mut shell = Shell::start(stage);
    let words = shell.under(&probe("foreground"));
    let words: Vec<&str> = words.split_whitespace().collect();
    let start = Start::new(words[0], &words[1..]).near(&shell.terminal);
    start.run().expect(0);
    shell.expect("false\r\n");
    shell.run("");
}

/// No terminal and no standard streams.
pub fn no_terminal(stage: &Stage) {
    let words = stage.subject.before("", &probe("exit 7"));
    let words: Vec<&str> = words.split_whitespace().collect();
    for closed in [false, true] {
        let start = Start::new(words[0], &words[1..]).before_exec(move || unsafe {
            libc::setsid();
            for fd in (0..3).filter(|_| closed) {
                libc::close(fd);
            }
        });
        start.run().expect(7);
    }
}

/// With `--new-session`, which is dumb-init's default.
fn in_new_sessions(case: Case) {
    let scratch = Scratch::new();
    let mut ours = ours();
    ours.words += "--new-session ";
    for subject in [ours, ours_as(&scratch, "dumb-init", "")] {
        for shell in SHELLS {
            let stage = Stage { subject: subject.clone(), shell, place: Place::Here };
            println!("{stage:?}");
            case(&stage);
        }
    }
}

#[test]
fn the_terminal_hangs_up() {
    everywhere(hang_up);
}

#[test]
fn nobody_is_stopped_without_a_shell() {
    everywhere(no_shell);
}

#[test]
fn keys_arrive_once_without_a_shell() {
    everywhere(keys_without_shell);
}

#[test]
fn a_session_has_the_terminal() {
    in_new_sessions(session_of_its_own);
}

#[test]
fn a_session_does_not_rob_the_shell() {
    in_new_sessions(session_on_a_shell);
}

#[test]
fn somebody_elses_terminal() {
    everywhere(another_sessions_terminal);
}

#[test]
fn without_a_terminal() {
    everywhere(no_terminal);
}

/// A HUP from another process comes while init gives up the terminal. strace(1) makes this
/// moment long.
#[test]
fn a_hang_up_by_somebody_at_that_moment() {
    let test = "a_hang_up_by_somebody_at_that_moment";
    if !installed("strace") {
        return skip(test, "needs strace");
    }
    let [init, probe] = [init_path(), probe_path()].map(|path| path.display().to_string());
    let delay = "inject=ioctl:delay_exit=300000";
    let strace = ["-DDD", "-f", "-qq", "-o", "/dev/null", "-e", "trace=ioctl", "-e", delay];
    let words = [&strace[..], &[&init, "--new-session", "--", &probe, "signals", "1"]].concat();
    let terminal = Terminal::new();
    let all_blocked = || unsafe {
        let nothing: *mut u64 = std::ptr::null_mut();
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &u64::MAX, nothing, 8);
    };
    let start = Start::new("strace", words).with_own_user();
    let mut run = start.before_exec(all_blocked).on(&terminal).start();
    let leader = run.pid();
    // Its session has no terminal any more: field 7 of proc_pid_stat(5).
    until("init gives the terminal up", || {
        let stat = std::fs::read_to_string(format!("/proc/{leader}/stat")).unwrap();
        name(leader).is_some_and(|name| name == "init")
            && stat.rsplit(')').next().unwrap().split_whitespace().nth(4) == Some("0")
    });
    send(leader, libc::SIGHUP);
    run.finish().expect(0);
}
