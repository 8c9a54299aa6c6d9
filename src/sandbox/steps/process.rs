//! What outer's child asks of the kernel for itself (credentials(7), prctl(2)).

use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd::{Pid, setpgid};

use super::SetUp;

/// Leads a process group of its own: a signal to outer's group then comes once, through
/// outer.
///
/// # Errors
/// None that setpgid(2) lists apply to a new process.
pub fn leave_group(_: &mut SetUp) -> Result<(), Errno> {
    let own = Pid::from_raw(0);
    setpgid(own, own)
}

/// Lets nobody without privileges look into this process (PR_SET_DUMPABLE).
///
/// # Errors
/// None, unless a filter refuses it.
pub fn hide(_: &mut SetUp) -> Result<(), Errno> {
    prctl::set_dumpable(false)
}
