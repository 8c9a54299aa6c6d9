//! Existing namespaces: found, and entered (setns(2)).
//!
//! In: what the command line names. Out: open descriptors, and what each leads to; then calls
//! of setns(2), in the order of the plan.

use std::borrow::Cow;
use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use log::info;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sched::{CloneFlags, setns};
use nix::sys::prctl;
use nix::sys::stat::{FileStat, Mode, fstat, stat};
use nix::unistd::Pid;

use super::SetUp;
use crate::config::sandbox::{Join, JoinFrom, Sandbox};
use crate::diagnosis::Attempt;
use crate::namespaces::{Namespace, Namespaces};
use crate::plan::Description;
use crate::plan::joins::{Door, Step};
use crate::sandbox::{Failed, denies_groups};
use crate::sys;

/// The way into existing namespaces.
#[derive(Debug, Default)]
pub struct Doors {
    /// What is open, in the order of the plan's doors.
    pub open: Vec<OwnedFd>,
    /// The types that outer has entered.
    pub entered: Namespaces,
}

/// Opens what `--join` names, and finds which types differ from ours.
///
/// # Errors
/// There is no such process or file, or it is not what it has to be.
pub(in crate::sandbox) fn open_all(sandbox: &Sandbox) -> Result<(Doors, Vec<Door>), Failed> {
    let (mut doors, mut found) = (Doors::default(), Vec::new());
    for join in &sandbox.joins {
        let opened = match join.from {
            JoinFrom::Process(pid) => open_process(pid, named(sandbox)),
            JoinFrom::File(namespace, file) => open_file(namespace, file),
        };
        let Opened { fd, types, groups_denied } = opened.map_err(|(errno, said)| Failed {
            step: Description {
                operation: "open for --join",
                object: join.word,
                cause: said.is_none().then_some(Attempt::OpenToJoin),
            },
            errno,
            said,
        })?;
        let process = matches!(join.from, JoinFrom::Process(_));
        found.push(Door { word: join.word, types, process, groups_denied });
        doors.open.push(fd);
    }
    Ok((doors, found))
}

/// The types that files stand for.
fn named(sandbox: &Sandbox) -> Namespaces {
    sandbox.joins.iter().fold(Namespaces::NONE, |types, Join { from, .. }| match from {
        JoinFrom::File(namespace, _) => types.with(*namespace),
        JoinFrom::Process(_) => types,
    })
}

/// What a door leads to.
struct Opened {
    fd: OwnedFd,
    types: Namespaces,
    groups_denied: bool,
}

/// Why a door does not open, and what is known of the cause.
type Closed = (Errno, Option<Cow<'static, str>>);

/// The process, and the types in which it differs from us; `but` these.
fn open_process(pid: i32, but: Namespaces) -> Result<Opened, Closed> {
    let silent = |errno| (errno, None);
    let process = sys::open_process(pid).map_err(silent)?;
    let name = name_in_proc(process.as_fd())?;
    let mut types = Namespaces::NONE;
    for namespace in Namespace::ALL.into_iter().filter(|namespace| !but.contains(*namespace)) {
        match stat_of(&name, namespace) {
            Ok(theirs) if is_ours(namespace, &theirs) != Some(false) => {}
            Ok(_) => types = types.with(namespace),
            // The kernel has none of this type.
            Err(Errno::ENOENT) if stat_of("self", namespace) == Err(Errno::ENOENT) => {}
            Err(errno) => return Err(silent(errno)),
        }
    }
    if types == Namespaces::NONE {
        info!("--join {pid}: it is in no namespace that is not ours");
    }
    let groups_denied = types.contains(Namespace::User) && denies_groups(&name);
    Ok(Opened { fd: process, types, groups_denied })
}

/// The number of the process in `/proc`, which may be of another PID namespace than ours.
fn name_in_proc(process: BorrowedFd<'_>) -> Result<String, Closed> {
    let file = format!("/proc/self/fdinfo/{}", process.as_raw_fd());
    let text = std::fs::read_to_string(file).map_err(|_| (Errno::ENOENT, None))?;
    let number = text.lines().find_map(|line| line.strip_prefix("Pid:")).map(str::trim);
    match number {
        Some("-1") => Err((Errno::ESRCH, None)),
        Some("0") | None => {
            let said = "the visible /proc does not show that process; use --join TYPE=FILE";
            Err((Errno::ENOENT, Some(said.into())))
        }
        Some(number) => Ok(number.to_owned()),
    }
}

/// Tries to enter these namespaces of a process.
///
/// # Errors
/// What was tried last, and the kernel's answer.
pub fn try_out(child: Pid, types: Namespaces) -> Result<(), (Attempt, Errno)> {
    let opened = open_process(child.as_raw(), Namespaces::NONE);
    let Opened { fd, .. } = opened.map_err(|(errno, _)| (Attempt::OpenToJoin, errno))?;
    set(fd.as_fd(), types).map_err(|errno| (Attempt::Join(types), errno))
}

fn open_file(namespace: Namespace, file: &[u8]) -> Result<Opened, Closed> {
    let silent = |errno| (errno, None);
    let said = |text: String| Err((Errno::EINVAL, Some(text.into())));
    // Whatever it is, init does not wait for it.
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let open = open(file, flags, Mode::empty()).map_err(silent)?;
    let types = Namespaces::only(namespace);
    match sys::namespace_flag(open.as_fd()) {
        Ok(flag) if flag == namespace.flag() => {}
        Ok(flag) => {
            let found = Namespace::ALL.into_iter().find(|other| other.flag() == flag);
            let found = found.map_or("other", Namespace::name);
            return said(format!("it stands for a namespace of type {found}"));
        }
        // Linux before 4.11, or a filter: setns(2) will tell.
        Err(Errno::ENOSYS | Errno::EPERM) => {}
        Err(_) => return said("it stands for no namespace".to_owned()),
    }
    let theirs = fstat(&open).map_err(silent)?;
    if is_ours(namespace, &theirs) == Some(true) {
        return said("init is in it already; leave it out".to_owned());
    }
    // No file tells whether its user namespace denies them.
    Ok(Opened { fd: open, types, groups_denied: false })
}

/// Is this the namespace that we are in? `None` where that cannot be known.
fn is_ours(namespace: Namespace, theirs: &FileStat) -> Option<bool> {
    let ours = stat_of("self", namespace).ok()?;
    Some((ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino))
}

fn stat_of(process: &str, namespace: Namespace) -> Result<FileStat, Errno> {
    let path = CString::new(format!("/proc/{process}/ns/{}", namespace.kernel_name()));
    stat(path.map_err(|_| Errno::EINVAL)?.as_c_str())
}

/// outer's step, before the clone.
///
/// # Errors
/// As [`set_up`].
pub fn enter_as_outer(step: Step, doors: &mut Doors) -> Result<(), Errno> {
    if step.types.contains(Namespace::User) && !doors.entered.contains(Namespace::Pid) {
        // Its root shall not look into outer.
        prctl::set_dumpable(false)?;
    }
    let entered = doors.entered;
    doors.entered = enter(step, doors, entered)?;
    Ok(())
}

/// Enters namespaces.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN here and there; EINVAL for a user namespace that is entered
/// already, and for a PID namespace that is not below ours.
pub fn set_up(step: Step, doors: &Doors, state: &mut SetUp) -> Result<(), Errno> {
    let entered = doors.entered.union(state.entered);
    state.entered = enter(step, doors, entered)?;
    // As a change of ids does, entering a user namespace may give our files in /proc to root.
    state.files_are_roots = true;
    Ok(())
}

/// What is entered after the step.
fn enter(step: Step, doors: &Doors, entered: Namespaces) -> Result<Namespaces, Errno> {
    let types = step.types.minus(entered);
    let over = step.unless.minus(entered) != step.unless || types == Namespaces::NONE;
    let Some(door) = doors.open.get(step.door).filter(|_| !over) else { return Ok(entered) };
    let needed = types.minus(step.optional);
    match set(door.as_fd(), types) {
        Err(Errno::EPERM) if step.again => Ok(entered),
        Err(Errno::EPERM) if needed != types => {
            info!("--join: the time namespace may not be entered, and stays as it is");
            if needed != Namespaces::NONE {
                set(door.as_fd(), needed)?;
            }
            Ok(entered.union(needed))
        }
        done => done.map(|()| entered.union(types)),
    }
}

fn set(door: BorrowedFd<'_>, types: Namespaces) -> Result<(), Errno> {
    setns(door, CloneFlags::from_bits_retain(types.flags()))
}
