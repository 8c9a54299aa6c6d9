//! Job control: what init does when the main child is stopped, and continued.

use nix::unistd::Pid;

use super::{Action, Actions, Phase, Recipients, Sender, Source, State, StopTarget};
use crate::signals::Signal;
use crate::terminal::Holder;

impl State {
    /// The main child was stopped. With the terminal's job in the hands of a shell, init
    /// stops along, for init is what the shell waits for:
    ///
    /// | signal | foreground | init |
    /// |-|-|-|
    /// | TSTP | the main child's | stops its group, taking the terminal along |
    /// | TSTP | init's | stops its group |
    /// | TTIN, TTOU | the main child's | lets it go on: it has by now what it wanted |
    /// | TTIN, TTOU | init's | gives it to the main child, which wanted it |
    /// | TTIN, TTOU | another's | stops its group, as a background job |
    /// | TSTP | another's | does nothing: a program sent it |
    /// | any, sent to init | the main child's | stops its group |
    /// | any, sent to init | another's | stops alone |
    /// | STOP | the main child's | takes it, so that keys reach somebody; goes on |
    /// | STOP | another | does nothing: whoever stopped it will continue it |
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
        if signal == Signal::STOP {
            if shell && holder == Holder::Main {
                self.halted = true;
                actions.push(Action::TakeTerminal);
            }
            return;
        }
        let wanted = signal == Signal::TTIN || signal == Signal::TTOU;
        let whom = match holder {
            Holder::Nobody => return,
            Holder::Main if self.stop_forwarded => StopTarget::Group,
            Holder::Ours | Holder::Other if self.stop_forwarded => StopTarget::Init,
            Holder::Main | Holder::Ours if wanted => return self.resume(Source::Init, actions),
            Holder::Main | Holder::Ours => StopTarget::Group,
            Holder::Other if wanted => StopTarget::Group,
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

    /// init runs and has seen no CONT. The kernel did not stop it, for no shell could
    /// continue it; or it did, and the next stop has thrown the CONT away (signal(7)).
    pub(super) fn not_suspended(&mut self, signal: Signal, holder: Holder, actions: &mut Actions) {
        let was = std::mem::take(&mut self.suspended) && self.phase == Phase::Running;
        // Whoever reads from the background would be stopped again at once.
        let can = match holder {
            Holder::Ours | Holder::Main => true,
            Holder::Other | Holder::Nobody => signal == Signal::TSTP,
        };
        if was && can && !self.stop_forwarded {
            self.resume(Source::Init, actions);
        }
    }

    /// Ctrl-Z, or a program's word, for a main child that SIGSTOP has stopped already:
    /// nothing new would come from it. The others of the group have got the signal too.
    pub(super) fn stop_halted(&mut self, signal: Signal, actions: &mut Actions) {
        self.suspended = true;
        actions.push(Action::Suspend(signal, StopTarget::Init));
    }

    /// A stop signal was taken. If init thinks that the job is stopped, there was a CONT
    /// that this one has thrown away (signal(7)): one of them does not stand for both.
    pub(super) fn stops_again(&mut self, sender: Sender, actions: &mut Actions) {
        if std::mem::take(&mut self.suspended) {
            self.resume(Source::Init, actions);
        }
        if sender != Sender::Kernel {
            self.stop_forwarded = true;
        }
    }

    /// A child was continued: by whoever had stopped it, or by us.
    pub(super) fn continued(&mut self, pid: Pid, actions: &mut Actions) {
        if pid == self.main && std::mem::take(&mut self.halted) && self.phase == Phase::Running {
            actions.push(Action::GiveTerminal);
        }
    }

    /// init was told to continue; says if the main child has been told with that.
    pub(super) fn go_on(&mut self, actions: &mut Actions) -> bool {
        self.stop_forwarded = false;
        self.halted = false;
        if std::mem::take(&mut self.suspended) {
            self.resume(Source::Taken, actions);
            // Who drops CONT or makes something else of it means the app's, not the shell's.
            return self.rules.rewrites.of(Signal::CONT) == Some(Signal::CONT);
        }
        // A shell's `fg` says no more than that of a job that runs.
        actions.push(Action::GiveTerminal);
        false
    }

    /// The main child's whole group goes on, in the foreground if that is the job's.
    fn resume(&self, source: Source, actions: &mut Actions) {
        actions.push(Action::GiveTerminal);
        actions.push(Action::Send(Signal::CONT, Recipients::Job, source));
    }
}
