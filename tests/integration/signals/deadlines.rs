//! Deadlines: `--kill-after`, `--timeout`, `--delay`, `--wait-all`.

use crate::support::*;
use std::time::{Duration, Instant};

const TERM: i32 = libc::SIGTERM;
/// The probe prints each signal and ends only on USR2.
const UNTIL_USR2: [&str; 2] = ["signals", "12"];

fn listening(options: &[&str], first: bool) -> Running {
    let mut run = init_probe(options, &UNTIL_USR2).as_pid1(first).with_own_user().start();
    run.expect("ready ");
    run
}

/// Waits until init has taken every pending signal.
fn taken(init: i32) {
    until("init has taken it", || status_field(init, "ShdPnd").unwrap() == "0000000000000000");
}

/// What is held came first, with its value.
#[test]
fn a_timeout_releases_what_is_held() {
    let options = ["--delay=TERM=1h", "--timeout=1s"];
    let mut run = init_probe(&options, &["signals"]).with_own_user().start();
    run.expect("ready ");
    let init = run.pid();
    queue(init, libc::SIGTERM, 77);
    run.expect(&format!("got 15 {} 77", libc::SI_QUEUE));
    run.finish().expect(124).silent();
}

#[test]
fn kill_after() {
    for first in [true, false] {
        let named = ["--kill-after", "1h", "--kill-after", "QUIT=200ms"];
        for (signal, name, options) in [
            (TERM, "SIGTERM", &["--kill-after", "200ms"][..]),
            (libc::SIGINT, "SIGINT", &["--kill-after", "200ms"]),
            (libc::SIGQUIT, "SIGQUIT", &named),
            (libc::SIGUSR1, "SIGUSR1", &["-k", "USR1=200ms"]),
        ] {
            let mut run = listening(options, first);
            run.signal(libc::SIGHUP);
            run.expect("got 1 ");
            let start = Instant::now();
            run.signal(signal);
            run.expect(&format!("got {signal} "));
            let done = run.finish().expect(137).one_line("init: killed the main child, ");
            let cause = format!(" (probe): it did not end in 200ms after {name} (--kill-after)\n");
            assert!(done.stderr.ends_with(&cause), "{done:?}");
            assert!(start.elapsed() >= Duration::from_millis(200));
        }
    }
    // Without TERM or INT nothing is killed. A main child that ends in time keeps its status.
    let mut run = listening(&["--kill-after", "1ms"], false);
    run.signal(libc::SIGHUP);
    run.expect("got 1 ");
    // A JVM or a Go program prints a dump on QUIT.
    run.signal(libc::SIGQUIT);
    run.expect("got 3 ");
    assert_still(run.pid());
    run.signal(libc::SIGUSR2);
    run.finish().expect(0).silent();
}

#[test]
fn timeout() {
    for first in [true, false] {
        let run = |options: &[&str], command: &[&str]| {
            let words: Vec<&str> = options.iter().chain(command).copied().collect();
            init(words).as_pid1(first).run()
        };
        run(&["--timeout=1h"], &["sh", "-c", "exit 3"]).expect(3).silent();
        run(&["--timeout=200ms"], &["sleep", "1000"]).expect(124).silent();
        let obeys = "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done";
        run(&["--timeout=200ms"], &["sh", "-c", obeys]).expect(124).silent();
        let deaf = "trap '' TERM; exec sleep 1000";
        let killed = " (sleep): it ran for 200ms (--timeout) and then did not end in 200ms \
                      (--grace-period)\n";
        let short = ["--timeout=200ms", "--grace-period=200ms"];
        run(&short, &["sh", "-c", deaf]).expect(124).one_line(killed);
        let dropped = ["--timeout=200ms", "--rewrite=TERM:none", "--grace-period=200ms"];
        run(&dropped, &["sleep", "1000"]).expect(124).one_line(killed);
        // The visible /proc is not of that PID namespace, and has other names for its numbers.
        let nameless = "init: killed the main child, 2: it ran for 200ms (--timeout) and then did ";
        let words = [&["--pid"], &dropped[..]].concat();
        run(&words, &["sleep", "1000"]).expect(124).one_line(nameless);
    }
    let mut run = listening(&["--timeout=200ms", "--rewrite=TERM:HUP", "--grace-period=1h"], false);
    run.expect("got 1 ");
    run.signal(libc::SIGUSR2);
    run.finish().expect(124).silent();
}

#[test]
fn the_survivors_of_a_timeout_get_their_grace_period() {
    for first in [true, false] {
        let script = "trap '' TERM; sleep 1000 & exec sleep 1000";
        let options = ["--timeout=100ms", "--grace-period=200ms", "sh", "-c", script];
        let done = init(options).as_pid1(first).run().expect(124);
        let lines: Vec<&str> = done.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{done:?}");
        assert!(lines[0].starts_with("init: killed the main child, "), "{done:?}");
        assert!(lines[1].starts_with("init: killed after the grace period of 200ms: "));
    }
}

#[test]
fn a_delayed_signal_waits_and_others_pass_it_by() {
    for first in [true, false] {
        let mut run = listening(&["--delay", "TERM=1h"], first);
        run.signal(TERM);
        run.signal(libc::SIGHUP);
        run.expect("got 1 ");
        assert_still(run.pid());
        // The second TERM releases the first, and one TERM goes out in all.
        run.signal(TERM);
        run.expect("got 15 ");
        run.signal(libc::SIGUSR2);
        run.expect("got 12 ");
        run.finish().expect(0).silent();

        let mut run = listening(&["--delay", "TERM=300ms", "--delay=RTMIN+6=1ms"], first);
        let (init, start) = (run.pid(), Instant::now());
        queue(init, TERM, 77);
        queue(init, 40, 78);
        run.expect(&format!("got 40 {} 78", libc::SI_QUEUE));
        run.expect(&format!("got 15 {} 77", libc::SI_QUEUE));
        assert!(start.elapsed() >= Duration::from_millis(300));
        run.signal(libc::SIGUSR2);
        run.finish().expect(0).silent();
    }
}

#[test]
fn what_is_held_at_the_main_childs_end_is_for_the_survivors() {
    for first in [true, false] {
        let probe = probe_path();
        let script = format!("'{}' signals 12 & read line; exit 5", probe.display());
        let (reader, writer) = pipe();
        let options = ["--delay=HUP=300ms", "--grace-period=1h", "sh", "-c", &script];
        let mut run = init(options).as_pid1(first).stdio(0, reader).start();
        run.expect("ready ");
        run.signal(libc::SIGHUP);
        drop(writer);
        let mut got = [run.line(), run.line(), run.line()];
        got.sort();
        for (line, signal) in got.iter().zip([1, 15, 18]) {
            assert!(line.starts_with(&format!("got {signal} ")), "{got:?}");
        }
        run.signal(libc::SIGUSR2);
        run.finish().expect(5).calm();
    }
}

#[test]
fn wait_all() {
    for first in [true, false] {
        let crowd = |options: &[&str], what: &str| {
            let script =
                format!("'{}' crowd 1 {what} 0; read line; exit 7", probe_path().display());
            let (reader, writer) = pipe();
            let words = options.iter().copied().chain(["sh", "-c", &script]);
            let mut run = init(words).as_pid1(first).stdio(0, reader).start();
            run.expect("crowd");
            let main = run.main_child();
            drop(writer);
            until("the main child is reaped", || state(main).is_none());
            run
        };
        let mut run = crowd(&["--wait-all", "--grace-period=1h"], "listening");
        assert_still(run.pid());
        // Nobody has sent TERM to the survivor so far.
        run.signal(libc::SIGHUP);
        run.expect("got 1 ");
        run.signal(libc::SIGINT);
        run.expect("got 2 ");
        run.expect("got 18 ");
        run.signal(libc::SIGUSR2);
        run.expect("got 12 ");
        run.finish().expect(7).one_line("init: still waiting for 1 process (--wait-all)");

        let mut run = crowd(&["--wait-all", "--grace-period=200ms"], "stubborn");
        run.signal(TERM);
        run.finish().expect(7).one_line("killed after the grace period of 200ms: ");
    }
}

/// A TERM that came while the main child ran: the survivors get it when that has ended.
#[test]
fn wait_all_remembers_the_signal_to_end() {
    for first in [true, false] {
        let script = format!(
            "'{}' crowd 1 listening 0; trap 'exit 7' TERM; echo main; \
                              while :; do sleep 0.01; done",
            probe_path().display()
        );
        let words = ["--wait-all", "--grace-period=300ms", "sh", "-c", &script];
        let mut run = init(words).as_pid1(first).start();
        run.expect("crowd");
        run.expect("main");
        run.signal(TERM);
        run.expect("got 15 ");
        run.expect("got 18 ");
        run.finish().expect(7).one_line("killed after the grace period of 300ms: ");
    }
}

#[test]
fn far_deadlines_wake_nobody() {
    for first in [true, false] {
        let far = ["--timeout=1h", "--kill-after=1h", "--delay=TERM=1h", "--delay=HUP=2h"];
        let mut run = listening(&far, first);
        for signal in [libc::SIGINT, libc::SIGUSR1] {
            run.signal(signal);
            run.expect(&format!("got {signal} "));
        }
        run.signal(TERM);
        run.signal(libc::SIGHUP);
        let init = run.pid();
        taken(init);
        assert_still(init);
        run.signal(libc::SIGUSR2);
        run.finish().expect(0).silent();
    }
}

#[test]
fn centuries_are_no_overflow() {
    let far = "18446744073";
    let delay = format!("TERM={far}s");
    let options = ["--timeout", far, "--kill-after", far, "--delay", &delay, "--grace-period", far];
    let mut run = listening(&options, false);
    run.signal(TERM);
    taken(run.pid());
    run.signal(TERM);
    run.expect("got 15 ");
    run.signal(libc::SIGUSR2);
    run.finish().expect(0).silent();
}

#[test]
fn bad_values() {
    let duration = "a duration such as 5s, 500ms, 2m, 1h or 1.5 (seconds)";
    let signals = "two signals; FROM not KILL, STOP or CHLD";
    for (option, values, accepted) in [
        (
            "grace-period",
            &["-1", "", "5x", "1e3", "18446744074", "99999999999999999999h"][..],
            duration,
        ),
        ("kill-after", &["-5s", "x", "1d"], duration),
        ("timeout", &["-0.1", "+1", "soon", "1 s"], duration),
        ("delay", &["TERM", "TERM=-1", "KILL=1s", "STOP=1", "NOPE=1s", "=1s"], "SIG=DURATION"),
        ("rewrite", &["KILL:TERM", "STOP:TERM", "CHLD:HUP", "TERM:NOPE", "65:1", "TERM"], signals),
        ("forward-to", &["none", "", "MAIN "], "main, group or all"),
        ("report", &[""], "a file to write"),
    ] {
        for value in values {
            let text = format!("init: option --{option}: bad value '{value}'");
            let done = init([&format!("--{option}={value}"), "true"]).run().expect(125);
            let done = done.one_line(&text);
            assert!(done.stderr.contains(accepted), "{done:?}");
            let name = format!("CONTAINER_INIT_{}", option.to_uppercase().replace('-', "_"));
            // An empty variable counts as unset.
            if !value.is_empty() {
                let done = init(["true"]).env(&name, value).run().expect(125);
                done.one_line(&format!("init: variable {name}: bad value '{value}'"));
            }
        }
    }
    let delays: Vec<String> = (1..=9).map(|n| format!("--delay={}=1s", 40 + n)).collect();
    let words = delays.iter().map(String::as_str).chain(["true"]);
    init(words).run().expect(125).one_line("at most 8 signals");
}
