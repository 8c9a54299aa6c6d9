//! What outer's child asks of the kernel for itself (credentials(7), prctl(2)).

use log::warn;
use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd::{Pid, setpgid};

use super::SetUp;
use crate::capabilities::{Capability, CapabilitySet};
use crate::sys::{self, Capabilities};

/// Leads a process group of its own: a signal to outer's group then comes once, through
/// outer.
///
/// # Errors
/// None that setpgid(2) lists apply to a new process.
pub fn leave_group(_: &mut SetUp) -> Result<(), Errno> {
    let own = Pid::from_raw(0);
    setpgid(own, own)
}

/// Makes this process a subreaper (PR_SET_CHILD_SUBREAPER). Refused, that costs a warning and
/// not the run: the app works without it.
///
/// # Errors
/// None.
pub fn adopt_orphans(_: &mut SetUp) -> Result<(), Errno> {
    if let Err(errno) = prctl::set_child_subreaper(true) {
        warn!("become a subreaper: {} (orphans may become zombies)", sys::describe(errno));
    }
    Ok(())
}

/// Lets nobody without privileges look into this process (PR_SET_DUMPABLE).
///
/// # Errors
/// None, unless a filter refuses it.
pub fn hide(_: &mut SetUp) -> Result<(), Errno> {
    prctl::set_dumpable(false)
}

/// Keeps one capability only: an init needs it to signal processes of other users.
///
/// # Errors
/// None, unless a filter refuses it.
pub fn keep_kill(_: &mut SetUp) -> Result<(), Errno> {
    let kill = CapabilitySet::only(Capability::KILL);
    let kept = sys::capabilities()?.permitted.intersection(kill);
    let none = CapabilitySet::NONE;
    sys::set_capabilities(&Capabilities { effective: kept, permitted: kept, inheritable: none })
}
