//! Which signal goes out for a signal that comes in, and to whom: `--rewrite`, `--forward-to`.

use crate::support::*;

fn listening(options: &[&str], first: bool) -> Running {
    let mut run = init_probe(options, &["signals", "12"]).as_pid1(first).with_own_user().start();
    run.expect("ready ");
    run
}

#[test]
fn names_numbers_and_nothing() {
    let options =
        ["-r", "TERM:QUIT", "-r", "sighup:0", "-r", "RTMIN+3:64", "-r1:none", "-r32:USR1"];
    for first in [true, false] {
        let mut run = listening(&options, first);
        for (came, goes) in [(15, 3), (37, 64), (32, 10), (3, 3), (64, 64), (2, 2)] {
            run.signal(libc::SIGHUP);
            run.signal(came);
            run.expect(&format!("got {goes} {} 0", libc::SI_USER));
        }
        let init = run.pid();
        queue(init, 37, 99);
        run.expect(&format!("got 64 {} 99", libc::SI_QUEUE));
        run.signal(libc::SIGUSR2);
        run.finish().expect(0).silent();
    }
}

#[test]
fn a_circle_is_one_step() {
    let mut run = listening(&["-r", "TERM:INT", "-r", "INT:TERM"], false);
    run.signal(libc::SIGTERM);
    run.expect("got 2 ");
    run.signal(libc::SIGINT);
    run.expect("got 15 ");
    run.signal(libc::SIGUSR2);
    run.finish().expect(0).silent();
}

#[test]
fn to_a_signal_that_cannot_be_caught() {
    for first in [true, false] {
        let mut run = listening(&["-r", "USR1:KILL"], first);
        run.signal(libc::SIGUSR1);
        run.finish().expect(137).silent();
    }
}

/// Survivors get TERM and CONT: only signals from outside are rewritten.
#[test]
fn the_end_is_not_rewritten() {
    let options = ["-r", "TERM:HUP", "-r", "CONT:none", "--grace-period=1h"];
    let mut run = init_probe(&options, &["crowd", "1", "listening", "7"]).start();
    run.expect("crowd");
    run.expect("got 15 ");
    run.expect("got 18 ");
    run.signal(libc::SIGTERM);
    run.expect("got 1 ");
    run.signal(libc::SIGUSR2);
    run.finish().expect(7).silent();
}

/// The main child, a process of its group and a process that has left the group.
#[test]
fn main_group_or_all() {
    let probe = probe_path();
    let probe = probe.display();
    let script =
        format!("'{probe}' signals 12 & setsid '{probe}' signals 12 & exec '{probe}' signals 12");
    for first in [true, false] {
        for (whom, count) in [("main", 1), ("group", 2), ("all", 3)] {
            let start = init(["--grace-period=0", "--forward-to", whom, "sh", "-c", &script]);
            let mut run = start.as_pid1(first).with_own_user().start();
            for _ in 0..3 {
                run.expect("ready ");
            }
            run.signal(libc::SIGHUP);
            let init = run.pid();
            for _ in 0..count {
                run.expect("got 1 ");
            }
            queue(init, 40, 5);
            for _ in 0..count {
                run.expect(&format!("got 40 {} 5", libc::SI_QUEUE));
            }
            // A process that got the signal by mistake has printed it before this one ends.
            let main = run.main_child();
            send(main, libc::SIGUSR2);
            let done = run.finish().expect(0);
            let got = |line: &str| done.stdout.lines().filter(|l| l.starts_with(line)).count();
            assert_eq!((got("got 1 "), got("got 40 ")), (count, count), "{done:?}");
        }
    }
}
