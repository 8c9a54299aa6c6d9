//! Job control: what init does when the main child is stopped, and continued.

use super::{Action, Actions, Audience, Phase, Source, State, Whom};
use crate::signals::Signal;
use crate::spawn::terminal::Holder;

impl State {
    /// The main child was stopped. With the terminal's job in the hands of a shell, init
    /// stops along, for init is what the shell waits for:
    ///
    /// | signal | foreground | init |
    /// |-|-|-|
    /// | any | the main child's | stops its group, taking the terminal along |
    /// | TSTP | init's | stops its group |
    /// | TTIN, TTOU | init's | gives it to the main child, which wanted it |
    /// | TTIN, TTOU | another's | stops its group, as a background job |
    /// | TSTP | another's | does nothing: a program sent it |
    /// | any, sent to init | not the main child's | stops alone |
    ///
    /// Without a shell nobody could continue the main child, and without init it would
    /// not have been stopped by its terminal at all: it goes on.
    pub(super) fn stopped(
        &mut self,
        signal: Signal,
        holder: Holder,
        shell: bool,
        actions: &mut Actions,
    ) {
        if self.phase != Phase::Running {
            return;
        }
        let wanted = signal == Signal::TTIN || signal == Signal::TTOU;
        let whom = match holder {
            Holder::Nobody => return,
            Holder::Main => Whom::Group,
            Holder::Ours | Holder::Other if self.stop_forwarded => Whom::Init,
            Holder::Ours if wanted => return self.resume(Source::Init, actions),
            Holder::Ours => Whom::Group,
            Holder::Other if wanted => Whom::Group,
            Holder::Other => return,
        };
        if shell {
            self.suspended = true;
            actions.push(Action::TakeTerminal);
            actions.push(Action::Suspend(signal, whom));
        } else if holder != Holder::Other && !self.stop_forwarded {
            self.resume(Source::Init, actions);
        }
    }

    /// The kernel says that no shell could continue init.
    pub(super) fn not_suspended(&mut self, signal: Signal, actions: &mut Actions) {
        let was = std::mem::take(&mut self.suspended);
        // Whoever reads from the background would be stopped again at once.
        let runs = self.phase == Phase::Running;
        if was && runs && signal == Signal::TSTP && !self.stop_forwarded {
            self.resume(Source::Init, actions);
        }
    }

    /// The main child's whole group goes on, in the foreground if that is the job's.
    pub(super) fn resume(&self, source: Source, actions: &mut Actions) {
        actions.push(Action::GiveTerminal);
        actions.push(Action::Send(Signal::CONT, Audience::Job, source));
    }
}
