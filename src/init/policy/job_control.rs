//! Job control: what init does when the main child is stopped, and continued.

use nix::unistd::Pid;

use super::{Action, Actions, Phase, Recipients, Source, State, StopTarget};
use crate::signals::Signal;
use crate::terminal::Holder;

impl State {
    /// The main child was stopped. Where a shell has the job, init stops too, because the
    /// shell waits for init:
    ///
    /// | signal | foreground | init |
    /// |-|-|-|
    /// | TSTP | the main child's | takes the terminal and stops its own group |
    /// | TSTP | init's | stops its own group |
    /// | TTIN, TTOU | the main child's | continues the main child, which has the terminal by now |
    /// | TTIN, TTOU | init's | gives the terminal to the main child and continues it |
    /// | TTIN, TTOU | another's | stops its own group, as a background job |
    /// | TSTP | another's | does nothing: a program sent it |
    /// | TSTP | nobody's | stops alone, as the app would without init |
    /// | any, sent to init | the main child's | stops its own group |
    /// | any, sent to init | another's | stops alone |
    /// | STOP | the main child's | takes the terminal, so that keys reach somebody, and runs on |
    /// | STOP | another's | does nothing: whoever stopped the main child will continue it |
    ///
    /// Where no shell could continue the main child, init continues it: without init its
    /// terminal would not have stopped it at all.
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
        let by_itself = signal == Signal::TSTP && !self.stop_forwarded;
        let target = match holder {
            Holder::Nobody | Holder::Other if by_itself && !shell => {
                return self.resume(Source::Init, actions);
            }
            // The kernel stops init, too, if anybody could continue it.
            Holder::Nobody if by_itself => StopTarget::Init,
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
            actions.push(Action::Suspend(signal, target));
        } else if holder != Holder::Other && !self.stop_forwarded {
            self.resume(Source::Init, actions);
        }
    }

    /// init tried to stop, and runs without having seen a CONT. Either the kernel did not
    /// stop it, because no shell could continue it, or the next stop signal has discarded
    /// the CONT (signal(7)).
    pub(super) fn not_suspended(&mut self, signal: Signal, holder: Holder, actions: &mut Actions) {
        let was = std::mem::take(&mut self.suspended) && self.phase == Phase::Running;
        // A background process that reads would be stopped again at once.
        let can = match holder {
            Holder::Ours | Holder::Main => true,
            Holder::Other | Holder::Nobody => signal == Signal::TSTP,
        };
        if was && can && !self.stop_forwarded {
            self.resume(Source::Init, actions);
        }
    }

    /// Ctrl-Z, or a program's stop signal, for a main child that SIGSTOP has stopped
    /// already: its state does not change, so no SIGCHLD will come. init stops at once.
    pub(super) fn stop_halted(&mut self, signal: Signal, actions: &mut Actions) {
        self.suspended = true;
        actions.push(Action::Suspend(signal, StopTarget::Init));
    }

    /// A stop signal was taken. When the job is stopped already, there was a CONT that this
    /// signal has discarded (signal(7)): init runs, so it was continued. Do what the CONT
    /// asked for first.
    pub(super) fn stops_again(&mut self, actions: &mut Actions) {
        if std::mem::take(&mut self.suspended) {
            self.resume(Source::Init, actions);
        }
    }

    /// A child was continued, by whoever had stopped it or by init.
    pub(super) fn continued(&mut self, pid: Pid, actions: &mut Actions) {
        if pid != self.main {
            return;
        }
        self.main_stopped = false;
        if std::mem::take(&mut self.halted) && self.phase == Phase::Running {
            actions.push(Action::GiveTerminal);
        }
    }

    /// A CONT was taken; says whether the main child has got it with that.
    pub(super) fn go_on(&mut self, actions: &mut Actions) -> bool {
        self.stop_forwarded = false;
        self.halted = false;
        if std::mem::take(&mut self.suspended) {
            self.resume(Source::Taken, actions);
            // A rewrite of CONT is about the app's signals, not about the shell's `fg`.
            return self.rules.rewrites.of(Signal::CONT) == Some(Signal::CONT);
        }
        // To a job that runs, a shell's `fg` gives the terminal and no more.
        actions.push(Action::GiveTerminal);
        false
    }

    /// Continues the main child's whole group, in the foreground if the job has that.
    fn resume(&self, source: Source, actions: &mut Actions) {
        actions.push(Action::GiveTerminal);
        actions.push(Action::Send(Signal::CONT, Recipients::Job, source));
    }
}
