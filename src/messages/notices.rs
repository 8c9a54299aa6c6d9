//! What init tells about its own doings, apart from how each personality words it.
//!
//! In: a `Notice`. Out: a `log` record at the level and in the words of the style that
//! was set up. Allocates nothing.

use std::fmt;

use log::Level;
use nix::unistd::Pid;

use crate::exit::Ended;
use crate::messages::error::Error;
use crate::messages::logger;
use crate::signals::Signal;
use crate::text::Printable;

/// Something that happened and that a log reader may wait for.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// The command was not started.
    Failed(&'a Error),
    /// init is not PID 1, and orphans will not come to it either.
    NoReaper,
    /// init gave up its terminal, and of the signals that this made, this one was dropped.
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
    /// A signal was taken.
    Taken(Signal),
    /// A signal went out.
    Sent(Signal),
    /// A process was reaped.
    Reaped {
        /// Which one.
        pid: Pid,
        /// How it ended.
        ended: Ended,
        /// Is it the main child?
        main: bool,
        /// Were warnings of the others asked for?
        warn: bool,
    },
    /// The main child is gone, and init follows with this status.
    Over(u8),
}

/// Takes the words for a notice.
pub type Words<'a> = &'a mut dyn FnMut(Level, fmt::Arguments<'_>);

/// Logs `notice` as the personality words it.
pub fn tell(notice: &Notice<'_>) {
    (logger::style().tell)(notice, &mut |level, words| log::log!(level, "{words}"));
}

/// Our own words.
pub fn in_our_words(notice: &Notice<'_>, say: Words<'_>) {
    match *notice {
        Notice::Failed(error) => say(Level::Error, format_args!("{error}")),
        Notice::NoReaper => {
            say(Level::Warn, format_args!("not PID 1 and no subreaper: orphans go elsewhere"));
        }
        Notice::HandOff(signal) => {
            say(Level::Debug, format_args!("drop {signal} of the terminal that was given up"));
        }
        Notice::Session => say(Level::Debug, format_args!("the main child leads a session")),
        Notice::Started { name, pid } => {
            say(Level::Info, format_args!("main child {pid} started: {}", Printable(name)));
        }
        Notice::Taken(signal) => say(Level::Debug, format_args!("take {signal}")),
        Notice::Sent(signal) => say(Level::Debug, format_args!("send {signal}")),
        Notice::Reaped { pid, ended, main: true, .. } => {
            say(Level::Info, format_args!("main child {pid} ended: {ended}"));
        }
        Notice::Reaped { pid, ended, main: false, warn } => {
            let level = if warn { Level::Warn } else { Level::Debug };
            say(level, format_args!("reaped process {pid}: {ended}"));
        }
        Notice::Over(status) => say(Level::Debug, format_args!("exit with {status}")),
    }
}
