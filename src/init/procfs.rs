//! The processes that exist, as `/proc` tells it, without allocating.
//!
//! In: a mounted `/proc`. Out: one `Process` after the other, each held by its own
//! directory descriptor, so that a signal sent to it cannot reach a later process of
//! the same number.

use std::ffi::CStr;
use std::fmt::Write;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::unistd::{Pid, getpid};

use crate::parse_number::number;
use crate::signals::Signal;
use crate::sys;
use crate::text::Fixed;

/// More than a line of `/proc/PID/stat` is long: 52 numbers and a name of 64 bytes at most.
const STAT_MAX: usize = 1024;
/// Enough for some 40 entries a system call.
const ENTRIES_MAX: usize = 1024;
/// Deeper trees than this are walked no further: a loop made by reused numbers.
const DEPTH_MAX: usize = 512;
/// The longest name shown (TASK_COMM_LEN is 16, kernel workers have up to 64).
const NAME_MAX: usize = 64;
/// So often may parents end while a process's descent is looked up.
const ORPHANED_MAX: usize = 16;
/// In `flags`: the thread is on its way out.
const PF_EXITING: u32 = 4;

/// What is known of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number, in the PID namespace of `/proc` and of init.
    pub pid: Pid,
    name: [u8; NAME_MAX],
    name_len: usize,
    state: u8,
    /// PF_EXITING and others (linux/sched.h), of its first thread.
    flags: u32,
    threads: u32,
    /// Its parent.
    pub parent: Pid,
    /// Its process group.
    pub group: Pid,
    /// The pending signals 1 to 31 of its first thread.
    pending: u32,
}

impl Process {
    /// One that is alive, and has this name.
    #[cfg(test)]
    pub fn of(pid: i32, name: &[u8]) -> Process {
        let stat = [format!("{pid} (").as_bytes(), name, b") S 1 1", &b" 0".repeat(40)].concat();
        parse(&stat).unwrap()
    }

    /// Its name, as ps(1) shows it.
    pub fn name(&self) -> &[u8] {
        self.name.get(..self.name_len).unwrap_or_default()
    }

    /// Is it stopped?
    pub fn stopped(&self) -> bool {
        self.state == b'T'
    }

    /// Has it ended, or been killed, already?
    pub fn dying(&self) -> bool {
        // Threads can outlive the first one.
        let ended = b"ZX".contains(&self.state) || self.flags & PF_EXITING != 0;
        ended && self.threads <= 1 || self.pending & 1 << (Signal::KILL.number() - 1) != 0
    }
}

/// A process, held so that its number cannot change hands.
pub struct Held {
    directory: OwnedFd,
    /// What it was found to be.
    pub process: Process,
}

impl Held {
    /// Sends it `signal`, or the one in `info` with all that came with it.
    ///
    /// # Errors
    /// ESRCH when it is gone, EPERM when it is not ours to signal.
    pub fn send(&self, signal: Signal, info: Option<&sys::SigInfo>) -> Result<(), Errno> {
        match sys::pidfd_send(self.directory.as_fd(), signal, info) {
            // Linux before 5.1, or a filter made for it, which may say EPERM as well.
            Err(Errno::ENOSYS | Errno::EBADF | Errno::EPERM) => {
                sys::queue_or_kill(self.process.pid, signal, info)
            }
            // No room for the value: without it is better than not at all.
            Err(Errno::EAGAIN) => sys::pidfd_send(self.directory.as_fd(), signal, None),
            sent => sent,
        }
    }

    fn descends(&self, from: Pid) -> bool {
        let mut parent = self.process.parent;
        for _ in 0..ORPHANED_MAX {
            match leads_to(from, parent) {
                Some(answer) => return answer,
                // Its parents' children have got other parents.
                None => match read(self.directory.as_fd(), c"stat") {
                    Ok(process) => parent = process.parent,
                    Err(_) => return false,
                },
            }
        }
        false
    }
}

/// Which numbers are worth a closer look.
pub type Wanted<'a> = &'a dyn Fn(Pid) -> bool;

/// Every number is.
pub const ALL: Wanted<'static> = &|_| true;

/// Calls `visit` with each wanted process but init itself, in the order of their numbers.
///
/// # Errors
/// ENOENT and the like when `/proc` is missing; ESRCH when it is that of another PID
/// namespace, where our numbers mean other processes; EMFILE and the like when it could
/// not be looked at each of them.
pub fn each(wanted: Wanted<'_>, visit: &mut dyn FnMut(&Held)) -> Result<(), Errno> {
    let own = getpid();
    let mut link = [0; 16];
    let linked = sys::read_link(c"/proc/self", &mut link)?;
    if number(linked) != Some(own.as_raw()) {
        return Err(Errno::ESRCH);
    }
    let proc = sys::open_directory(AT_FDCWD, c"/proc")?;
    let mut buffer = [0; ENTRIES_MAX];
    let mut seen = Ok(());
    loop {
        match sys::read_directory(proc.as_fd(), &mut buffer) {
            Ok([]) => break,
            Ok(entries) => {
                for name in sys::Names(entries) {
                    let pid = number(name.to_bytes()).map(Pid::from_raw);
                    if pid.is_some_and(|pid| pid != own && wanted(pid)) {
                        match hold(proc.as_fd(), name) {
                            Ok(held) => visit(&held),
                            Err(errno) if blind(errno) => seen = Err(errno),
                            // Gone, or hidden from us.
                            Err(_) => {}
                        }
                    }
                }
            }
            Err(errno) => {
                seen = Err(errno);
                break;
            }
        }
    }
    seen
}

/// Does this say something about us, and not about the process that was looked at?
fn blind(errno: Errno) -> bool {
    matches!(errno, Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM)
}

/// Calls `visit` with each wanted process that descends from init.
///
/// # Errors
/// As [`each`].
pub fn each_descendant(wanted: Wanted<'_>, visit: &mut dyn FnMut(&Held)) -> Result<(), Errno> {
    let own = getpid();
    // Siblings stand together more often than not.
    let mut last = (own, true);
    each(wanted, &mut |held| {
        let parent = held.process.parent;
        if parent != last.0 {
            last = (parent, held.descends(own));
        }
        if last.1 {
            visit(held);
        }
    })
}

/// Is `from` among a process's parents? `None`: one of them has just ended.
fn leads_to(from: Pid, mut parent: Pid) -> Option<bool> {
    for _ in 0..DEPTH_MAX {
        match parent.as_raw() {
            0 | 1 => return Some(parent == from),
            _ if parent == from => return Some(true),
            _ => parent = find(parent)?.parent,
        }
    }
    Some(false)
}

/// The process with this number.
pub fn find(pid: Pid) -> Option<Process> {
    let mut path = Fixed::<32>::new();
    write!(path, "/proc/{pid}/stat").ok()?;
    read(AT_FDCWD, path.as_c_str()?).ok()
}

fn hold(proc: BorrowedFd<'_>, name: &CStr) -> Result<Held, Errno> {
    let directory = sys::open_directory(proc, name)?;
    let process = read(directory.as_fd(), c"stat")?;
    Ok(Held { directory, process })
}

fn read(at: BorrowedFd<'_>, path: &CStr) -> Result<Process, Errno> {
    let mut buffer = [0; STAT_MAX];
    parse(sys::read_file(at, path, &mut buffer)?).ok_or(Errno::EINVAL)
}

/// Reads a line of `/proc/PID/stat` (proc(5)). The name may hold spaces and
/// parentheses, so it ends at the last one.
fn parse(stat: &[u8]) -> Option<Process> {
    let open = stat.iter().position(|b| *b == b'(')?;
    let close = stat.iter().rposition(|b| *b == b')')?;
    let pid = number(stat.get(..open)?.trim_ascii())?;
    let comm = stat.get(open + 1..close)?;
    let mut fields = stat.get(close + 1..)?.split(|b| *b == b' ').filter(|f| !f.is_empty());
    let state = *fields.next()?.first()?;
    let parent = number(fields.next()?)?;
    let group = number(fields.next()?)?;
    let mut skip =
        |fields_between: usize| std::str::from_utf8(fields.nth(fields_between)?).ok()?.parse().ok();
    // pgrp was field 5; these are 9, 20 and 31.
    let (flags, threads, pending) = (skip(3)?, skip(10)?, skip(10)?);
    let name_len = comm.len().min(NAME_MAX);
    let mut name = [0; NAME_MAX];
    name.get_mut(..name_len)?.copy_from_slice(comm.get(..name_len)?);
    Some(Process {
        pid: Pid::from_raw(pid),
        name,
        name_len,
        state,
        flags,
        threads,
        parent: Pid::from_raw(parent),
        group: Pid::from_raw(group),
        pending,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAIL: &str = "S 2 3 4 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 5 0 0 18446744073709551615 1 \
                        1 0 0 0 256 0 0 0 0 0 17 0 0 0 0 0 0";

    #[test]
    fn reads_a_stat_line() {
        let process = parse(format!("42 (a b) c)) {TAIL}\n").as_bytes()).unwrap();
        assert_eq!(process.name(), b"a b) c)");
        assert_eq!(
            (process.pid.as_raw(), process.parent.as_raw(), process.group.as_raw()),
            (42, 2, 3)
        );
        assert!(parse(b"").is_none());
        assert!(parse(b"42 (x) S 2").is_none());
    }

    #[test]
    fn who_is_dying() {
        let stat = |state: &str, flags: u32, threads: u32, pending: u32| {
            let zeros = |n: usize| "0 ".repeat(n);
            let (before, between) = (zeros(10), zeros(10));
            format!("7 (x) {state} 2 3 4 0 -1 {flags} {before}{threads} {between}{pending} 0 0")
        };
        let kill = 1 << 8;
        for (state, flags, threads, pending, dying) in [
            ("S", 0, 1, 0, false),
            ("T", 0x40_0100, 5, 1 << 14, false),
            ("S", 0, 1, kill, true),
            ("D", 0, 5, kill, true),
            ("Z", PF_EXITING, 1, 0, true),
            ("Z", PF_EXITING, 0, 0, true),
            ("R", PF_EXITING, 1, 0, true),
            ("Z", PF_EXITING, 2, 0, false),
        ] {
            let process = parse(stat(state, flags, threads, pending).as_bytes()).unwrap();
            assert_eq!(process.dying(), dying, "{state} {flags} {threads} {pending}");
        }
    }

    #[test]
    fn finds_its_own_parent_and_children() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = Pid::from_raw(child.id() as i32);
        let mut found = None;
        each_descendant(ALL, &mut |held| {
            if held.process.pid == pid {
                found = Some((held.process, held.send(Signal::KILL, None)));
            }
        })
        .unwrap();
        let (process, sent) = found.unwrap();
        assert_eq!((process.parent, sent), (getpid(), Ok(())));
        assert_eq!(child.wait().unwrap().to_string(), "signal: 9 (SIGKILL)");
        let mut seen_init = false;
        each(ALL, &mut |held| seen_init |= held.process.pid.as_raw() == 1).unwrap();
        assert!(seen_init);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
            let _ = sys::Names(&bytes).count();
        }
    }
}
