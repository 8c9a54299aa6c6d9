//! Full signal queues: no real-time signal is lost or merged, and none keeps init from the
//! rest.

use std::time::{Duration, Instant};

use crate::support::*;

/// A real-time signal.
const SIGNAL: i32 = 40;

/// init and the probe with signal queues of this length, which no other process uses.
fn with_queue(length: u64, options: &[&str], probe: &[&str], first: bool) -> Running {
    let start = User::Root.with_own_queue(init_probe(options, probe).as_pid1(first));
    let start = start.before_exec(move || unsafe {
        let limit = libc::rlimit { rlim_cur: length, rlim_max: length };
        libc::setrlimit(libc::RLIMIT_SIGPENDING, &limit);
    });
    let mut run = start.start();
    run.expect("ready ");
    run
}

/// The signals that wait for a process, as bits.
fn pending(pid: i32) -> u64 {
    u64::from_str_radix(&status_field(pid, "ShdPnd").unwrap(), 16).unwrap()
}

/// Sends these values, each until there is room for it.
fn send_all(init: i32, values: std::ops::Range<usize>) {
    let start = Instant::now();
    for value in values {
        while !try_queue(init, SIGNAL, value) {
            assert!(start.elapsed() < DEADLINE, "no room for {value}");
        }
    }
}

/// The main child does not take its signals for a while.
#[test]
fn what_finds_no_room_waits() {
    if !root() {
        return skip("what_finds_no_room_waits", "needs root, for a user of its own");
    }
    for (options, first) in [(&[][..], true), (&[], false), (&["-g"], true)] {
        let mut run = with_queue(20, options, &["signals"], first);
        let (init, main) = (run.pid(), run.main_child());
        send(main, libc::SIGSTOP);
        in_state(main, 'T');
        let sender = std::thread::spawn(move || send_all(init, 0..200));
        let full = || status_field(init, "SigQ").is_some_and(|field| field == "20/20");
        let shorter = || status_field(init, "SigQ").is_some_and(|field| !field.ends_with("/20"));
        until("the queues are full", || full() || shorter());
        std::thread::sleep(Duration::from_millis(300));
        send(main, libc::SIGCONT);
        let mut value = 0;
        while value < 200 {
            let line = run.line();
            if line.starts_with("got 18 ") {
                continue;
            }
            assert_eq!(line, format!("got {SIGNAL} {} {value}", libc::SI_QUEUE));
            value += 1;
        }
        sender.join().unwrap();
        run.signal(libc::SIGTERM);
        run.finish().expect(0).silent();
    }
}

/// Senders that try again at once take every place that gets free; the receiver is to have
/// some, too.
#[test]
fn senders_in_a_hurry() {
    if !root() {
        return skip("senders_in_a_hurry", "needs root, for a user of its own");
    }
    const EACH: usize = 3000;
    for first in [true, false] {
        let mut run = with_queue(100, &[], &["signals"], first);
        let init = run.pid();
        let senders: Vec<_> = (0..3)
            .map(|n| std::thread::spawn(move || send_all(init, n * EACH..(n + 1) * EACH)))
            .collect();
        let mut seen = vec![false; 3 * EACH];
        for _ in 0..3 * EACH {
            let line = run.expect(&format!("got {SIGNAL} "));
            let value: usize = line.rsplit(' ').next().unwrap().parse().unwrap();
            assert!(!std::mem::replace(&mut seen[value], true), "{value} twice");
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        run.signal(libc::SIGTERM);
        run.finish().expect(0).silent();
    }
}

/// As many signals as can have a delay are due at once, when there is no room for any of them.
#[test]
fn delays_that_end_where_there_is_no_room() {
    if !root() {
        return skip("delays_that_end_where_there_is_no_room", "needs root, for a user of its own");
    }
    let delayed = 40..48;
    let options: Vec<String> = delayed.clone().map(|n| format!("--delay={n}=1s")).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    for more in [&[][..], &["-g"]] {
        let mut run = with_queue(20, &[&options, more].concat(), &["signals"], true);
        let (init, main) = (run.pid(), run.main_child());
        send(main, libc::SIGSTOP);
        in_state(main, 'T');
        for signal in delayed.clone() {
            queue(init, signal, signal as usize);
        }
        until("init holds them", || status_field(init, "SigQ").unwrap().starts_with("0/"));
        until("there is no room", || !try_queue(main, 60, 0));
        let shorter = || !status_field(init, "SigQ").unwrap().ends_with("/20");
        until("the delays are over", shorter);
        std::thread::sleep(Duration::from_millis(300));
        send(main, libc::SIGCONT);
        let mut left: Vec<i32> = delayed.clone().collect();
        while !left.is_empty() {
            let line = run.line();
            left.retain(|n| line != format!("got {n} {} {n}", libc::SI_QUEUE));
        }
        run.signal(libc::SIGTERM);
        run.finish().expect(0).silent();
    }
}

/// Standard signals have no end where they are rewritten: the first ones are kept with their
/// values, the others become one without a value, as the kernel does it. No real-time signal
/// loses its place to them.
#[test]
fn rewritten_signals_that_find_no_room() {
    if !root() {
        return skip("rewritten_signals_that_find_no_room", "needs root, for a user of its own");
    }
    const DELAYED: i32 = 42;
    for more in [&[][..], &["-g"], &["--forward-to", "all"]] {
        // The main child's own limit is below that of init.
        let limit = ["prlimit", "--sigpending=1:1"];
        let options = ["-r", "USR1:40", "--delay", "42=1s"];
        let mut run = with_queue(100, &[&options, more, &limit].concat(), &["signals"], true);
        let (init, main) = (run.pid(), run.main_child());
        let taken = || until("init takes it", || pending(init) == 0);
        send(main, libc::SIGSTOP);
        in_state(main, 'T');
        queue(init, DELAYED, 7);
        taken();
        until("there is no room", || !try_queue(main, 60, 0));
        for value in 0..30 {
            queue(init, libc::SIGUSR1, value);
            taken();
        }
        // More than the delay.
        std::thread::sleep(Duration::from_millis(1500));
        send(main, libc::SIGCONT);
        let mut left: Vec<String> = [
            format!("got {SIGNAL} {} 0", libc::SI_QUEUE),
            format!("got {SIGNAL} {} 1", libc::SI_QUEUE),
            format!("got {SIGNAL} {} 0", libc::SI_USER),
            format!("got {DELAYED} {} 7", libc::SI_QUEUE),
        ]
        .into();
        while !left.is_empty() {
            let line = run.line();
            left.retain(|expected| *expected != line);
        }
        run.signal(libc::SIGTERM);
        run.finish().expect(0).silent();
    }
}

/// A main child that never takes its signals: other signals and its end go on.
#[test]
fn a_deaf_main_child_ends() {
    if !root() {
        return skip("a_deaf_main_child_ends", "needs root, for a user of its own");
    }
    for first in [true, false] {
        let mut run = with_queue(20, &[], &["signals"], first);
        let (init, main) = (run.pid(), run.main_child());
        send(main, libc::SIGSTOP);
        in_state(main, 'T');
        let mut refused = 0;
        until("there is no room", || {
            refused += i32::from(!try_queue(init, SIGNAL, 7));
            refused > 100
        });
        send(init, libc::SIGUSR1);
        let usr1 = 1 << (libc::SIGUSR1 - 1);
        until("another signal is forwarded", || pending(main) & usr1 != 0);
        // KILL reaches a stopped process as well.
        send(main, libc::SIGKILL);
        run.finish().expect(137).silent();
    }
}
