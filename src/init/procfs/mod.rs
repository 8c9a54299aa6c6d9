//! The processes that `/proc` shows.
//!
//! In: a mounted `/proc`. Out: one `Process` after the other, each held by a descriptor of
//! its directory, so that a signal to it cannot reach a later process with the same number.
//! Allocates nothing.

mod family;
mod process;

use std::ffi::CStr;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{Pid, getpid};

use crate::files;
use crate::init::guard::PROC;
use crate::messages;
use crate::parse_number::number;
use crate::sys;
use crate::text::Fixed;
pub use family::each_descendant;
pub use process::Process;
use process::Ticks;

/// More than a line of `/proc/PID/stat` takes: 52 numbers and a name of at most 64 bytes.
const STAT_MAX: usize = 1024;

/// A process, held so that its number cannot change hands.
pub struct Held {
    directory: OwnedFd,
    /// What it was found to be.
    pub process: Process,
}

impl Held {
    /// Its directory in `/proc`, which can stand for the process (pidfd_send_signal(2)).
    pub fn directory(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }
}

/// Which numbers are worth a closer look.
pub type Wanted<'a> = &'a dyn Fn(Pid) -> bool;

/// Every number is.
pub const ALL: Wanted<'static> = &|_| true;

/// A look at some ends after so many processes in a row that were born meanwhile, are gone, or wait
/// for init to reap them. The next look finds the processes after them. Elsewhere than as PID 1 the
/// number is 16 times as high: processes of others count too.
const IDLE_MAX: u32 = 256;

/// Whom a look has to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Each process that was there when the look began: a signal is for all of them.
    All,
    /// As many as a storm of newcomers leaves time for: there will be another look.
    Some,
}

/// How far a look came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// To the end.
    Whole,
    /// Processes are born or end as fast as init looks at them: it has stopped looking.
    Part,
}

/// Calls `visit` with each wanted process, in the order of their numbers; without init itself and
/// the kernel's threads. It ends however fast others are born, because numbers come to an end.
///
/// # Errors
/// - ENOENT and the like: there is no `/proc`.
/// - ETIMEDOUT: it does not answer.
/// - ESRCH: it is of another PID namespace, where our numbers mean other processes.
/// - EMFILE and the like: init could not look at some of the processes.
pub fn each(
    reach: Reach,
    wanted: Wanted<'_>,
    visit: &mut dyn FnMut(&Held),
) -> Result<Extent, Errno> {
    if !answers() {
        return Err(Errno::ETIMEDOUT);
    }
    let own = getpid();
    has_our_numbers()?;
    let proc = files::open_directory(AT_FDCWD, c"/proc")?;
    let began = clock_gettime(ClockId::CLOCK_BOOTTIME).map(|time| Ticks::of(time.into()));
    let mut result = Ok(Extent::Whole);
    let idle_max = if own.as_raw() == 1 { IDLE_MAX } else { 16 * IDLE_MAX };
    let mut idle = 0;
    files::each_name(&proc, &mut |name| {
        let pid = number(name.to_bytes()).map(Pid::from_raw);
        if pid.is_none_or(|pid| pid == own || !wanted(pid)) {
            return ControlFlow::Continue(());
        }
        let useful = match hold(proc.as_fd(), name) {
            Ok(held) => {
                let process = &held.process;
                if !process.is_of_kernel() {
                    visit(&held);
                }
                let late = began.is_ok_and(|began| process.born.is_after(began));
                !late && (process.parent != own || !process.ended())
            }
            Err(errno) if is_about_init(errno) => {
                result = Err(errno);
                true
            }
            // Otherwise it is hidden from init.
            Err(errno) => !matches!(errno, Errno::ENOENT | Errno::ESRCH),
        };
        idle = if useful { 0 } else { idle + 1 };
        if reach == Reach::All || idle < idle_max {
            return ControlFlow::Continue(());
        }
        result = result.and(Ok(Extent::Part));
        ControlFlow::Break(())
    })?;
    result
}

/// Is `/proc` of our PID namespace? In another one our numbers mean other processes.
///
/// # Errors
/// ESRCH when it is not; ENOENT and the like: there is no `/proc`.
pub fn has_our_numbers() -> Result<(), Errno> {
    let mut link = [0; 16];
    let linked = sys::read_link(c"/proc/self", &mut link)?;
    if number(linked) == Some(getpid().as_raw()) { Ok(()) } else { Err(Errno::ESRCH) }
}

/// Does `/proc` answer? The app may have mounted something else there.
fn answers() -> bool {
    let answers = PROC.answers(&|| {
        let directory = files::open_directory(AT_FDCWD, c"/proc");
        let _ = directory.and_then(|directory| {
            sys::read_directory(directory.as_fd(), &mut [0; 64]).map(drop)?;
            files::read(directory.as_fd(), c"self/stat", &mut [0]).map(drop)
        });
    });
    if !answers {
        messages::avoid_proc();
    }
    answers
}

/// Is this error about init, and not about the process that was to be looked at?
fn is_about_init(errno: Errno) -> bool {
    matches!(errno, Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM)
}

/// The process with this number.
pub fn find(pid: Pid) -> Option<Process> {
    if !answers() {
        return None;
    }
    has_our_numbers().ok()?;
    let mut path = Fixed::<32>::new();
    write!(path, "/proc/{pid}/stat").ok()?;
    read(AT_FDCWD, path.as_c_str()?).ok()
}

/// A process as it is now.
fn read_again(held: &Held) -> Result<Process, Errno> {
    read(held.directory(), c"stat")
}

fn hold(proc: BorrowedFd<'_>, name: &CStr) -> Result<Held, Errno> {
    let directory = files::open_directory(proc, name)?;
    let process = read(directory.as_fd(), c"stat")?;
    Ok(Held { directory, process })
}

fn read(at: BorrowedFd<'_>, path: &CStr) -> Result<Process, Errno> {
    let mut buffer = [0; STAT_MAX];
    Process::parse(files::read(at, path, &mut buffer)?).ok_or(Errno::EINVAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::Signal;

    #[test]
    fn finds_its_own_parent_and_children() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = Pid::from_raw(child.id() as i32);
        let mut found = None;
        each_descendant(Reach::All, ALL, &mut |held| {
            if held.process.pid == pid {
                found = Some((held.process, sys::pidfd_send(held.directory(), Signal::KILL, None)));
            }
        })
        .unwrap();
        let (process, sent) = found.unwrap();
        assert_eq!((process.parent, sent), (getpid(), Ok(())));
        assert_eq!(child.wait().unwrap().to_string(), "signal: 9 (SIGKILL)");
        let mut seen_init = false;
        each(Reach::All, ALL, &mut |held| seen_init |= held.process.pid.as_raw() == 1).unwrap();
        assert!(seen_init);
    }
}
