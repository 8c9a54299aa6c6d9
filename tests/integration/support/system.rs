//! The system as tests see it: processes through `/proc`; signals, pipes and terminals.

use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Once;
use std::time::{Duration, Instant};

use super::*;

/// The processes that carry the marker.
pub fn marked(marker: &str) -> Vec<i32> {
    processes().filter(|pid| carries(*pid, marker)).collect()
}

fn carries(pid: i32, marker: &str) -> bool {
    let entry = format!("INIT_TEST_MARKER={marker}");
    std::fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|env| env.split(|b| *b == 0).any(|e| e == entry.as_bytes()))
}

/// Kills the processes that carry the marker until none is left.
pub fn kill_marked(marker: &str) {
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        let left = marked(marker);
        if left.is_empty() {
            return;
        }
        for pid in left {
            // The descriptor holds the process: another process may get its pid meanwhile.
            let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as i32;
            if fd >= 0 {
                let held = unsafe { OwnedFd::from_raw_fd(fd) };
                if carries(pid, marker) {
                    let fd = held.as_raw_fd();
                    let nothing: *mut u8 = std::ptr::null_mut();
                    unsafe {
                        libc::syscall(libc::SYS_pidfd_send_signal, fd, libc::SIGKILL, nothing, 0)
                    };
                }
            }
        }
    }
}

/// The pids of all processes.
pub fn processes() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").unwrap();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// The children of a process.
pub fn children(pid: i32) -> Vec<i32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    text.unwrap_or_default().split_whitespace().filter_map(|n| n.parse().ok()).collect()
}

/// The open descriptors of a process, in order.
pub fn descriptors(pid: i32) -> Vec<i32> {
    let mut fds: Vec<i32> = std::fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap())
        .collect();
    fds.sort_unstable();
    fds
}

/// The name of a process.
pub fn name(pid: i32) -> Option<String> {
    Some(std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned())
}

/// A field of /proc/PID/status.
pub fn status_field(pid: i32, field: &str) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    Some(line.trim().to_owned())
}

/// The letter of a process's state; `None` when it is gone.
pub fn state(pid: i32) -> Option<char> {
    status_field(pid, "State")?.chars().next()
}

/// Is the process dead? Whether it is reaped is its parent's matter.
pub fn is_dead(pid: i32) -> bool {
    matches!(state(pid), None | Some('Z'))
}

/// Is the process stopped, or does it wait without a pending signal?
pub fn settled(pid: i32) -> bool {
    let none = |field| status_field(pid, field).is_some_and(|set| set == "0000000000000000");
    let waits = || state(pid) == Some('S') && none("ShdPnd") && none("SigPnd");
    // Look twice: the kernel does not write the file at one moment.
    state(pid) == Some('T') || waits() && waits()
}

/// Waits until a process has not run for more than a second. Programs that poll do so
/// every second or more often, and never pass.
#[track_caller]
pub fn assert_still(pid: i32) {
    let switches =
        || ["voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"].map(|f| status_field(pid, f));
    let (mut before, mut since) = (switches(), Instant::now());
    until("nothing wakes it", || {
        std::thread::sleep(Duration::from_millis(50));
        let now = switches();
        if now != before || state(pid) != Some('S') {
            (before, since) = (now, Instant::now());
        }
        since.elapsed() > Duration::from_millis(1100)
    });
}

/// Gives this process and its children the longest signal queue that it may have. The kernel
/// counts the queued signals of a user, so a short queue could be full of signals that another
/// program of the same user has queued (RLIMIT_SIGPENDING of getrlimit(2)).
pub fn lengthen_signal_queue() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| unsafe {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::getrlimit(libc::RLIMIT_SIGPENDING, &mut limit);
        let most = if root() { libc::RLIM_INFINITY } else { limit.rlim_max };
        limit = libc::rlimit { rlim_cur: most, rlim_max: most };
        // A container may forbid root to raise a limit: then the queue stays as it is.
        libc::setrlimit(libc::RLIMIT_SIGPENDING, &limit);
    });
}

/// Is there room in the signal queue of this process's user?
pub fn signal_queue_has_room() -> bool {
    let field = status_field(std::process::id() as i32, "SigQ").unwrap();
    let (queued, most) = field.split_once('/').unwrap();
    let number = |text: &str| text.parse::<u64>().unwrap();
    number(queued) + 100 < number(most)
}

/// Waits for a second in which a process was woken no more than eight times.
#[track_caller]
pub fn assert_rarely_woken(pid: i32) {
    let woken =
        || -> u32 { status_field(pid, "voluntary_ctxt_switches").unwrap().parse().unwrap() };
    until("it is rarely woken", || {
        let before = woken();
        std::thread::sleep(Duration::from_secs(1));
        woken() - before <= 8
    });
}

#[track_caller]
pub fn send(pid: i32, signal: i32) {
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0, "kill {pid} {signal}");
}

/// Sends a signal with a value.
#[track_caller]
pub fn queue(pid: i32, signal: i32, value: usize) {
    let sent = try_queue(pid, signal, value);
    assert!(sent, "sigqueue {pid} {signal}: {}", std::io::Error::last_os_error());
}

/// Sends a signal with a value if there is room (rt_sigqueueinfo(2); musl's sigqueue(3) knows
/// fewer signals).
pub fn try_queue(pid: i32, signal: i32, value: usize) -> bool {
    #[repr(C)]
    struct Info {
        signo: i32,
        errno: i32,
        code: i32,
        pad: i32,
        pid: i32,
        uid: u32,
        value: usize,
        rest: [u64; 12],
    }
    let info = Info {
        signo: signal,
        errno: 0,
        code: libc::SI_QUEUE,
        pad: 0,
        pid: std::process::id() as i32,
        uid: 0,
        value,
        rest: [0; 12],
    };
    unsafe { libc::syscall(libc::SYS_rt_sigqueueinfo, pid, signal, &info) == 0 }
}

/// A pipe: the read end and the write end.
pub fn pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    std::io::pipe().unwrap()
}

/// Writes to a pipe, socket or terminal until it is full.
pub fn fill(fd: &impl AsRawFd) {
    let fd = fd.as_raw_fd();
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    unsafe { libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) };
    for size in [4096, 1] {
        let bytes = vec![b'x'; size];
        while unsafe { libc::write(fd, bytes.as_ptr().cast(), size) } > 0 {}
    }
    unsafe { libc::fcntl(fd, libc::F_SETFL, flags) };
}

/// A pseudo-terminal: the emulator's side and the program's side. Both are close-on-exec from
/// the start, because tests run in parallel and fork.
pub fn pty() -> (File, OwnedFd) {
    unsafe {
        let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
        let main = libc::posix_openpt(flags);
        assert!(main >= 0 && libc::grantpt(main) == 0 && libc::unlockpt(main) == 0);
        let mut name = [0; 64];
        assert_eq!(libc::ptsname_r(main, name.as_mut_ptr(), name.len()), 0);
        let side = libc::open(name.as_ptr(), flags);
        assert!(side >= 0);
        (File::from_raw_fd(main), OwnedFd::from_raw_fd(side))
    }
}

/// The parent.
pub fn parent(pid: i32) -> i32 {
    status_field(pid, "PPid").unwrap().parse().unwrap()
}

/// The process group.
pub fn group(pid: i32) -> i32 {
    unsafe { libc::getpgid(pid) }
}

/// Waits until a process is in this state: `T` stopped, `S` asleep.
#[track_caller]
pub fn in_state(pid: i32, wanted: char) {
    until(&format!("{pid} is in state {wanted}"), || state(pid) == Some(wanted));
}

/// Waits until a process has ended. It may still be a zombie of its shell's.
#[track_caller]
pub fn ended(pid: i32) {
    until(&format!("{pid} has ended"), || is_dead(pid));
}
