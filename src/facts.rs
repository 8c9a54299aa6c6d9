//! Looks up what plans depend on, once, at start. In: the `Config`. Out: `Facts`, or the error
//! of a process that could not be an init.

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::getpid;

use crate::config::Config;
use crate::messages::Error;
use crate::plan::Facts;
use crate::signals::SignalSet;
use crate::{sys, terminal};

/// The stack's limit in bytes; execve(2) measures words and environment by it.
pub fn stack_limit() -> u64 {
    getrlimit(Resource::RLIMIT_STACK).map_or(u64::MAX, |(soft, _)| soft)
}

/// The facts that every plan depends on. `mask`: the signal mask before init blocked all.
///
/// # Errors
/// A filter refuses what an init cannot do without.
pub fn look_up(config: &Config, mask: Result<SignalSet, Errno>) -> Result<Facts, Error> {
    let own = getpid();
    if own.as_raw() < 1 {
        // A filter answered in place of the kernel, and kill(2) may take that for everybody.
        let errno = Errno::from_raw(own.as_raw().saturating_neg());
        return Err(Error::set_up("getpid", errno));
    }
    Ok(Facts {
        own,
        mask: mask.map_err(|errno| Error::set_up("block signals", errno))?,
        // If it stayed ignored, it would hide how children end (wait(2)).
        child_ignored: sys::ignore_child_signal(false)
            .map_err(|errno| Error::set_up("reset SIGCHLD", errno))?,
        foreground: !config.new_session && terminal::is_foreground(),
    })
}
