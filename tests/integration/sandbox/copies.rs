//! A signal to every process of a cgroup: how many copies reach the app.

use super::deaths::Victim;
use crate::support::*;

/// Everybody who gets a copy, in the order in which the sender finds them.
const ORDERS: [[Victim; 3]; 3] = [
    [Victim::Outer, Victim::Inner, Victim::App],
    [Victim::App, Victim::Inner, Victim::Outer],
    [Victim::Inner, Victim::Outer, Victim::App],
];

/// Lower than WINCH, so that all three processes take a copy of it before WINCH.
const TRIED: [i32; 5] = [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGUSR1, libc::SIGTERM];

/// Starts the probe in such a sandbox, and gives its pids to `case`.
fn in_sandboxes(case: impl Fn(&mut Running, &dyn Fn(Victim) -> i32)) {
    let probe = probe_path();
    for options in [&["--pid", "-q"][..], &["--pid", "--time", "-q"], &["--time", "-q"]] {
        for user in users() {
            let last = libc::SIGPWR.to_string();
            let words = [options, &["--", probe.to_str().unwrap(), "signals", &last]].concat();
            let start = user.run(init(words)).unwrap();
            let mut run = user.with_own_queue(start).start();
            run.expect("ready ");
            let outer = run.pid();
            case(&mut run, &|victim| victim.pid(outer).unwrap());
            run.signal(libc::SIGPWR);
            run.expect(&format!("got {} ", libc::SIGPWR));
            run.finish().expect(0).silent();
        }
    }
}

/// How often the app gets `signal` until the WINCH that is sent behind it.
fn copies(run: &mut Running, signal: i32) -> usize {
    run.signal(libc::SIGWINCH);
    let mut copies = 0;
    loop {
        let line = run.line();
        if line.starts_with(&format!("got {} ", libc::SIGWINCH)) {
            return copies;
        }
        assert!(line.starts_with(&format!("got {signal} ")), "{signal}: {line}");
        copies += 1;
    }
}

/// The app's own copy, and what is forwarded: outer and inner forward it once together.
#[test]
fn a_signal_to_everybody_comes_at_most_twice() {
    in_sandboxes(|run, pid_of| {
        for order in ORDERS {
            for signal in TRIED {
                for victim in order {
                    send(pid_of(victim), signal);
                }
                // The kernel keeps one of two standard signals that are pending.
                let copies = copies(run, signal);
                assert!([1, 2].contains(&copies), "{signal}, {order:?}: {copies} times");
            }
        }
    });
}

/// The two inits forward it once together.
#[test]
fn a_signal_to_both_inits_comes_once() {
    in_sandboxes(|run, pid_of| {
        for [first, second] in [[Victim::Outer, Victim::Inner], [Victim::Inner, Victim::Outer]] {
            for signal in TRIED {
                send(pid_of(first), signal);
                send(pid_of(second), signal);
                assert_eq!(copies(run, signal), 1, "{signal}, {first:?} first");
            }
        }
    });
}

/// On one processor outer passes its copy on before inner has taken the other one: the kernel
/// merges them. The next signal to outer has no copy.
#[test]
fn a_signal_after_two_that_were_merged_comes() {
    in_sandboxes(|run, pid_of| {
        for victim in [Victim::Outer, Victim::Inner] {
            let first: libc::cpu_set_t = unsafe {
                let mut set = std::mem::zeroed();
                libc::sched_getaffinity(0, size_of_val(&set), &mut set);
                let first = (0..1024).find(|n| libc::CPU_ISSET(*n, &set)).unwrap();
                set = std::mem::zeroed();
                libc::CPU_SET(first, &mut set);
                set
            };
            unsafe { libc::sched_setaffinity(pid_of(victim), size_of_val(&first), &first) };
        }
        for signal in (1..28).filter(|n| ![9, 17, 18, 19, 20, 21, 22].contains(n)) {
            for victim in [Victim::Inner, Victim::Outer] {
                send(pid_of(victim), signal);
            }
            assert!([1, 2].contains(&copies(run, signal)), "{signal}");
            send(pid_of(Victim::Outer), signal);
            assert_eq!(copies(run, signal), 1, "{signal}");
        }
    });
}

/// What only outer or only inner gets is sent on each time.
#[test]
fn a_signal_to_either_init_comes_each_time() {
    in_sandboxes(|run, pid_of| {
        for victim in [Victim::Outer, Victim::Inner, Victim::Inner, Victim::Outer] {
            for signal in TRIED {
                // Not the same signal for both, which could be two copies.
                let signal = if victim == Victim::Inner { signal } else { libc::SIGUSR2 };
                for _ in 0..3 {
                    send(pid_of(victim), signal);
                    run.expect(&format!("got {signal} "));
                }
            }
        }
    });
}
