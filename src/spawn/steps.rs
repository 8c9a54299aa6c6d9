//! What the steps of an `AppPlan` do, in the app's own process. Nothing here may allocate,
//! log or panic: after vfork the process shares init's memory.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd::{Pid, getpid, getppid, setpgid, setsid};

use super::{LateEntries, capabilities, descriptors, directory};
use crate::plan::app::Step;
use crate::seccomp::guard;
use crate::signals::{Signal, SignalSet};
use crate::sys::{self, STDIN};
use crate::terminal;

/// Does one step in the app's own process. `link`: a descriptor that no step closes.
///
/// # Errors
/// The kernel's, of a step that the app may not start without.
pub fn run(
    step: Step,
    parent: Pid,
    late: &LateEntries<'_>,
    link: Option<BorrowedFd<'_>>,
    forgotten: &mut SignalSet,
) -> Result<(), Errno> {
    let own = Pid::from_raw(0);
    match step {
        // Where this is refused, a start that hangs has no limit.
        Step::StartWithin(time) => drop(sys::be_killed_in(time)),
        // The parent waits until the exec, so a setpgid on its side would add nothing.
        Step::ProcessGroup => setpgid(own, own)?,
        Step::Session => drop(setsid()?),
        Step::DieWithParent { required } => die_with(parent, link, required)?,
        Step::ForgetPending => forget_pending(forgotten)?,
        Step::Foreground => terminal::give(STDIN, getpid()),
        Step::ControllingTerminal => terminal::control(),
        Step::Stderr(fd) => sys::redirect_stderr(fd)?,
        // `Steps` takes it apart.
        Step::Several(_) => {}
        Step::Limit(limit) => sys::set_limit(limit.resource.number(), limit.soft, limit.hard)?,
        Step::Directory(path) => directory::enter(path, late)?,
        Step::Bounding(dropped) => capabilities::bound(dropped)?,
        Step::Groups(groups) => sys::set_groups(groups)?,
        Step::Group(id) => sys::set_group(id)?,
        Step::User { id, keep } => become_user(id, keep)?,
        Step::Capabilities(drop, add) => capabilities::drop_and_add(drop, add)?,
        Step::NoNewPrivs => prctl::set_no_new_privs()?,
        Step::NewKeyring => new_keyring()?,
        Step::GuardTerminal => sys::load_filter(guard::PROGRAM)?,
        Step::Filter(filter) => sys::load_filter(filter.program)?,
        Step::CloseFrom(first) => descriptors::close_from(first, [link, None, None, None])?,
        Step::IgnoreChildSignal => drop(sys::ignore_child_signal(true)?),
        Step::NoteStop => sys::note_stop()?,
        Step::Mask(mask) => drop(sys::set_signal_mask(mask)?),
    }
    Ok(())
}

/// A filter that refuses this refuses it to init too, which could then take no signal and
/// reap no child.
fn forget_pending(forgotten: &mut SignalSet) -> Result<(), Errno> {
    loop {
        match sys::take_signal(Some(Duration::ZERO)) {
            Ok(info) => {
                *forgotten = info.signal().map_or(*forgotten, |signal| forgotten.with(signal));
            }
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => return Ok(()),
            Err(errno) => return Err(errno),
        }
    }
}

/// A kernel without keys has none to be read, and a filter that refuses keyctl(2) refuses it to
/// the app as well.
fn new_keyring() -> Result<(), Errno> {
    match sys::join_new_keyring() {
        Err(Errno::ENOSYS | Errno::EPERM) => Ok(()),
        joined => joined,
    }
}

fn become_user(id: u32, keep: bool) -> Result<(), Errno> {
    if keep {
        prctl::set_keepcaps(true)?;
    }
    sys::set_user(id)
}

/// If the parent is gone already, there is no start. A parent outside of our PID namespace has
/// no number here, and neither has whoever adopts us: then the link tells.
fn die_with(parent: Pid, link: Option<BorrowedFd<'_>>, required: bool) -> Result<(), Errno> {
    match sys::set_parent_death_signal(Signal::KILL) {
        Err(errno) if required => return Err(errno),
        Ok(()) | Err(_) => {}
    }
    let found = getppid();
    let outside = found.as_raw() == 0 && link.is_some_and(|link| !sys::hung_up(link));
    if found == parent || outside { Ok(()) } else { Err(Errno::ESRCH) }
}
