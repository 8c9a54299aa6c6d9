//! The main child of storms: it counts the signals that it gets, and makes processes when told
//! to. Also the senders of the signals.
//!
//! - `storm serve HELPERS`: prints "ready PID" and does what lines on stdin say: `orphans N`,
//!   `stubborn N`, `count`, `forget`, `exit STATUS`. Each line is answered by a line. HELPERS
//!   children in its group count too, and end on TERM.
//! - `storm bomb`: forks, and so do its children, which ignore TERM. When there is no room for one
//!   more process it prints "full" and exits with 7.
//! - `storm again`: prints "first PID" and ends on TERM. Then a process with the same number prints
//!   "again PID", and "asked" when TERM comes to it.
//! - `storm send PID SENDER COUNT`: queues COUNT real-time signals, all numbers in turn, with
//!   values that name the sender and count up; each again until there is room for it.
#![allow(unsafe_code, missing_docs, clippy::undocumented_unsafe_blocks)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::exit)]

use std::io::BufRead;
use std::process::exit;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicU64, Ordering};

const SIGNALS: usize = 65;
const SENDERS: usize = 16;
/// Real-time signals that the senders use: all but 32 to 34, which musl unblocks for its threads.
const FIRST: u64 = 35;
const NUMBERS: u64 = 30;
const RECEIVERS: usize = 8;

/// What one receiver has got.
struct Slot {
    /// Real-time signals with a value.
    queued: AtomicU64,
    /// Those that came in another order than they were sent in, twice, or with a wrong value.
    wrong: AtomicU64,
    /// All others, by number.
    others: [AtomicU64; SIGNALS],
    /// The last value of each sender and number.
    last: [AtomicU64; SENDERS * SIGNALS],
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |n: usize| words[n].parse::<u64>().unwrap();
    match words[0].as_str() {
        "serve" => serve(number(1) as usize),
        "bomb" => bomb(),
        "again" => again(),
        "send" => send(number(1) as libc::pid_t, number(2), number(3)),
        word => panic!("{word}?"),
    }
}

fn block_all() {
    let (mask, nothing) = (u64::MAX, null_mut::<u64>());
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &mask, nothing, 8) };
}

/// Memory that the receivers share.
fn slots() -> &'static [Slot] {
    let len = size_of::<Slot>() * RECEIVERS;
    let (access, flags) =
        (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    let at = unsafe { libc::mmap(null_mut(), len, access, flags, -1, 0) };
    assert!(at != libc::MAP_FAILED);
    unsafe { std::slice::from_raw_parts(at.cast(), RECEIVERS) }
}

fn serve(helpers: usize) -> ! {
    block_all();
    let slots = &slots()[..=helpers];
    for slot in &slots[1..] {
        if unsafe { libc::fork() } == 0 {
            listen(slot, true);
        }
    }
    println!("ready {}", std::process::id());
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            obey(slots, &line.unwrap());
        }
        // The test is gone.
        exit(1);
    });
    listen(&slots[0], false);
}

fn listen(slot: &Slot, ends: bool) -> ! {
    let mask = u64::MAX;
    loop {
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let forever: *const libc::timespec = null();
        let n = unsafe { libc::syscall(libc::SYS_rt_sigtimedwait, &mask, &mut info, forever, 8) };
        let Ok(n) = usize::try_from(n) else { continue };
        if info.si_code == libc::SI_QUEUE {
            note(slot, n, unsafe { info.si_value().sival_ptr } as u64);
        } else {
            slot.others[n].fetch_add(1, Ordering::Relaxed);
        }
        if ends && n == libc::SIGTERM as usize {
            exit(0);
        }
    }
}

/// A value is the sender's number and a count from 1 on, which names the signal.
fn note(slot: &Slot, signal: usize, value: u64) {
    let (sender, count) = ((value >> 32) as usize, value & 0xffff_ffff);
    let expected = (FIRST + count % NUMBERS) as usize;
    let last = slot.last.get(sender * SIGNALS + signal);
    let before = last.map_or(u64::MAX, |last| last.swap(count, Ordering::Relaxed));
    if signal != expected || before >= count {
        slot.wrong.fetch_add(1, Ordering::Relaxed);
    }
    slot.queued.fetch_add(1, Ordering::Release);
}

fn obey(slots: &[Slot], line: &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "orphans" => orphans(rest.parse().unwrap()),
        "stubborn" => stubborn(rest.parse().unwrap()),
        "forget" => slots.iter().for_each(forget),
        "exit" => exit(rest.parse().unwrap()),
        "count" => {
            let counts = slots.iter().map(|slot| {
                let get = |number: &AtomicU64| number.load(Ordering::Acquire);
                let usr1 = &slot.others[libc::SIGUSR1 as usize];
                format!("{},{},{}", get(&slot.queued), get(&slot.wrong), get(usr1))
            });
            return println!("{}", counts.collect::<Vec<_>>().join(" "));
        }
        _ => panic!("{line}?"),
    }
    println!("{line}");
}

fn forget(slot: &Slot) {
    let own = [&slot.queued, &slot.wrong];
    let all = own.into_iter().chain(&slot.others).chain(&slot.last);
    all.for_each(|number| number.store(0, Ordering::Relaxed));
}

/// Each child makes many of them, and ends.
fn orphans(count: u64) {
    const EACH: u64 = 50;
    let each = |made: u64| EACH.min(count - made);
    for made in (0..count).step_by(EACH as usize) {
        let child = fork();
        if child == 0 {
            for n in 0..each(made) {
                if fork() == 0 {
                    // Some die of a signal.
                    if n % 10 == 0 {
                        unsafe { libc::raise(libc::SIGKILL) };
                    }
                    unsafe { libc::_exit(3) };
                }
            }
            unsafe { libc::_exit(0) };
        }
        unsafe { libc::waitpid(child, null_mut(), 0) };
    }
}

/// Children that ignore every signal but KILL.
fn stubborn(count: u64) {
    for _ in 0..count {
        if fork() == 0 {
            loop {
                unsafe { libc::pause() };
            }
        }
    }
}

/// Where a limit is reached for a moment, it tries again.
fn fork() -> libc::pid_t {
    loop {
        match unsafe { libc::fork() } {
            -1 => unsafe {
                libc::sched_yield();
            },
            pid => return pid,
        }
    }
}

/// Signals stay blocked all along, so each waits until it is taken.
fn again() {
    block_all();
    let own = std::process::id();
    println!("first {own}");
    take_term();
    if fork() != 0 {
        return;
    }
    // The zombie has the number, and the kernel keeps it a moment longer (Linux 6.16).
    while unsafe { libc::kill(own as libc::pid_t, 0) } == 0 {}
    loop {
        std::fs::write("/proc/sys/kernel/ns_last_pid", (own - 1).to_string()).unwrap();
        match fork() {
            0 if std::process::id() == own => break,
            0 => exit(0),
            child if child == own as libc::pid_t => return,
            _ => {}
        }
    }
    println!("again {own}");
    take_term();
    println!("asked");
}

fn take_term() {
    let (mask, nothing) = (1_u64 << (libc::SIGTERM - 1), null_mut::<u64>());
    unsafe { libc::syscall(libc::SYS_rt_sigtimedwait, &mask, nothing, nothing, 8) };
}

fn bomb() -> ! {
    unsafe { libc::signal(libc::SIGTERM, libc::SIG_IGN) };
    let first = std::process::id();
    // Or it would take all of the machine from the other tests.
    let pause = libc::timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    loop {
        let refused = unsafe { libc::fork() } == -1;
        if refused && std::process::id() == first {
            println!("full");
            exit(7);
        }
        unsafe { libc::nanosleep(&pause, null_mut()) };
    }
}

fn send(to: libc::pid_t, sender: u64, count: u64) {
    for n in 1..=count {
        let signal = (FIRST + n % NUMBERS) as i32;
        // The kernel's siginfo: number, errno, code, sender and value.
        let mut info = [0_u64; 16];
        info[0] = signal as u64;
        info[1] = u64::from(libc::SI_QUEUE as u32);
        info[2] = u64::from(std::process::id());
        info[3] = sender << 32 | n;
        let queue = || unsafe { libc::syscall(libc::SYS_rt_sigqueueinfo, to, signal, &info) };
        while queue() != 0 {
            let error = std::io::Error::last_os_error();
            assert_eq!(error.raw_os_error(), Some(libc::EAGAIN), "{error}");
            unsafe { libc::sched_yield() };
        }
    }
    unsafe { libc::kill(to, libc::SIGUSR1) };
}
