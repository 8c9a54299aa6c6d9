//! What init is to do, as the policy decides it. Plain data; nothing is allocated.

use std::time::Duration;

use crate::signals::Signal;

/// Who gets a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipients {
    /// Those whom `--forward-to` names.
    Forwarded,
    /// The main child's group, as a terminal or a shell would have it, or all processes
    /// where `--forward-to` names all.
    Job,
    /// Those of `Forwarded` who have outlived the main child.
    EndSignal,
    /// Everybody who is left.
    Survivors,
    /// Everybody who is left. Processes that had not been asked to end before get CONT after
    /// it, and HUP if they have a controlling terminal.
    SurvivorsWoken,
}

/// Where a signal that goes out comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is the signal that was just taken, with its value.
    Taken,
    /// It is the signal held in this row of `--delay`'s table, with its value.
    Held(usize),
    /// init makes it.
    Init,
}

/// Who stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopTarget {
    /// init alone.
    Init,
    /// All of init's process group, which the shell takes for the job.
    Group,
}

/// Which survivors are asked to end. In each case those who were asked before are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those whom nobody else would ask: children of init, and processes whose parent is
    /// outside. Children that are older than the main child are left out.
    Roots,
    /// The same, with the older children.
    AllRoots,
    /// Everybody.
    Everybody,
}

/// Why init kills the main child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KillCause {
    /// It has outlived this signal by this long: `--kill-after`.
    KillAfter(Signal, Duration),
    /// It has run for the first duration, and outlived the signal to end by the second:
    /// `--timeout`, `--grace-period`.
    Timeout(Duration, Duration),
}

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Before the next wait, reap all children that have ended, and say who is left.
    Drain,
    /// Send a signal.
    Send(Signal, Recipients, Source),
    /// Keep a signal in this row of `--delay`'s table.
    Hold(usize, Source),
    /// Make the main child's group the foreground one, if init's is.
    GiveTerminal,
    /// Make init's group the foreground one, if the main child's is.
    TakeTerminal,
    /// Continue the other processes of init's own group.
    WakeJob,
    /// Stop by this signal, until a CONT.
    Suspend(Signal, StopTarget),
    /// The main child left others behind: count them for the report.
    CountSurvivors,
    /// Ask survivors to end: TERM, CONT, and HUP for those with a controlling terminal.
    Notify(Scope),
    /// Warn whom init waits for, and that they are killed after this long.
    WarnWaiting(Duration),
    /// Warn for how many processes init waits, without end.
    WarnWaitingForAll,
    /// Name the main child and the cause, and send SIGKILL to it.
    KillMain(KillCause),
    /// Name everybody who is left, and send SIGKILL to them.
    KillSurvivors,
    /// Warn that the survivors do not die.
    GiveUp,
    /// Exit with this status.
    Exit(u8),
}

/// The actions that one event leads to, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actions {
    list: [Option<Action>; Actions::MAX],
    len: usize,
}

impl Actions {
    /// More than one event leads to when every deadline is due at once.
    const MAX: usize = 40;

    /// Nothing to do.
    pub const NONE: Actions = Actions { list: [None; Actions::MAX], len: 0 };

    pub(super) fn push(&mut self, action: Action) {
        if let Some(place) = self.list.get_mut(self.len) {
            *place = Some(action);
            self.len += 1;
        }
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = Action> {
        self.list.iter().map_while(|action| *action)
    }
}
