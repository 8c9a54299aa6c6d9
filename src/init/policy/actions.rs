//! What init does about it, as the policy has it. Plain data, and nothing allocated.

use crate::signals::Signal;

/// Who gets a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipients {
    /// StopTarget `--forward-to` names.
    Forwarded,
    /// The main child's group, as a terminal or a shell would, or all that
    /// `--forward-to` names.
    Job,
    /// The main child alone.
    Main,
    /// Those of `--forward-to`'s who have outlived the main child.
    EndSignal,
    /// Everybody who is left.
    Survivors,
}

/// What a signal that goes out is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The signal that was just taken, with its value.
    Taken,
    /// The signal held in this row of `--delay`'s table, with its value.
    Held(usize),
    /// init itself.
    Init,
}

/// Who stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopTarget {
    /// init alone.
    Init,
    /// All of init's process group: to the shell, that is the job.
    Group,
}

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Before the next wait, reap all children that have ended, then say who is left.
    Drain,
    /// Send a signal.
    Send(Signal, Recipients, Source),
    /// Keep a signal for this row of `--delay`'s table.
    Hold(usize, Source),
    /// Make the main child's group the foreground one, if init's is.
    GiveTerminal,
    /// Make init's group the foreground one, if the main child's is.
    TakeTerminal,
    /// Continue the others in init's own group.
    WakeJob,
    /// Stop by this signal, until a CONT.
    Suspend(Signal, StopTarget),
    /// The main child left others behind: count them for who wants to know.
    CountSurvivors,
    /// Tell those to end who were born since the others were told.
    TellNewcomers,
    /// Name everybody who is left, and SIGKILL them.
    KillSurvivors,
    /// The survivors do not die: say so.
    GiveUp,
    /// Exit with this status.
    Exit(u8),
}

/// The actions one event leads to, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actions {
    list: [Option<Action>; Actions::MAX],
    len: usize,
}

impl Actions {
    /// The most that one event leads to: each deadline due at once, and some more.
    const MAX: usize = 24;

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
