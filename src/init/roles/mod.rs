//! The three processes that run the loop, and what is different in each.
//!
//! | role | its main child | what it leaves to the other role |
//! |-|-|-|
//! | [`Only`] | the app | |
//! | [`Outer`] | inner | all that is done where the app is reaped |
//! | [`Inner`] | the app | the terminal and job control, which only outer sees |
//!
//! In: what happened. Out: the same in the words of the policy. Nothing is decided here.

mod inner;
mod only;
mod outer;

use std::os::fd::BorrowedFd;

use log::debug;
use nix::unistd::Pid;

use super::Job;
use super::copies::Way;
use super::policy::{Event, Rules, Sender, StopTarget};
use crate::config::Config;
use crate::signals::Signal;
use crate::sys::SigInfo;
pub use inner::Inner;
pub use only::Only;
pub use outer::Outer;

/// What the loop asks of a role. The defaults are those of a process whose main child is
/// the app.
pub trait Role {
    /// The rules that it follows.
    fn rules(&self, config: &Config) -> Rules {
        Rules::of(config)
    }

    /// Is its main child the app? Then it is the one that speaks of the app and its
    /// descendants.
    fn has_app(&self) -> bool {
        true
    }

    /// The socket to the other init, which stays open.
    fn channel(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Does the kernel raise this signal for input on the channel?
    fn is_channel_signal(&self, _: Signal) -> bool {
        false
    }

    /// The terminal's job. `foreground`: the app was given the foreground at its start.
    fn job(&self, main: Pid, foreground: bool) -> Job;

    /// Who made a signal that was taken, and what came with it, in init, which is `own`.
    fn received(&self, own: Pid, _: Signal, info: SigInfo) -> (Sender, SigInfo) {
        (sender(own, &info), info)
    }

    /// By which way a signal came, where two copies of it can come; see [`super::copies`].
    fn way(&self, _own: Pid, _: &SigInfo) -> Option<Way> {
        None
    }

    /// The signal that has stopped the app, when the other init has just said so.
    fn told_of_stop(&self) -> Option<Signal> {
        None
    }

    /// `signal` has stopped the app: what the policy is to know of that.
    fn stopped(&self, own: Pid, main: Pid, signal: Signal, job: &mut Job) -> Event;

    /// What goes out with a signal that came with `info`: only a signal that sigqueue(3)
    /// sent has more to it than its number.
    fn outgoing_info(&self, own: Pid, _: Signal, info: Option<SigInfo>) -> Option<SigInfo> {
        info.filter(|info| sender(own, info) == Sender::Queued)
    }

    /// Stops until a CONT comes; what the policy is to know when that has not worked.
    fn suspend(&self, signal: Signal, target: StopTarget, job: &Job) -> Option<Event> {
        debug!("stop by {signal} until a SIGCONT");
        (!job.suspend(signal, target)).then(|| Event::NotSuspended(signal, job.holder()))
    }
}

/// Who made a signal, as far as it matters for forwarding.
fn sender(own: Pid, info: &SigInfo) -> Sender {
    match info.code() {
        libc::SI_USER if info.sender() == own => Sender::Init,
        libc::SI_USER | libc::SI_TKILL => Sender::Program,
        code if code < 0 => Sender::Queued,
        _ => Sender::Kernel,
    }
}
