//! A line of `/proc/PID/stat` (proc(5)), made into a `Process`. Pure.

use std::time::Duration;

use nix::unistd::Pid;

use crate::parse_number::number;
use crate::signals::Signal;

/// The longest name shown (TASK_COMM_LEN is 16, names of kernel workers have up to 64 bytes).
const NAME_MAX: usize = 64;
/// In `flags`: the thread is on its way out.
const PF_EXITING: u32 = 4;
/// In `flags`: a thread of the kernel's own.
const PF_KTHREAD: u32 = 0x0020_0000;

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
    /// It has a controlling terminal.
    pub has_terminal: bool,
    /// When it was born.
    pub born: Ticks,
    /// The pending signals 1 to 31 of its first thread.
    pending: u32,
}

/// A time since the boot, in hundredths of a second, as `/proc` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticks(u64);

impl Ticks {
    /// Longer than a look takes. Where a time namespace turns the clock back, who was born before
    /// its zero seems to be born millions of years later.
    const HOUR: u64 = 60 * 60 * 100;

    /// A time of CLOCK_BOOTTIME.
    pub fn of(time: Duration) -> Ticks {
        Ticks(u64::try_from(time.as_millis() / 10).unwrap_or(u64::MAX))
    }

    /// Is it at most an hour later?
    pub fn is_after(self, earlier: Ticks) -> bool {
        (1..=Ticks::HOUR).contains(&self.0.saturating_sub(earlier.0))
    }
}

impl Process {
    /// Reads a line of `/proc/PID/stat` (proc(5)). The name may hold spaces and
    /// parentheses, so it ends at the last one.
    pub fn parse(stat: &[u8]) -> Option<Process> {
        let open = stat.iter().position(|b| *b == b'(')?;
        let close = stat.iter().rposition(|b| *b == b')')?;
        let pid = number(stat.get(..open)?.trim_ascii())?;
        let comm = stat.get(open + 1..close)?;
        let mut fields = stat.get(close + 1..)?.split(|b| *b == b' ').filter(|f| !f.is_empty());
        let state = *fields.next()?.first()?;
        let parent = number(fields.next()?)?;
        let group = number(fields.next()?)?;
        let mut skip = |fields_between: usize| -> Option<u64> {
            std::str::from_utf8(fields.nth(fields_between)?).ok()?.parse().ok()
        };
        let bits = |number: Option<u64>| u32::try_from(number?).ok();
        // pgrp was field 5; these are 7, 9, 20, 22 and 31.
        let has_terminal = skip(1)? != 0;
        let (flags, threads) = (bits(skip(1))?, bits(skip(10))?);
        let (born, pending) = (skip(1)?, bits(skip(8))?);
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
            has_terminal,
            born: Ticks(born),
            pending,
        })
    }

    /// A process that is alive and has this name.
    #[cfg(test)]
    pub fn of(pid: i32, name: &[u8]) -> Process {
        let stat = [format!("{pid} (").as_bytes(), name, b") S 1 1", &b" 0".repeat(40)].concat();
        Process::parse(&stat).unwrap()
    }

    /// Its name, as ps(1) shows it.
    pub fn name(&self) -> &[u8] {
        self.name.get(..self.name_len).unwrap_or_default()
    }

    /// Is it stopped?
    pub fn stopped(&self) -> bool {
        self.state == b'T'
    }

    /// Has it ended, and waits for its parent to reap it?
    pub fn ended(&self) -> bool {
        let ended = b"ZX".contains(&self.state) || self.flags & PF_EXITING != 0;
        // Threads can outlive the first one.
        ended && self.threads <= 1
    }

    /// Is it a thread of the kernel? No signal reaches it, and it never ends. Only the machine's own
    /// PID 1 sees such.
    pub fn is_of_kernel(&self) -> bool {
        self.flags & PF_KTHREAD != 0
    }

    /// Has it ended, or been killed, already?
    pub fn dying(&self) -> bool {
        self.ended() || self.pending & 1 << (Signal::KILL.number() - 1) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAIL: &str = "S 2 3 4 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 5 0 0 18446744073709551615 1 \
                        1 0 0 0 256 0 0 0 0 0 17 0 0 0 0 0 0";

    #[test]
    fn reads_a_stat_line() {
        let process = Process::parse(format!("42 (a b) c)) {TAIL}\n").as_bytes()).unwrap();
        assert_eq!(process.name(), b"a b) c)");
        assert_eq!(
            (process.pid.as_raw(), process.parent.as_raw(), process.group.as_raw()),
            (42, 2, 3)
        );
        assert!(Process::parse(b"").is_none());
        assert!(Process::parse(b"42 (x) S 2").is_none());
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
            let process = Process::parse(stat(state, flags, threads, pending).as_bytes()).unwrap();
            assert_eq!(process.dying(), dying, "{state} {flags} {threads} {pending}");
        }
    }

    #[test]
    fn who_is_born_later() {
        let at = |ticks: u64| Ticks::of(Duration::from_millis(ticks * 10));
        let process = Process::parse(format!("42 (x) {TAIL}").as_bytes()).unwrap();
        assert_eq!(process.born, Ticks(5));
        for (ticks, after) in [(4, true), (5, false), (6, false)] {
            assert_eq!(process.born.is_after(at(ticks)), after, "{ticks}");
        }
        // Born before the zero of the clock.
        assert!(!Ticks(u64::MAX / 10_000_000 - 1).is_after(at(5)));
    }

    #[test]
    fn whose_it_is() {
        let tail = |flags: u32| format!("0 0 0 0 -1 {flags}{}", " 0".repeat(40));
        for (line, of_kernel) in [
            (format!("2 (kthreadd) S {}", tail(0x0020_8040)), true),
            (format!("7 (kworker/0:0-ev) I {}", tail(0x0420_8060)), true),
            (format!("9 (sh) S {}", tail(0x0040_0100)), false),
        ] {
            assert_eq!(
                Process::parse(line.as_bytes()).unwrap().is_of_kernel(),
                of_kernel,
                "{line}"
            );
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Process::parse(&bytes);
        }
    }
}
