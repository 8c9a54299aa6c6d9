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
/// Signals or children cannot be waited for.
pub fn pause(config: &Config, own: Pid) -> Result<u8, Error> {
    adopt_orphans(config, own);
    prepare(config);
    release([None; 3]);
    sys::seal_heap();
    // The program before init may have left children that have ended already.
    let unable = |errno| Error::set_up("wait for children", errno);
    reap().map_err(unable)?;
    loop {
        match sys::take_signal(None).map(|info| info.signal()) {
            Ok(Some(Signal::TERM | Signal::INT)) => return Ok(0),
            Ok(Some(Signal::CHLD)) => reap().map_err(unable)?,
            // EINTR: init was stopped and continued.
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::set_up("wait for signals", errno)),
        }
    }
}

fn reap() -> Result<(), Errno> {
    loop {
        match sys::next_change(None) {
            Ok(Some(_)) => {}
            Ok(None) | Err(Errno::ECHILD) => return Ok(()),
            Err(errno) => return Err(errno),
        }
    }
}
