//! What init asks of the kernel for itself, before the spawn. A refusal costs a warning,
//! not the run: the app works without.

use log::warn;
use nix::sys::prctl;
use nix::unistd::Pid;

use crate::config::Config;
use crate::messages::{self, Notice};
use crate::{sys, terminal};

/// Makes the orphans of the app come to init, which is `own`.
pub fn adopt_orphans(config: &Config, own: Pid) {
    // All orphans of the namespace come to PID 1 anyhow.
    if own.as_raw() == 1 {
        return;
    }
    if config.subreaper
        && let Err(errno) = prctl::set_child_subreaper(true)
    {
        warn!("become a subreaper: {} (orphans may become zombies)", sys::describe(errno));
    }
    if config.warn_no_reaper && !prctl::get_child_subreaper().unwrap_or(true) {
        messages::log(&Notice::NoReaper);
    }
}

/// Sets the parent-death signal, and gives up the terminal for a new session of the app.
pub fn prepare(config: &Config) {
    if let Some(signal) = config.parent_death_signal
        && let Err(errno) = sys::set_parent_death_signal(signal)
    {
        warn!("set the parent-death signal {signal}: {}", sys::describe(errno));
    }
    if config.new_session {
        terminal::give_up();
    }
}
