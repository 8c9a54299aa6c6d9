//! Events that each personality reports in its own words.
//!
//! In: a `Notice`. Out: levels and words. Pure, and allocates nothing.

use std::fmt;

use log::Level;
use nix::unistd::Pid;

use super::error::Error;
use crate::exit::Ended;
use crate::signals::Signal;
use crate::text::Printable;

/// An event that a reader of the log may look for.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// The command was not started.
    Failed(&'a Error),
    /// init is neither PID 1 nor a subreaper, so orphans do not become its children.
    NoReaper,
    /// init gave up its terminal, and dropped this signal, which the kernel sent for that.
    HandOff(Signal),
    /// The main child leads a session of its own.
    Session,
    /// The main child runs.
    Started {
        /// The command.
        name: &'a [u8],
        /// Its process.
        pid: Pid,
    },
    /// init received a signal.
    Received(Signal),
    /// init sent a signal.
    Sent(Signal),
    /// A process was reaped.
    Reaped {
        /// The process.
        pid: Pid,
        /// How it ended.
        ended: Ended,
        /// Is it the main child?
        main: bool,
        /// Does `--warn-on-reap` ask for a warning?
        warn: bool,
    },
    /// The main child is gone, and init exits with this status.
    Exiting(u8),
}

/// Takes a message: its level and its words.
pub type Emit<'a> = &'a mut dyn FnMut(Level, fmt::Arguments<'_>);

/// Our own words for a notice.
pub fn emit_in_our_words(notice: &Notice<'_>, emit: Emit<'_>) {
    match *notice {
        Notice::Failed(error) => emit(Level::Error, format_args!("{error}")),
        Notice::NoReaper => {
            emit(Level::Warn, format_args!("not PID 1 and no subreaper: orphans go elsewhere"));
        }
        Notice::HandOff(signal) => {
            emit(Level::Debug, format_args!("drop {signal} of the terminal that was given up"));
        }
        Notice::Session => emit(Level::Debug, format_args!("the main child leads a session")),
        Notice::Started { name, pid } => {
            emit(Level::Info, format_args!("main child {pid} started: {}", Printable(name)));
        }
        Notice::Received(signal) => emit(Level::Debug, format_args!("take {signal}")),
        Notice::Sent(signal) => emit(Level::Debug, format_args!("send {signal}")),
        Notice::Reaped { pid, ended, main: true, .. } => {
            emit(Level::Info, format_args!("main child {pid} ended: {ended}"));
        }
        Notice::Reaped { pid, ended, main: false, warn } => {
            let level = if warn { Level::Warn } else { Level::Debug };
            emit(level, format_args!("reaped process {pid}: {ended}"));
        }
        Notice::Exiting(status) => emit(Level::Debug, format_args!("exit with {status}")),
    }
}
