//! System calls that no crate wraps as they are needed here, and the C entry point.
//!
//! In: plain values. Out: plain values or an `Errno`. Nothing is decided here.
//!
//! # Safety
//!
//! The only module where `unsafe` is allowed. What every block leans on: the
//! process has one thread from start to end and installs no signal handler, so
//! nothing runs between two instructions of ours; argv and the environment are the
//! kernel's arrays, valid until exec or exit.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::{MaybeUninit, size_of, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::{null, null_mut};
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd::Pid;

use crate::exit::Ended;
use crate::signals::{Signal, SignalSet};

/// The kernel's `sizeof(sigset_t)`, which system calls want to be told.
const SIGSET_SIZE: usize = size_of::<u64>();

/// Where the kernel starts us, past Rust's own run-time: that one ignores SIGPIPE,
/// opens /dev/null on closed standard descriptors and allocates, all of which the
/// app would inherit or wait for.
#[cfg(not(test))]
#[unsafe(no_mangle)]
extern "C" fn main(argc: c_int, argv: *mut *const c_char, envp: *mut *const c_char) -> c_int {
    // SAFETY: the C run-time passes the kernel's arrays, each closed by a null pointer.
    let (args, env) = unsafe { (Strings::of_len(argv, argc), Strings::counted(envp)) };
    let status = crate::run(args, env);
    // SAFETY: ends the process; nothing is buffered that exit(3) would have to flush.
    unsafe { libc::_exit(c_int::from(status)) }
}

/// A string where the kernel put it: an argument or an environment entry. Its length
/// is not known until it is asked for, so a long one costs nothing to pass over.
#[derive(Clone, Copy, Debug)]
pub struct Text(*const c_char);

impl Text {
    /// All of it, without the closing NUL.
    pub fn to_bytes(self) -> &'static [u8] {
        self.as_c_str().to_bytes()
    }

    /// The same, for system calls.
    pub fn as_c_str(self) -> &'static CStr {
        // SAFETY: points into argv or the environment, NUL-terminated and never freed.
        unsafe { CStr::from_ptr(self.0) }
    }

    /// What follows `prefix`, if the string starts with it. Reads no further than that.
    pub fn strip_prefix(self, prefix: &[u8]) -> Option<Text> {
        let mut at = self.0;
        for byte in prefix {
            // SAFETY: every byte before `at` was equal to a byte of `prefix` that is not
            // NUL, so `at` is at most at the closing NUL.
            if *byte == 0 || unsafe { *at } as u8 != *byte {
                return None;
            }
            at = at.wrapping_add(1);
        }
        Some(Text(at))
    }
}

/// An array of strings where the kernel put it: argv, a tail of it, or the environment.
#[derive(Clone, Copy, Debug)]
pub struct Strings {
    /// The first element of the whole array, which a null pointer closes.
    base: *mut *const c_char,
    /// Where this part of it starts.
    start: usize,
    /// The length of the whole array.
    end: usize,
}

impl Strings {
    /// # Safety
    /// `base` holds `len` NUL-terminated strings and a null pointer, for good.
    #[cfg_attr(test, allow(dead_code))]
    unsafe fn of_len(base: *mut *const c_char, len: c_int) -> Strings {
        Strings { base, start: 0, end: usize::try_from(len).unwrap_or(0) }
    }

    /// # Safety
    /// `base` holds NUL-terminated strings and a null pointer, for good.
    unsafe fn counted(base: *mut *const c_char) -> Strings {
        let mut end = 0;
        // SAFETY: the caller says that a null pointer closes the array.
        while !unsafe { *base.add(end) }.is_null() {
            end += 1;
        }
        Strings { base, start: 0, end }
    }

    /// The N-th string of this part.
    pub fn get(self, n: usize) -> Option<Text> {
        let at = self.start.checked_add(n)?;
        // SAFETY: below `end` the array holds strings.
        (at < self.end).then(|| Text(unsafe { *self.base.add(at) }))
    }

    /// All strings of this part, in order.
    pub fn iter(self) -> impl Iterator<Item = Text> {
        (0..).map_while(move |n| self.get(n))
    }

    /// The part that starts at the N-th string of this one.
    #[must_use]
    pub fn tail(self, n: usize) -> Strings {
        Strings { start: self.start.saturating_add(n).min(self.end), ..self }
    }

    /// Leaks copies, as an array like the kernel's.
    #[cfg(test)]
    pub fn leak<T: AsRef<[u8]>>(strings: &[T]) -> Strings {
        let copy = |s: &T| std::ffi::CString::new(s.as_ref()).unwrap().into_raw().cast_const();
        let mut array: Vec<*const c_char> = strings.iter().map(copy).collect();
        array.push(null());
        // SAFETY: built just above, and leaked.
        unsafe { Strings::counted(array.leak().as_mut_ptr()) }
    }

    /// Runs `scope` with `entry` in the place of the N-th string.
    pub fn with_entry<R>(self, n: usize, entry: &NumberEntry, scope: impl FnOnce() -> R) -> R {
        let at = self.start.saturating_add(n);
        if at >= self.end {
            return scope();
        }
        let place = self.base.wrapping_add(at);
        // SAFETY: inside the array, which is ours to write to; `entry` is a NUL-terminated
        // string that outlives the scope, and after it the old one is back.
        unsafe {
            let before = place.replace(entry.0.as_ptr().cast());
            let result = scope();
            place.write(before);
            result
        }
    }

    fn as_ptr(self) -> *const *const c_char {
        // The closing null pointer at the latest: `start` is at most `end`.
        self.base.wrapping_add(self.start)
    }
}

/// An environment entry with a number that is not known before the child runs.
#[derive(Debug)]
pub struct NumberEntry([Cell<u8>; NumberEntry::MAX]);

impl NumberEntry {
    /// A short name, `=`, ten digits and a NUL.
    const MAX: usize = 32;

    /// `name` ends with `=`; the number is missing.
    pub fn new(name: &[u8]) -> NumberEntry {
        let entry = NumberEntry([const { Cell::new(0) }; NumberEntry::MAX]);
        entry.append(name.iter().copied());
        entry
    }

    /// Appends a number.
    pub fn append_number(&self, number: u32) {
        let digits = (0..number.checked_ilog10().unwrap_or(0) + 1).rev();
        self.append(digits.map(|place| b'0' + (number / 10_u32.pow(place) % 10) as u8));
    }

    /// The last byte stays NUL: what has no room before it is left out.
    fn append(&self, bytes: impl Iterator<Item = u8>) {
        let free = self.0.iter().take(NumberEntry::MAX - 1).skip_while(|cell| cell.get() != 0);
        for (cell, byte) in free.zip(bytes) {
            cell.set(byte);
        }
    }

    /// What it holds.
    #[cfg(test)]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().map(Cell::get).take_while(|byte| *byte != 0).collect()
    }
}

/// Standard input, which may be closed: a call then says EBADF.
pub const STDIN: BorrowedFd<'static> = {
    // SAFETY: 0 is not -1, and it is only ever lent to single system calls.
    unsafe { BorrowedFd::borrow_raw(0) }
};

fn check(result: libc::c_long) -> Result<libc::c_long, Errno> {
    if result == -1 { Err(Errno::last()) } else { Ok(result) }
}

/// Sets the signal mask and returns the one before (rt_sigprocmask(2), all 64 bits:
/// the libc's own call keeps 32 to 34 for itself).
pub fn set_signal_mask(mask: SignalSet) -> SignalSet {
    let mut before = 0_u64;
    // SAFETY: both pointers are to a kernel sigset_t of the size given. It cannot fail.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &mask.0,
            &mut before,
            SIGSET_SIZE,
        )
    };
    SignalSet(before)
}

/// Sets SIGCHLD to be ignored or to its default action; says if it was ignored before.
pub fn ignore_child_signal(ignore: bool) -> bool {
    let handler = if ignore { libc::SIG_IGN } else { libc::SIG_DFL };
    // SAFETY: all-zero is a valid sigaction, SIG_IGN and SIG_DFL run none of our code.
    unsafe {
        let mut action: libc::sigaction = zeroed();
        action.sa_sigaction = handler;
        let mut before: libc::sigaction = zeroed();
        libc::sigaction(libc::SIGCHLD, &action, &mut before);
        before.sa_sigaction == libc::SIG_IGN
    }
}

/// Makes the kernel send `signal` to init when its parent dies (PR_SET_PDEATHSIG).
///
/// # Errors
/// EINVAL only, unless a filter refuses it.
pub fn set_parent_death_signal(signal: Signal) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal.number()) }.into()).map(drop)
}

/// A signal that was taken, with all that its sender said.
#[derive(Clone, Copy)]
pub struct SigInfo(libc::siginfo_t);

impl SigInfo {
    /// Which signal; `None` for what no kernel sends.
    pub fn signal(&self) -> Option<Signal> {
        Signal::new(self.0.si_signo)
    }

    /// `si_code`: negative when a program made it, above zero when the kernel did.
    pub fn code(&self) -> c_int {
        self.0.si_code
    }

    /// The sending process; only with SI_USER, SI_QUEUE or SI_TKILL (sigaction(2)).
    pub fn sender(&self) -> Pid {
        // SAFETY: the kernel filled all 128 bytes, and any bits are a valid pid_t.
        Pid::from_raw(unsafe { self.0.si_pid() })
    }
}

/// The signals that wait to be taken (rt_sigpending(2)).
pub fn pending_signals() -> SignalSet {
    let mut set = 0_u64;
    // SAFETY: the pointer is to a kernel sigset_t of the size given. It cannot fail.
    unsafe { libc::syscall(libc::SYS_rt_sigpending, &mut set, SIGSET_SIZE) };
    SignalSet(set)
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
        Ok(SigInfo(info))
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

/// Is there a process that `pid`, in the sense of kill(2), names?
pub fn probe(pid: Pid) -> bool {
    // SAFETY: no memory is involved; signal 0 is never delivered.
    unsafe { libc::kill(pid.as_raw(), 0) == 0 || Errno::last() == Errno::EPERM }
}

/// Sends `signal` with everything the sender of `info` said, its value too
/// (rt_sigqueueinfo(2)). To others only an `info` whose code is below zero and not
/// SI_TKILL, to init itself any.
///
/// # Errors
/// EAGAIN when the receiver's user has RLIMIT_SIGPENDING signals queued; ESRCH, EPERM.
pub fn queue(pid: Pid, signal: Signal, info: &SigInfo) -> Result<(), Errno> {
    let mut info = info.0;
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
pub fn pidfd_send(fd: c_int, signal: Signal, info: Option<&SigInfo>) -> Result<(), Errno> {
    let info = info.map(|info| {
        let mut info = info.0;
        info.si_signo = signal.number();
        info
    });
    let info = info.as_ref().map_or(null(), |info| info as *const libc::siginfo_t);
    // SAFETY: a null pointer is for "as kill(2)", the other outlives the call.
    check(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signal.number(), info, 0) })
        .map(drop)
}

/// Creates or empties a file to write to, close-on-exec and above the standard
/// descriptors, one of which may be closed. Waits for nobody: a FIFO without a reader is
/// ENXIO.
///
/// # Errors
/// What open(2) lists.
pub fn create(path: &[u8]) -> Result<c_int, Errno> {
    use nix::fcntl::{OFlag, open};
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_TRUNC | OFlag::O_NONBLOCK;
    let flags = flags | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let fd = open(path, flags, nix::sys::stat::Mode::from_bits_truncate(0o666))?;
    nix::fcntl::fcntl(&fd, nix::fcntl::FcntlArg::F_DUPFD_CLOEXEC(3))
}

/// Makes a terminal that no session has the controlling one of ours (TIOCSCTTY).
///
/// # Errors
/// EPERM when another session has it or we lead none; ENOTTY, EIO.
pub fn take_terminal(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCSCTTY, 0) }.into()).map(drop)
}

/// Gives up our controlling terminal (TIOCNOTTY). When we lead the session, all of the
/// session loses it, and the foreground group is sent HUP and CONT.
///
/// # Errors
/// ENOTTY when it is not ours.
pub fn give_up_terminal(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCNOTTY) }.into()).map(drop)
}

/// Opens a directory to look into, close-on-exec, from `at` or from the current one.
///
/// # Errors
/// What open(2) lists.
pub fn open_directory(at: Option<c_int>, path: &CStr) -> Result<c_int, Errno> {
    open(at, path, libc::O_RDONLY | libc::O_DIRECTORY)
}

fn open(at: Option<c_int>, path: &CStr, flags: c_int) -> Result<c_int, Errno> {
    let at = at.unwrap_or(libc::AT_FDCWD);
    // SAFETY: the path outlives the call.
    let fd = check(unsafe { libc::openat(at, path.as_ptr(), flags | libc::O_CLOEXEC) }.into())?;
    Ok(fd as c_int)
}

/// The next entries of a directory, in the kernel's form (getdents64(2)); none at its end.
///
/// # Errors
/// EINVAL when the buffer is too small for one.
pub fn read_directory(fd: c_int, buffer: &mut [u8]) -> Result<&[u8], Errno> {
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let n = check(unsafe {
        libc::syscall(libc::SYS_getdents64, fd, buffer.as_mut_ptr(), buffer.len())
    })?;
    Ok(buffer.get(..n as usize).unwrap_or_default())
}

/// The first bytes of a file, as many as one read(2) gives.
///
/// # Errors
/// What open(2) and read(2) list.
pub fn read_file<'a>(
    at: Option<c_int>,
    path: &CStr,
    buffer: &'a mut [u8],
) -> Result<&'a [u8], Errno> {
    let fd = open(at, path, libc::O_RDONLY | libc::O_NOCTTY | libc::O_NONBLOCK)?;
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let read = check(unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) } as _);
    close(fd);
    Ok(buffer.get(..read? as usize).unwrap_or_default())
}

/// Where a symbolic link points, cut at the end of the buffer (readlink(2)).
///
/// # Errors
/// What readlink(2) lists.
pub fn read_link<'a>(path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let n = check(
        unsafe { libc::readlink(path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) } as _,
    )?;
    Ok(buffer.get(..n as usize).unwrap_or_default())
}

/// The time of a clock that never goes back, in nanoseconds (CLOCK_MONOTONIC).
pub fn monotonic_nanos() -> u64 {
    // SAFETY: all-zero is a valid timespec, and it outlives the call, which cannot fail.
    let now = unsafe {
        let mut now: libc::timespec = zeroed();
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now);
        now
    };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

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

/// What a process and those it waited for have used (getrusage(2)).
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

/// The next change of any child, with what it used where that is asked for; `None` when there are children and none has changed.
///
/// # Errors
/// ECHILD when there is no child.
pub fn next_change(usage: Option<&mut Usage>) -> Result<Option<(Pid, Change)>, Errno> {
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

/// Reaps one child that is known to be about to end.
pub fn reap(pid: Pid) {
    // SAFETY: no status is asked for.
    while unsafe { libc::waitpid(pid.as_raw(), null_mut(), libc::__WALL) } == -1
        && Errno::last() == Errno::EINTR
    {}
}

/// The child's stack while it shares our memory: a path buffer and a few frames.
const CHILD_STACK: usize = 16 * 1024;

/// Runs `child` in a new process that shares our memory, and returns its pid once it
/// has called exec or has ended, with what `child` returned as its exit status.
///
/// These are the most dangerous lines of the program. Sharing the memory instead of
/// copying its page tables makes the start three times cheaper, and lets the child
/// leave its errno where we read it; for that, `child`
///
/// - writes to nothing but its own frames and what it hands back by reference,
/// - calls nothing that allocates, locks, logs, panics or unwinds,
/// - leaves by exec or by returning, which is `_exit` here.
///
/// It is sound because CLONE_VFORK (clone(2)) keeps this thread, the only one, out of
/// user space until the child has left the shared memory: to the compiler and to the
/// memory it is one call after the other. All signals are blocked, so no handler can
/// run in the child; none is installed anyhow. Its stack is a local array in the
/// deepest frame that exists here; beneath it is only unused stack and then the
/// kernel's guard gap, so an overflow hits no live data.
///
/// # Errors
/// EAGAIN at a process limit, ENOMEM, EPERM or ENOSYS from a seccomp filter.
pub fn vfork(mut child: &mut dyn FnMut() -> c_int) -> Result<Pid, Errno> {
    extern "C" fn enter(child: *mut c_void) -> c_int {
        // SAFETY: `child` of the suspended frame below.
        let child = unsafe { &mut *child.cast::<&mut dyn FnMut() -> c_int>() };
        child()
    }
    let mut stack = MaybeUninit::<[u8; CHILD_STACK]>::uninit();
    let top = stack.as_mut_ptr().cast::<u8>().wrapping_add(CHILD_STACK);
    let aligned = top.wrapping_sub(top.addr() % 16);
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    let child = (&raw mut child).cast::<c_void>();
    // SAFETY: see above; `enter` gets what it expects, the stack outlives the child's
    // use of it because this frame is suspended until then.
    let pid = check(unsafe { libc::clone(enter, aligned.cast(), flags, child) }.into())?;
    Ok(Pid::from_raw(pid as libc::pid_t))
}

/// Replaces the process; returns only if the kernel refuses (execve(2)).
pub fn exec(path: &CStr, argv: Strings, env: Strings) -> Errno {
    // SAFETY: both arrays hold strings and end with a null pointer.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    Errno::last()
}

/// As [`exec`], but runs `path` as a script of `/bin/sh`, the way execvp(3) does on
/// ENOEXEC. The shell takes the place of the word before `argv`, so nothing is
/// allocated; without such a word it stays ENOEXEC.
pub fn exec_script(path: &CStr, argv: Strings, env: Strings) -> Errno {
    let Some(before) = argv.start.checked_sub(1).filter(|_| argv.start < argv.end) else {
        return Errno::ENOEXEC;
    };
    // SAFETY: both slots are inside the array, and nothing else refers to them now.
    unsafe {
        *argv.base.add(before) = c"/bin/sh".as_ptr();
        *argv.base.add(argv.start) = path.as_ptr();
    }
    exec(c"/bin/sh", Strings { start: before, ..argv }, env)
}

/// Closes every descriptor from `first` to `last` (close_range(2), Linux 5.9).
///
/// # Errors
/// ENOSYS on an older kernel or behind an older filter.
pub fn close_range(first: u32, last: u32) -> Result<(), Errno> {
    // SAFETY: no owned descriptor of ours is open when this is called.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) }).map(drop)
}

/// Closes one descriptor; one that is not open is fine.
pub fn close(fd: c_int) {
    // SAFETY: no owned descriptor of ours is open when this is called.
    unsafe { libc::close(fd) };
}

/// The highest number that a descriptor can have had, plus one (RLIMIT_NOFILE).
pub fn descriptor_limit() -> c_int {
    // SAFETY: all-zero is a valid rlimit, and it outlives the call.
    let limit = unsafe {
        let mut limit: libc::rlimit = zeroed();
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        limit.rlim_cur
    };
    c_int::try_from(limit).unwrap_or(c_int::MAX)
}

/// What kind of file a descriptor is, as far as writing without blocking goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file or block device: writing to it does not wait for a reader.
    Plain,
    /// A pipe or FIFO.
    Pipe,
    /// A socket.
    Socket,
    /// A terminal or another character device.
    Device,
}

/// What kind of file `fd` is; `None` when it is closed.
pub fn file_kind(fd: c_int) -> Option<FileKind> {
    // SAFETY: all-zero is a valid stat, and it outlives the call.
    let mode = unsafe {
        let mut stat: libc::stat = zeroed();
        if libc::fstat(fd, &mut stat) == -1 {
            return None;
        }
        stat.st_mode
    };
    Some(match mode & libc::S_IFMT {
        libc::S_IFIFO => FileKind::Pipe,
        libc::S_IFSOCK => FileKind::Socket,
        libc::S_IFCHR => FileKind::Device,
        _ => FileKind::Plain,
    })
}

/// write(2), which may block.
pub fn write(fd: c_int, bytes: &[u8]) -> Result<usize, Errno> {
    // SAFETY: the slice outlives the call.
    let n = check(unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) } as _)?;
    Ok(n as usize)
}

/// Writes what a pipe takes at once (pwritev2(2) with RWF_NOWAIT; pipes: Linux 6.4).
///
/// # Errors
/// EAGAIN when it is full, EPIPE, EOPNOTSUPP or ENOSYS on an older kernel.
pub fn write_pipe(fd: c_int, bytes: &[u8]) -> Result<usize, Errno> {
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: `part` and the slice it names outlive the call, which only reads them.
    // The offset -1, in two halves, means none.
    let n = check(unsafe {
        libc::syscall(libc::SYS_pwritev2, fd, &part, 1, -1_i64, -1_i64, libc::RWF_NOWAIT)
    })?;
    Ok(n as usize)
}

/// Sends what a socket takes at once, and raises no SIGPIPE (send(2)).
///
/// # Errors
/// EAGAIN when it is full, EPIPE and what else send(2) lists.
pub fn write_socket(fd: c_int, bytes: &[u8]) -> Result<usize, Errno> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the slice outlives the call.
    let n = check(unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), flags) } as _)?;
    Ok(n as usize)
}

/// Would a small write to `fd` go through without waiting (poll(2))?
pub fn writable(fd: c_int) -> bool {
    let mut poll = libc::pollfd { fd, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one pollfd that outlives the call.
    unsafe { libc::poll(&mut poll, 1, 0) == 1 && poll.revents & libc::POLLOUT != 0 }
}

/// Opens for writing, without waiting, controlling terminal or inheritance (open(2)).
///
/// # Errors
/// What open(2) lists.
pub fn open_nonblocking(path: &CStr) -> Result<c_int, Errno> {
    let flags = libc::O_WRONLY | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: the path outlives the call.
    let fd = check(unsafe { libc::open(path.as_ptr(), flags) }.into())?;
    Ok(fd as c_int)
}

/// From the call of [`seal_heap`] on, no memory may be asked for. Debug builds hold
/// the program to it: every integration test runs one and would see it abort.
#[cfg(debug_assertions)]
mod heap {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::sync::atomic::{AtomicBool, Ordering};

    pub(super) static SEALED: AtomicBool = AtomicBool::new(false);

    struct Guarded;

    #[global_allocator]
    static HEAP: Guarded = Guarded;

    // SAFETY: hands everything to the system's allocator, or ends the process.
    unsafe impl GlobalAlloc for Guarded {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            if SEALED.load(Ordering::Relaxed) {
                super::close(1);
                let _ = super::write(2, b"init: allocation after the spawn\n");
                std::process::abort();
            }
            // SAFETY: the caller's promise, passed on.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise, passed on.
            unsafe { System.dealloc(at, layout) }
        }
    }
}

/// Marks the point after which nothing may be allocated.
pub fn seal_heap() {
    #[cfg(debug_assertions)]
    heap::SEALED.store(true, std::sync::atomic::Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_entries() {
        for number in [0, 1, 9, 10, 4711, 4_194_304, u32::MAX] {
            let entry = NumberEntry::new(b"PID=");
            entry.append_number(number);
            assert_eq!(entry.to_bytes(), format!("PID={number}").into_bytes());
        }
        let entry = NumberEntry::new(&[b'x'; 40]);
        entry.append_number(7);
        assert_eq!(entry.to_bytes(), [b'x'; 31]);
    }

    #[test]
    fn an_entry_is_there_for_a_while() {
        let env = Strings::leak(&["A=1", "PID=1", "B=2"]);
        let now = || env.iter().map(|text| text.to_bytes().to_vec()).collect::<Vec<_>>();
        let before = now();
        let entry = NumberEntry::new(b"PID=");
        let during = env.with_entry(1, &entry, || {
            entry.append_number(23);
            now()
        });
        assert_eq!(during, [&b"A=1"[..], b"PID=23", b"B=2"]);
        assert_eq!(now(), before);
        assert_eq!(env.with_entry(3, &entry, now), before);
    }
}
