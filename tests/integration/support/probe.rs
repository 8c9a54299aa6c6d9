//! The child that the tests run under init: it prints what it inherited and which signals
//! it gets. cargo builds it as an example.
//!
//! It has a C `main` because Rust's start-up code would change the inherited state.
#![no_main]
#![allow(unsafe_code, missing_docs, clippy::undocumented_unsafe_blocks)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::ffi::{CStr, c_char, c_int};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::ptr::null_mut;

#[path = "probe/keys.rs"]
mod keys;
#[path = "probe/state.rs"]
mod state;

const ALL: u64 = u64::MAX;

#[unsafe(no_mangle)]
extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    let args: Vec<Vec<u8>> = (0..argc as usize)
        .map(|n| unsafe { CStr::from_ptr(*argv.add(n)) }.to_bytes().to_vec())
        .collect();
    let words: Vec<String> =
        args.iter().skip(1).map(|arg| String::from_utf8_lossy(arg).into_owned()).collect();
    let number = |n: usize| words.get(n).map_or(0, |word| word.parse().unwrap());
    match words.first().map(String::as_str) {
        Some("state") => state::state(),
        Some("signals") => return signals(words.get(1).map_or(libc::SIGTERM, |_| number(1))),
        Some("leave") => return leave(),
        Some("foreground") => say(&foreground().to_string()),
        Some("exit") => return number(1),
        Some("die") => die(number(1)),
        Some("orphans") => return orphans(number(1)),
        Some("args") => print_args(&args),
        Some("activated") => return activated(),
        Some("enter") => return enter(number(1), &words[2]),
        Some("crowd") => return crowd(&words[1..]),
        Some("key") => keys::key(),
        Some("type") => keys::type_keys(&words[1]),
        Some("chain") => return chain(number(1)),
        _ => return 64,
    }
    0
}

/// Enters the mount namespace of the descriptor, and says whether the path exists there.
fn enter(fd: c_int, path: &str) -> c_int {
    let entered = unsafe { libc::setns(fd, libc::CLONE_NEWNS) };
    say(&format!("entered {} {}", entered == 0, std::fs::exists(path).unwrap_or(false)));
    0
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn block_all() {
    let nothing: *mut u64 = null_mut();
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &ALL, nothing, 8) };
}

/// `signals [LAST]`: prints "ready PID", then number, code and value of each signal. It ends
/// after signal LAST, which is TERM by default.
fn signals(last: c_int) -> c_int {
    block_all();
    say(&format!("ready {}", std::process::id()));
    listen(last);
    0
}

fn listen(last: c_int) {
    loop {
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let forever: *const libc::timespec = null_mut();
        let n = unsafe { libc::syscall(libc::SYS_rt_sigtimedwait, &ALL, &mut info, forever, 8) };
        if n < 0 {
            continue;
        }
        let value = unsafe { info.si_value().sival_ptr } as usize;
        let value = if info.si_code == libc::SI_QUEUE { value } else { 0 };
        say(&format!("got {n} {} {value}", info.si_code));
        if n == i64::from(last) {
            return;
        }
    }
}

/// Is our group the foreground one of stdin's terminal?
fn foreground() -> bool {
    unsafe { libc::tcgetpgrp(0) == libc::getpgrp() }
}

fn die(signal: c_int) {
    unsafe {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &none);
        // The kernel's own struct, zero for SIG_DFL: a libc refuses signals 32 to 34.
        let default = [0_u64; 4];
        let nothing: *mut u64 = null_mut();
        libc::syscall(libc::SYS_rt_sigaction, signal, &default, nothing, 8);
        libc::kill(libc::getpid(), signal);
    }
}

/// `orphans N`: makes N processes and ends their parent.
fn orphans(count: c_int) -> c_int {
    for _ in 0..count {
        match unsafe { libc::fork() } {
            -1 => return 1,
            0 => {
                if unsafe { libc::fork() } == 0 {
                    unsafe { libc::_exit(3) };
                }
                unsafe { libc::_exit(0) };
            }
            child => unsafe {
                libc::waitpid(child, null_mut(), 0);
            },
        }
    }
    say("done");
    0
}

fn print_args(args: &[Vec<u8>]) {
    let mut out = std::io::stdout();
    for arg in &args[2..] {
        out.write_all(std::ffi::OsStr::from_bytes(arg).as_bytes()).unwrap();
        out.write_all(b"\0").unwrap();
    }
    out.flush().unwrap();
}

/// `crowd N WHAT STATUS`: makes N children, waits until all run, exits with STATUS and leaves
/// them behind. WHAT they do:
/// - `polite`: end on TERM
/// - `stubborn`: ignore TERM
/// - `stopped`: ignore nothing, but are stopped
/// - `headless`: ignore TERM, and their first thread has ended
/// - `forking`: make a child when TERM comes
/// - `fleeing`: ignore TERM and fork every millisecond, for three seconds; the parent ends
/// - `storming`: the same without a pause, for forty seconds
/// - `listening`: print each signal and end on USR2
fn crowd(words: &[String]) -> c_int {
    let (count, what, status) = (words[0].parse::<c_int>().unwrap(), &words[1], &words[2]);
    let mut pipe = [0; 2];
    unsafe { libc::pipe2(pipe.as_mut_ptr(), libc::O_CLOEXEC) };
    for _ in 0..count {
        match unsafe { libc::fork() } {
            -1 => return 1,
            0 => member(what, pipe[1]),
            _ => {}
        }
    }
    for _ in 0..count {
        let mut byte = 0_u8;
        unsafe { libc::read(pipe[0], (&raw mut byte).cast(), 1) };
    }
    say("crowd");
    status.parse().unwrap()
}

/// `chain N`: N processes below one another, which wait for the end of their children; the
/// last one prints "up". Each is exec'd: forks of forks of forks become slow.
fn chain(count: c_int) -> c_int {
    if count <= 1 {
        say("up");
        return unsafe { libc::pause() };
    }
    let next = (count - 1).to_string();
    let child = std::process::Command::new("/proc/self/exe").args(["chain", &next]).status();
    child.map_or(1, |_| 0)
}

fn member(what: &str, ready: c_int) -> ! {
    unsafe {
        if ["stubborn", "headless", "fleeing", "storming"].contains(&what) {
            libc::signal(libc::SIGTERM, libc::SIG_IGN);
        }
        if ["forking", "listening"].contains(&what) {
            block_all();
        }
        libc::write(ready, c"x".as_ptr().cast(), 1);
        match what {
            "stopped" => drop(libc::raise(libc::SIGSTOP)),
            "forking" => {
                take(libc::SIGTERM);
                libc::fork();
            }
            "fleeing" => {
                let start = std::time::Instant::now();
                let life = libc::timespec { tv_sec: 0, tv_nsec: 1_000_000 };
                while start.elapsed().as_secs() < 3 && libc::fork() == 0 {
                    libc::nanosleep(&life, null_mut());
                }
                libc::_exit(0);
            }
            "storming" => {
                let start = std::time::Instant::now();
                while start.elapsed().as_secs() < 40 {
                    match libc::fork() {
                        // There are too many that are not reaped yet.
                        -1 => drop(libc::usleep(1000)),
                        0 => {}
                        _ => libc::_exit(0),
                    }
                }
                libc::_exit(0);
            }
            "listening" => {
                listen(libc::SIGUSR2);
                libc::_exit(0);
            }
            "headless" => {
                std::thread::spawn(|| {
                    loop {
                        libc::pause();
                    }
                });
                libc::syscall(libc::SYS_exit, 0);
            }
            _ => {}
        }
        loop {
            libc::pause();
        }
    }
}

/// Joins another process group, then does as `signals`.
fn leave() -> c_int {
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::pause();
        }
        libc::setpgid(child, child);
        libc::setpgid(0, child);
    }
    signals(libc::SIGTERM)
}

fn take(signal: c_int) {
    let set = 1_u64 << (signal - 1);
    let nothing: *mut u64 = null_mut();
    unsafe { libc::syscall(libc::SYS_rt_sigtimedwait, &set, nothing, nothing, 8) };
}

/// Socket activation (sd_listen_fds(3), sd_notify(3)): says that it is ready, and writes the
/// name of each inherited socket to the socket's first client.
fn activated() -> c_int {
    use std::os::fd::FromRawFd;
    use std::os::unix::net::{UnixDatagram, UnixListener};
    let value = |name: &str| std::env::var(name).unwrap_or_default();
    for name in ["LISTEN_PID", "WATCHDOG_PID"] {
        if value(name) != std::process::id().to_string() {
            say(&format!("{name} is {:?}, not ours", value(name)));
            return 1;
        }
    }
    if std::env::var_os("LISTEN_PIDFDID").is_some() {
        say("the sockets are for another process of our number");
        return 1;
    }
    UnixDatagram::unbound().unwrap().send_to(b"READY=1", value("NOTIFY_SOCKET")).unwrap();
    let names = value("LISTEN_FDNAMES");
    let count: usize = value("LISTEN_FDS").parse().unwrap();
    for (name, fd) in names.split(':').zip(3..).take(count) {
        let listener = unsafe { UnixListener::from_raw_fd(fd) };
        listener.accept().unwrap().0.write_all(name.as_bytes()).unwrap();
    }
    0
}
