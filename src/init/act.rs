//! The actions that the policy decides on, done.

use log::{debug, warn};

use super::event_loop::{Init, now};
use super::policy::{Action, Recipients, Source};
use crate::messages::{self, Notice};
use crate::signals::Signal;
use crate::sys::SigInfo;

impl Init<'_> {
    /// Does one action; returns the status when it is to exit.
    pub fn act(&mut self, action: Action, taken: Option<&SigInfo>) -> Option<u8> {
        match action {
            Action::Drain => self.undrained = true,
            Action::Send(signal, recipients, source) => {
                self.send(signal, recipients, source, taken);
            }
            Action::Hold(row, source) => {
                debug!("hold a signal for its delay");
                if let Some(place) = self.held.get_mut(row) {
                    *place = taken.filter(|_| source == Source::Taken).copied();
                }
            }
            Action::CountSurvivors => {
                if let Some(report) = &mut self.report {
                    self.deliverer.note_survivors(report);
                }
            }
            Action::Notify(scope) => self.deliverer.notify(scope),
            Action::WarnWaiting(left) => self.deliverer.warn_waiting(left),
            Action::WarnWaitingForAll => self.deliverer.warn_waiting_for_all(),
            Action::KillMain(cause) => self.deliverer.kill_main(cause),
            Action::KillSurvivors => {
                let grace_period = self.state.rules().grace_period;
                let began = now();
                self.deliverer.kill_survivors(grace_period, &mut self.report);
                self.state.survivors_killed(began, now());
            }
            Action::GiveTerminal => self.job.give(),
            Action::TakeTerminal => self.job.take_back(),
            Action::WakeJob => self.job.wake(),
            Action::Suspend(signal, target) => {
                let event = self.role.suspend(signal, target, &self.job)?;
                return self.step(event, None);
            }
            Action::GiveUp => warn!("give up: some processes do not end on SIGKILL"),
            Action::Exit(status) => return Some(self.exit(status)),
        }
        None
    }

    fn send(
        &mut self,
        signal: Signal,
        recipients: Recipients,
        source: Source,
        taken: Option<&SigInfo>,
    ) {
        let (info, source) = match source {
            Source::Taken => (taken.copied(), source),
            Source::Held(row) => match self.held.get_mut(row).and_then(Option::take) {
                // Nobody has sent it: `--timeout` was over, and TERM has a delay.
                None => (None, Source::Init),
                held => (held, source),
            },
            Source::Init => (None, source),
        };
        let info = self.role.outgoing_info(self.own, signal, info);
        self.send_or_keep(signal, recipients, info);
        messages::log(&Notice::Sent(signal));
        if let Some(report) = &mut self.report {
            report.forwarded(signal, source);
        }
    }

    fn exit(&mut self, status: u8) -> u8 {
        // A group that the main child left behind may have had it until now.
        self.job.take_back();
        self.deliverer.warn_unnamed(self.state.rules().grace_period);
        if let Some(report) = &mut self.report {
            report.write(status, self.state.timed_out());
        }
        messages::log(&Notice::Exiting(status));
        status
    }
}
