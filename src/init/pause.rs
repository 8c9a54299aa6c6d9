//! The loop of `--pause`. There is no main child, so nothing to forward.
//!
//! In: signals. Out: init's status. It needs no arguments, no file, no `/proc` and no privilege.

use std::time::Duration;

use log::warn;
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::deliver::{EVERYBODY, highest_number, is_there};
use super::event_loop::now;
use super::policy::{Pausing, Step};
use super::reap::Turns;
use super::release::release;
use super::{adopt_orphans, prepare};
use crate::config::Config;
use crate::messages::Error;
use crate::signals::Signal;
use crate::sys;

/// Reaps until TERM or INT comes, and as PID 1 until the others have ended or their time is
/// over; returns init's status.
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
    let mut more = reap().map_err(unable)?;
    // Elsewhere than as PID 1 nobody dies with pause.
    let grace_period = if own.as_raw() == 1 { config.grace_period } else { Duration::ZERO };
    let mut pausing = Pausing::new(grace_period);
    loop {
        let next = if more { Some(now()) } else { pausing.next_look() };
        let timeout = next.map(|at| at.since(now()));
        let mut step = Step::Wait;
        match sys::take_signal(timeout).map(|info| info.signal()) {
            Ok(Some(Signal::TERM | Signal::INT)) => step = pausing.asked_to_end(now()),
            Ok(Some(Signal::CHLD)) => more = true,
            // EAGAIN: it is time to look. EINTR: init was stopped and continued.
            Ok(_) | Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(errno) => return Err(Error::set_up("wait for signals", errno)),
        }
        if more {
            more = reap().map_err(unable)?;
            pausing.child_ended(now());
        }
        if step == Step::Exit
            || (pausing.next_look().is_some_and(|at| at <= now()) && look(&mut pausing, &mut more))
        {
            return Ok(0);
        }
    }
}

/// Looks whether others are there, and does what follows; says whether it is time to exit.
fn look(pausing: &mut Pausing, more: &mut bool) -> bool {
    let began = now();
    // Signals with lower numbers keep SIGCHLD back. An error was reported when it came.
    *more |= reap().unwrap_or(false);
    let others = is_there(EVERYBODY);
    let exit = match pausing.looked(others, began, now()) {
        Step::Wait => false,
        Step::Tell => !tell_everybody(),
        Step::Exit => true,
    };
    if exit && others {
        warn!("end with processes left, which the kernel kills");
    }
    exit
}

/// Asks everybody to end; says whether somebody was told. kill(-1) does not say it: it
/// succeeds also where each process may not be signalled.
fn tell_everybody() -> bool {
    for signal in [Signal::TERM, Signal::CONT] {
        let _ = sys::kill(EVERYBODY, signal);
    }
    (2..=highest_number(Pid::from_raw(1))).any(|pid| kill(Pid::from_raw(pid), None).is_ok())
}

/// Reaps for a while; says whether more may be left.
fn reap() -> Result<bool, Errno> {
    let mut turns = Turns::default();
    while turns.another(now) {
        match sys::next_change(None) {
            Ok(Some(_)) => {}
            Ok(None) | Err(Errno::ECHILD) => return Ok(false),
            Err(errno) => return Err(errno),
        }
    }
    Ok(true)
}
