//! The loop of `--pause`. There is no main child: nothing to forward, nothing to decide.

use nix::errno::Errno;
use nix::unistd::Pid;

use super::release::release;
use super::{adopt_orphans, prepare};
use crate::config::Config;
use crate::messages::Error;
use crate::signals::Signal;
use crate::sys;

/// Reaps until TERM or INT comes; returns init's status. It needs no arguments, no file, no
/// `/proc` and no privilege.
///
/// # Errors
/// Signals cannot be waited for.
pub fn pause(config: &Config, own: Pid) -> Result<u8, Error> {
    adopt_orphans(config, own);
    prepare(config);
    release([None; 3]);
    sys::seal_heap();
    // The program before init may have left children that have ended already.
    reap();
    loop {
        match sys::take_signal(None).map(|info| info.signal()) {
            Ok(Some(Signal::TERM | Signal::INT)) => return Ok(0),
            Ok(Some(Signal::CHLD)) => reap(),
            // EINTR: init was stopped and continued.
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::set_up("wait for signals", errno)),
        }
    }
}

fn reap() {
    while matches!(sys::next_change(None), Ok(Some(_))) {}
}
