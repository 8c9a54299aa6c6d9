//! The loop of `--pause`: no main child, so nothing to forward and nothing to decide.

use nix::unistd::Pid;

use super::{prepare, release};
use crate::config::Config;
use crate::signals::Signal;
use crate::sys;

/// Reaps until TERM or INT comes; returns init's status. It has no need of arguments,
/// files, `/proc` or any right.
pub fn pause(config: &Config, own: Pid) -> u8 {
    prepare(config, own);
    release::release([None; 3]);
    sys::seal_heap();
    loop {
        // A failure is EINTR: init was stopped and continued.
        match sys::take_signal(None).ok().and_then(|info| info.signal()) {
            Some(Signal::TERM | Signal::INT) => return 0,
            Some(Signal::CHLD) => while matches!(sys::next_change(None), Ok(Some(_))) {},
            _ => {}
        }
    }
}
