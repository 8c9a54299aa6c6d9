//! Processes: starting them, and how they end.

use std::ffi::{CStr, c_int};
use std::mem::zeroed;
use std::os::fd::{AsFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::unistd::Pid;

use super::{Strings, check, has_input};
use crate::exit::Ended;
use crate::namespaces::Namespaces;
use crate::signals::Signal;

/// What wait4(2) tells of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is gone, and reaped.
    Ended(Ended),
    /// A signal stopped it.
    Stopped(Signal),
    /// SIGCONT continued it.
    Continued,
}

/// What a process, and the children that it waited for, have used (getrusage(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time in the program, in milliseconds.
    pub user_ms: u64,
    /// CPU time in the kernel, in milliseconds.
    pub system_ms: u64,
    /// The most memory that was resident at once, in KiB.
    pub max_rss_kb: u64,
}

impl Usage {
    fn of(used: &libc::rusage) -> Usage {
        let ms = |t: libc::timeval| t.tv_sec as u64 * 1000 + t.tv_usec as u64 / 1000;
        Usage {
            user_ms: ms(used.ru_utime),
            system_ms: ms(used.ru_stime),
            max_rss_kb: used.ru_maxrss as u64,
        }
    }
}

/// The next change of any child; `None` when there are children and none has changed. Fills
/// in what an ended child has used, where the kernel tells it (wait4(2)). Where a seccomp
/// filter refuses wait4, waitid(2) does without.
///
/// # Errors
/// ECHILD when there is no child; another one when a filter refuses both calls.
pub fn next_change(usage: Option<&mut Usage>) -> Result<Option<(Pid, Change)>, Errno> {
    match wait4(usage) {
        Err(errno) if errno != Errno::ECHILD => waitid(),
        got => got,
    }
}

fn wait4(usage: Option<&mut Usage>) -> Result<Option<(Pid, Change)>, Errno> {
    let mut status = 0;
    // SAFETY: all-zero is a valid rusage.
    let mut used: libc::rusage = unsafe { zeroed() };
    let used_or_null = usage.as_ref().map_or(null_mut(), |_| &raw mut used);
    // __WALL: also children whose exit signal is not SIGCHLD (clone(2)).
    let options = libc::WNOHANG | libc::WUNTRACED | libc::WCONTINUED | libc::__WALL;
    // SAFETY: `status` and `used` outlive the call.
    let pid = check(unsafe { libc::wait4(-1, &mut status, options, used_or_null) }.into())?;
    if let Some(usage) = usage {
        *usage = Usage::of(&used);
    }
    Ok(match pid as libc::pid_t {
        0 => None,
        pid => change(status).map(|change| (Pid::from_raw(pid), change)),
    })
}

fn waitid() -> Result<Option<(Pid, Change)>, Errno> {
    let options = libc::WEXITED | libc::WSTOPPED | libc::WCONTINUED | libc::WNOHANG | libc::__WALL;
    // SAFETY: all-zero is a valid siginfo_t, and it outlives the call, which fills in the
    // members for SIGCHLD or leaves the zeros.
    let (pid, code, status) = unsafe {
        let mut info: libc::siginfo_t = zeroed();
        check(libc::waitid(libc::P_ALL, 0, &mut info, options).into())?;
        (info.si_pid(), info.si_code, info.si_status())
    };
    let signal = Signal::new(status);
    let ended = |core| signal.map(|signal| Change::Ended(Ended::Signaled(signal, core)));
    let change = match code {
        // exit(2) keeps eight bits.
        libc::CLD_EXITED => Some(Change::Ended(Ended::Exited(status as u8))),
        libc::CLD_KILLED => ended(false),
        libc::CLD_DUMPED => ended(true),
        libc::CLD_STOPPED => signal.map(Change::Stopped),
        libc::CLD_CONTINUED => Some(Change::Continued),
        _ => None,
    };
    Ok(change.filter(|_| pid != 0).map(|change| (Pid::from_raw(pid), change)))
}

fn change(status: c_int) -> Option<Change> {
    if libc::WIFEXITED(status) {
        // WEXITSTATUS is eight bits wide.
        return Some(Change::Ended(Ended::Exited(libc::WEXITSTATUS(status) as u8)));
    }
    if libc::WIFSIGNALED(status) {
        let signal = Signal::new(libc::WTERMSIG(status))?;
        return Some(Change::Ended(Ended::Signaled(signal, libc::WCOREDUMP(status))));
    }
    if libc::WIFSTOPPED(status) {
        return Signal::new(libc::WSTOPSIG(status)).map(Change::Stopped);
    }
    libc::WIFCONTINUED(status).then_some(Change::Continued)
}

/// Is this process a child of ours, running or ended? Reaps nothing (waitid(2), WNOWAIT).
pub fn is_child(pid: Pid) -> bool {
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
    // SAFETY: all-zero is a valid siginfo_t, and it outlives the call.
    unsafe {
        let mut info: libc::siginfo_t = zeroed();
        libc::waitid(libc::P_PID, pid.as_raw() as libc::id_t, &mut info, options) == 0
    }
}

/// Has a signal stopped this child, and nobody has been told of it yet? Tells nobody (waitid(2),
/// WNOWAIT). True also where a filter hides it.
pub fn is_stopped(pid: Pid) -> bool {
    let options = libc::WSTOPPED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
    // SAFETY: all-zero is a valid siginfo_t, and it outlives the call, which fills it or leaves
    // the zeros.
    unsafe {
        let mut info: libc::siginfo_t = zeroed();
        let answer = libc::waitid(libc::P_PID, pid.as_raw() as libc::id_t, &mut info, options);
        answer != 0 || info.si_pid() != 0
    }
}

/// The oldest child that has ended and is not reaped yet (waitid(2)).
///
/// # Errors
/// ECHILD when there is no child; a seccomp filter may refuse the call.
pub fn ended_child() -> Result<Option<Pid>, Errno> {
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
    // SAFETY: all-zero is a valid siginfo_t, and it outlives the call, which fills it or
    // leaves the zeros.
    let pid = unsafe {
        let mut info: libc::siginfo_t = zeroed();
        check(libc::waitid(libc::P_ALL, 0, &mut info, options).into())?;
        info.si_pid()
    };
    Ok((pid != 0).then(|| Pid::from_raw(pid)))
}

/// Waits for the end of a child, and reaps it; says how it ended.
pub fn reap(pid: Pid) -> Option<Ended> {
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    while unsafe { libc::waitpid(pid.as_raw(), &mut status, libc::__WALL) } == -1 {
        if Errno::last() != Errno::EINTR {
            return None;
        }
    }
    match change(status) {
        Some(Change::Ended(ended)) => Some(ended),
        _ => None,
    }
}

/// A descriptor of a process that has input once the process has ended (pidfd_open(2)).
///
/// # Errors
/// ENOSYS before Linux 5.3, EMFILE; a seccomp filter may refuse the call.
fn pidfd_open(pid: Pid) -> Result<OwnedFd, Errno> {
    // SAFETY: no memory is involved.
    let fd = check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) })?;
    // SAFETY: the kernel has just made the descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Waits up to `time` for the end of a child, and reaps it; `None` while it runs.
///
/// # Errors
/// ECHILD when it is none of ours; a seccomp filter may refuse the call.
pub fn reap_within(pid: Pid, time: Duration) -> Result<Option<Ended>, Errno> {
    let started = Instant::now();
    let descriptor = pidfd_open(pid).ok();
    loop {
        let left = time.saturating_sub(started.elapsed());
        let ended = reap_if_ended(pid)?;
        if ended.is_some() || left.is_zero() {
            return Ok(ended);
        }
        match &descriptor {
            Some(descriptor) => drop(has_input(
                descriptor.as_fd(),
                u8::try_from(left.as_millis()).unwrap_or(u8::MAX),
            )),
            // Before Linux 5.3, or a filter.
            None => std::thread::sleep(left.min(Duration::from_millis(10))),
        }
    }
}

fn reap_if_ended(pid: Pid) -> Result<Option<Ended>, Errno> {
    let (mut status, options) = (0, libc::WNOHANG | libc::__WALL);
    // SAFETY: `status` outlives the call.
    let reaped = check(unsafe { libc::waitpid(pid.as_raw(), &mut status, options) }.into())?;
    Ok(match change(status) {
        Some(Change::Ended(ended)) if reaped != 0 => Some(ended),
        _ => None,
    })
}

/// Waits until a child has ended, without reaping it. Was it killed by a signal (waitid(2))?
pub fn is_killed(pid: Pid) -> bool {
    // SAFETY: all-zero is a valid siginfo_t, and it outlives the call; a child's pid is
    // above zero.
    unsafe {
        let mut info: libc::siginfo_t = zeroed();
        let (id, options) = (pid.as_raw() as libc::id_t, libc::WEXITED | libc::WNOWAIT);
        while libc::waitid(libc::P_PID, id, &mut info, options | libc::__WALL) == -1
            && Errno::last() == Errno::EINTR
        {}
        matches!(info.si_code, libc::CLD_KILLED | libc::CLD_DUMPED)
    }
}

/// Makes a new process with a copy of our memory, as fork(2) does, in new namespaces.
/// Returns `None` in the child and the child's pid in the parent (clone3(2); clone(2) on
/// Linux before 5.3 and behind filters that do not know clone3: some say EPERM).
///
/// In the child the libc still has the parent's thread id, so the child may not call what
/// uses the id, such as raise(3) or abort(3).
///
/// # Errors
/// What clone3(2) lists; CLONE_NEWTIME is EINVAL here.
pub fn clone_into(new: Namespaces) -> Result<Option<Pid>, Errno> {
    // struct clone_args of Linux 5.3: flags, pidfd, child_tid, parent_tid, exit_signal,
    // stack, stack_size, tls.
    // Both signed constants are positive.
    let args = [new.flags() as u64, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
    // SAFETY: `args` has the size that is given. Without a stack of its own the child
    // goes on with a copy of this one; there is one thread, so no lock is held.
    let result = check(unsafe { libc::syscall(libc::SYS_clone3, &args, size_of_val(&args)) });
    let pid = match result {
        Err(Errno::ENOSYS | Errno::EPERM) => {
            let flags = libc::c_long::from(new.flags() | libc::SIGCHLD);
            // SAFETY: the same; all pointers are null, so it does not
            // matter that some machines swap the last two.
            check(unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) })?
        }
        result => result?,
    };
    Ok((pid != 0).then(|| Pid::from_raw(pid as libc::pid_t)))
}

/// Replaces the process; returns only if the kernel refuses (execve(2)).
pub fn exec(path: &CStr, argv: Strings, env: Strings) -> Errno {
    // SAFETY: both arrays hold strings and end with a null pointer.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    Errno::last()
}
