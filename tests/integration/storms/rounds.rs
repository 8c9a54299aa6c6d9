//! The rounds of the soak: what happens in each kind, and what must come of it.

use std::time::Duration;

use super::random::Random;
use super::soak::World;
use crate::support::*;

/// A round; it panics when something is wrong.
pub type Round = fn(&mut World, &mut Random);

/// The kinds of rounds, in the order of the first of each.
pub const KINDS: &[(&str, Round)] = &[
    ("signals and orphans", signals),
    ("orphans", orphans),
    ("stops", stops),
    ("a full signal queue", full_queue),
    ("statuses", statuses),
    ("survivors", survivors),
    ("timeouts", timeouts),
    ("kills in a sandbox", sandbox),
    ("signals in a sandbox", sandbox_signals),
];

fn signals(world: &mut World, random: &mut Random) {
    let (senders, each) = (random.within(1, 10), random.within(10, 300));
    world.any(random).storm(senders, each, random.within(0, 300));
    world.signals += senders * each;
}

fn orphans(world: &mut World, random: &mut Random) {
    world.any(random).make_orphans(random.within(1, 1500));
}

/// init, or its main child, is stopped while signals come.
fn stops(world: &mut World, random: &mut Random) {
    let resident = world.any(random);
    for _ in 0..random.within(1, 5) {
        let stopped = if random.coin() { resident.init } else { resident.main };
        send(stopped, libc::SIGSTOP);
        in_state(stopped, 'T');
        let count = random.within(1, 20) as usize;
        for value in 1..=count {
            let signal = 35 + value as i32 % 30;
            queue(resident.init, signal, value);
        }
        send(stopped, libc::SIGCONT);
        resident.has_got(count as u64, false);
    }
}

/// The main child does not take its signals until both queues are full.
fn full_queue(world: &mut World, random: &mut Random) {
    let resident = world.any(random);
    let (init, main) = (resident.init, resident.main);
    send(main, libc::SIGSTOP);
    in_state(main, 'T');
    let (mut taken, mut refused) = (0, 0);
    until("the queues are full", || {
        for _ in 0..100 {
            let value = taken + 1;
            match try_queue(init, 35 + value as i32 % 30, value) {
                true => taken += 1,
                false => refused += 1,
            }
        }
        refused > 100
    });
    send(init, libc::SIGUSR1);
    let pending = || u64::from_str_radix(&status_field(main, "ShdPnd").unwrap(), 16).unwrap();
    until("another signal is forwarded", || pending() & 1 << (libc::SIGUSR1 - 1) != 0);
    send(main, libc::SIGCONT);
    resident.has_got(taken as u64, true);
    world.signals += taken as u64;
}

/// Runs it to its end; nobody of it is left.
#[track_caller]
fn run(start: Start, status: i32) -> Finished {
    let mark = marker();
    let mut run = start.marked(&mark).start();
    until("it ends", || run.ended());
    until("nobody is left", || marked(&mark).is_empty());
    run.finish().expect(status)
}

fn statuses(_: &mut World, random: &mut Random) {
    let code = random.within(0, 255) as i32;
    let signal = *random.pick(&[1, 2, 3, 6, 9, 11, 13, 15, 34, 64]);
    let (exit, die) = (code.to_string(), signal.to_string());
    for first in [true, false] {
        run(init_probe(&[], &["exit", &exit]).as_pid1(first), code);
        run(init_probe(&["-g"], &["die", &die]).as_pid1(first), 128 + signal);
        run(init(["/nosuch"]).as_pid1(first), 127);
        run(init(["/"]).as_pid1(first), 126);
    }
}

fn survivors(_: &mut World, random: &mut Random) {
    let kinds = ["polite", "stubborn", "stopped", "headless", "forking"];
    let (what, count) = (random.pick(&kinds), random.within(1, 60).to_string());
    let full = random.coin().then(full_pipe);
    let crowd = ["crowd", &count, what, "7"];
    let mut start = init_probe(&["-vv", "--grace-period=200ms"], &crowd).as_pid1(random.coin());
    if let Some((_, writer)) = &full {
        start = start.stdio(2, writer.try_clone().unwrap());
    }
    run(start, 7);
}

/// A pipe that takes no more.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    use std::os::fd::AsRawFd;
    let (reader, writer) = pipe();
    let fd = writer.as_raw_fd();
    unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_NONBLOCK) };
    for bytes in [&[b'x'; 4096][..], b"x"] {
        while unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) } > 0 {}
    }
    unsafe { libc::fcntl(fd, libc::F_SETFL, 0) };
    (reader, writer)
}

fn timeouts(_: &mut World, random: &mut Random) {
    let timeout = format!("--timeout={}ms", random.within(10, 100));
    let script = *random.pick(&[
        "exec sleep 1000",
        "trap '' TERM; exec sleep 1000",
        "kill -STOP $$",
        "sleep 1000 & wait",
    ]);
    let words = [&timeout, "--grace-period=100ms", "sh", "-c", script];
    run(init(words).as_pid1(random.coin()), 124);
}

/// The first have a PID namespace, which ends with its init: elsewhere only the main child does.
const SANDBOXES: &[&[&str]] = &[
    &["--pid", "--mount-proc"],
    &["--unshare-all", "--mount-proc"],
    &["--user", "--pid", "--mount", "--tmpfs", "/mnt"],
    &["--time", "--uts", "--hostname=box"],
    &["--mount", "--bind", "/etc", "/mnt"],
];
const WITH_PID: usize = 3;

/// init outside is killed at any moment: nobody and nothing is left.
fn sandbox(world: &mut World, random: &mut Random) {
    let before = world.host.mounts();
    for _ in 0..random.within(1, 5) {
        let mark = marker();
        let words =
            [random.pick(&SANDBOXES[..WITH_PID]), &["-q", "sh", "-c", "sleep 1000 & wait"][..]]
                .concat();
        let user = if root() { *random.pick(&USERS) } else { User::Ordinary };
        let mut run = world.host.start(user, init(words).marked(&mark)).start();
        wait(Duration::from_micros(random.within(0, 20_000)));
        run.signal(libc::SIGKILL);
        until("nobody is left", || marked(&mark).is_empty());
        drop(run);
    }
    world.host.has_only(&before);
}

/// A signal through both inits of a sandbox.
fn sandbox_signals(world: &mut World, random: &mut Random) {
    let before = world.host.mounts();
    let user = if root() { *random.pick(&USERS) } else { User::Ordinary };
    let user = if user.can_queue("sandbox_signals") { user } else { User::Ordinary };
    let start = init_probe(&[*random.pick(SANDBOXES), &["-q"]].concat(), &["signals"]);
    let mark = marker();
    let mut run = world.host.start(user, start.marked(&mark)).start();
    run.expect("ready ");
    let init = run.pid();
    for value in 1..random.within(2, 50) as usize {
        // The queue is the user's, and others may fill it.
        until("there is room", || try_queue(init, 40, value));
        run.expect(&format!("got 40 {} {value}", libc::SI_QUEUE));
    }
    run.signal(libc::SIGTERM);
    run.expect("got 15 ");
    until("it ends", || run.ended());
    until("nobody is left", || marked(&mark).is_empty());
    run.finish().expect(0);
    world.host.has_only(&before);
}
