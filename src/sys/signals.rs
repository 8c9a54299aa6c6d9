//! Signals: masks and actions, taking them, sending them.

use std::ffi::c_int;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::{null, null_mut};
use std::sync::atomic::Ordering;
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd::Pid;

use super::check;
use super::shared::stop_note;
use crate::signals::{Signal, SignalSet};

/// The kernel's `sizeof(sigset_t)`, which system calls want to be told.
const SIGSET_SIZE: usize = size_of::<u64>();

/// Sets the signal mask and returns the previous one (rt_sigprocmask(2), all 64 bits: musl's
/// own call keeps 32 to 34 for itself).
///
/// # Errors
/// None of the kernel's; a seccomp filter may refuse it.
pub fn set_signal_mask(mask: SignalSet) -> Result<SignalSet, Errno> {
    let mut before = 0_u64;
    let (how, number) = (libc::SIG_SETMASK, libc::SYS_rt_sigprocmask);
    // SAFETY: both pointers are to a kernel sigset_t of the given size.
    check(unsafe { libc::syscall(number, how, &mask.0, &mut before, SIGSET_SIZE) })?;
    Ok(SignalSet(before))
}

/// Sets SIGCHLD to be ignored or to its default action; returns whether it was ignored
/// before.
///
/// # Errors
/// None of the kernel's; a seccomp filter may refuse it.
pub fn ignore_child_signal(ignore: bool) -> Result<bool, Errno> {
    let handler = if ignore { libc::SIG_IGN } else { libc::SIG_DFL };
    // The kernel's struct: handler, flags, restorer, mask. musl's is five times as large.
    let action = [handler as u64, 0, 0, 0];
    let mut before = [0_u64; 4];
    // SAFETY: both have the kernel's layout; SIG_IGN and SIG_DFL run none of our code.
    let result = unsafe {
        libc::syscall(libc::SYS_rt_sigaction, libc::SIGCHLD, &action, &mut before, SIGSET_SIZE)
    };
    check(result).map(|_| before.first() == Some(&(libc::SIG_IGN as u64)))
}

extern "C" fn note(_: c_int) {
    stop_note().store(true, Ordering::Relaxed);
}

/// Has TSTP noted from now on, where it would stop this process; exec(2) removes the handler.
/// An ignored TSTP stays ignored.
///
/// # Errors
/// None of the kernel's; a seccomp filter may refuse it.
pub fn note_stop() -> Result<(), Errno> {
    // SAFETY: all-zero is a valid sigaction. `note` may run between any two instructions: it
    // writes to one atomic.
    unsafe {
        let mut before: libc::sigaction = zeroed();
        check(libc::sigaction(libc::SIGTSTP, null(), &mut before).into())?;
        if before.sa_sigaction == libc::SIG_DFL {
            let mut action: libc::sigaction = zeroed();
            action.sa_sigaction = note as *const () as usize;
            action.sa_flags = libc::SA_RESTART;
            check(libc::sigaction(libc::SIGTSTP, &action, null_mut()).into())?;
        }
    }
    Ok(())
}

/// Has a TSTP been noted, by this process or by one that shares its memory, or only the note?
pub fn stop_noted() -> bool {
    stop_note().load(Ordering::Relaxed)
}

/// Makes the kernel send `signal` to this process when its parent dies (PR_SET_PDEATHSIG).
///
/// # Errors
/// EINVAL only, unless a filter refuses it.
pub fn set_parent_death_signal(signal: Signal) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal.number()) }.into()).map(drop)
}

/// Has the kernel kill this process in so long, unless it calls exec before that
/// (timer_create(2)).
///
/// # Errors
/// EAGAIN, ENOMEM; a seccomp filter may refuse it.
pub fn be_killed_in(time: Duration) -> Result<(), Errno> {
    let seconds = time.as_secs().min(i64::MAX as u64);
    // struct itimerspec: once, then.
    let spec = [0, 0, seconds, time.subsec_nanos().into()];
    // SAFETY: all-zero is a valid sigevent, and everything outlives the calls.
    unsafe {
        let mut event: libc::sigevent = zeroed();
        event.sigev_notify = libc::SIGEV_SIGNAL;
        event.sigev_signo = libc::SIGKILL;
        let mut timer: c_int = 0;
        let clock = libc::CLOCK_MONOTONIC;
        check(libc::syscall(libc::SYS_timer_create, clock, &event, &mut timer))?;
        let nothing: *const u64 = null();
        check(libc::syscall(libc::SYS_timer_settime, timer, 0, &spec, nothing)).map(drop)
    }
}

/// Where a queued signal's value is in siginfo_t: behind three numbers, padded to a
/// pointer's alignment, and two more.
const VALUE_OFFSET: usize = (3 * size_of::<c_int>()).next_multiple_of(size_of::<usize>())
    + size_of::<libc::pid_t>()
    + size_of::<libc::uid_t>();

/// A signal that was taken, with all that its sender said: the part of a siginfo_t that the
/// kernel keeps (48 of 128 bytes, Linux 4.20). init has places for 20 of them on its stack.
#[derive(Clone, Copy)]
pub struct SigInfo([u64; 6]);

impl SigInfo {
    fn of(full: &libc::siginfo_t) -> SigInfo {
        // SAFETY: both are plain data, and a siginfo_t is longer and aligned as u64.
        SigInfo(unsafe { (&raw const *full).cast::<[u64; 6]>().read() })
    }

    fn full(&self) -> libc::siginfo_t {
        // SAFETY: all-zero is a valid siginfo_t, which is longer than what is written, and
        // aligned as u64.
        unsafe {
            let mut full: libc::siginfo_t = zeroed();
            (&raw mut full).cast::<[u64; 6]>().write(self.0);
            full
        }
    }

    /// Which signal; `None` for what no kernel sends.
    pub fn signal(&self) -> Option<Signal> {
        Signal::new(self.full().si_signo)
    }

    /// `si_code`: negative when a program made it, above zero when the kernel did.
    pub fn code(&self) -> c_int {
        self.full().si_code
    }

    /// The value that sigqueue(3) gave it; whoever made it another way gave none.
    pub fn value(&self) -> usize {
        // SAFETY: the kernel filled all 128 bytes, and any bits are a valid pointer.
        unsafe { self.full().si_value() }.sival_ptr.addr()
    }

    /// As sigqueue(3) makes one, but with any code.
    pub fn new(signal: Signal, code: c_int, value: usize) -> SigInfo {
        // SAFETY: all-zero is a valid siginfo_t.
        let mut info: libc::siginfo_t = unsafe { zeroed() };
        info.si_signo = signal.number();
        info.si_code = code;
        let place = (&raw mut info).cast::<u8>().wrapping_add(VALUE_OFFSET).cast::<usize>();
        // SAFETY: inside the 128 bytes, and aligned as the kernel has it.
        unsafe { place.write(value) };
        SigInfo::of(&info)
    }

    /// The sending process; only with SI_USER, SI_QUEUE or SI_TKILL (sigaction(2)).
    pub fn sender(&self) -> Pid {
        // SAFETY: the kernel filled all 128 bytes, and any bits are a valid pid_t.
        Pid::from_raw(unsafe { self.full().si_pid() })
    }
}

/// The pending signals (rt_sigpending(2)).
///
/// # Errors
/// None of the kernel's; a seccomp filter may refuse it.
pub fn pending_signals() -> Result<SignalSet, Errno> {
    let mut set = 0_u64;
    // SAFETY: the pointer is to a kernel sigset_t of the given size.
    check(unsafe { libc::syscall(libc::SYS_rt_sigpending, &mut set, SIGSET_SIZE) })?;
    Ok(SignalSet(set))
}

/// Waits until a signal of any kind is pending, and takes it (rt_sigtimedwait(2)).
///
/// # Errors
/// EAGAIN when `timeout` is over, EINTR when init was stopped and continued.
pub fn take_signal(timeout: Option<Duration>) -> Result<SigInfo, Errno> {
    take_signal_of(SignalSet::ALL, timeout)
}

/// As [`take_signal`], but only signals of `set`.
///
/// # Errors
/// The same.
pub fn take_signal_of(set: SignalSet, timeout: Option<Duration>) -> Result<SigInfo, Errno> {
    let timeout = timeout.map(|d| [d.as_secs().min(i64::MAX as u64), d.subsec_nanos().into()]);
    // SAFETY: all-zero is a valid siginfo_t; the pointers outlive the call, and a null
    // timeout means to wait for good.
    unsafe {
        let mut info: libc::siginfo_t = zeroed();
        check(libc::syscall(
            libc::SYS_rt_sigtimedwait,
            &set.0,
            &mut info,
            timeout.as_ref().map_or(null(), |kernel_timespec| kernel_timespec as *const [u64; 2]),
            SIGSET_SIZE,
        ))?;
        Ok(SigInfo::of(&info))
    }
}

/// Sends `signal` to a process, to a process group when `pid` is negative, to our own
/// group when it is 0 (kill(2)).
///
/// # Errors
/// ESRCH when there is none, EPERM when it is not ours to signal.
pub fn kill(pid: Pid, signal: Signal) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::kill(pid.as_raw(), signal.number()) }.into()).map(drop)
}

/// Sends `signal` with everything the sender of `info` said, its value too
/// (rt_sigqueueinfo(2)). To others only an `info` whose code is below zero and not
/// SI_TKILL, to init itself any.
///
/// # Errors
/// EAGAIN when the receiver's user has RLIMIT_SIGPENDING signals queued; ESRCH, EPERM.
pub fn queue(pid: Pid, signal: Signal, info: &SigInfo) -> Result<(), Errno> {
    let mut info = info.full();
    info.si_signo = signal.number();
    // SAFETY: `info` outlives the call.
    check(unsafe { libc::syscall(libc::SYS_rt_sigqueueinfo, pid.as_raw(), signal.number(), &info) })
        .map(drop)
}

/// Sends `signal` to the process that a descriptor stands for, a pidfd or its directory
/// in `/proc`; with `info`, all that its sender said (pidfd_send_signal(2), Linux 5.1).
///
/// # Errors
/// ESRCH when it is gone, EPERM, EAGAIN as [`queue`], ENOSYS on an older kernel.
pub fn pidfd_send(fd: BorrowedFd<'_>, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
    let info = info.map(|info| {
        let mut info = info.full();
        info.si_signo = signal.number();
        info
    });
    let info = info.as_ref().map_or(null(), |info| info as *const libc::siginfo_t);
    // SAFETY: a null pointer is for "as kill(2)", the other outlives the call.
    check(unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, fd.as_raw_fd(), signal.number(), info, 0)
    })
    .map(drop)
}
