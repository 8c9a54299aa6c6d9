//! The loop of `--pause`: no main child, so nothing to forward and nothing to decide.

use nix::errno::Errno;
use nix::unistd::Pid;

use super::release::release;
use super::{adopt_orphans, prepare};
use crate::config::Config;
use crate::messages::Error;
use crate::signals::Signal;
use crate::sys;

/// Reaps until TERM or INT comes; returns init's status. It has no need of arguments,
/// files, `/proc` or any right.
///
/// # Errors
/// Signals cannot be waited for.
pub fn pause(config: &Config, own: Pid) -> Result<u8, Error> {
    adopt_orphans(config, own);
    prepare(config);
    release([None; 3]);
    sys::seal_heap();
    // Children of whoever became init may have ended already.
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
