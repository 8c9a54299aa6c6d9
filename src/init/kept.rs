//! Real-time signals that wait because the queue of their receiver is full.
//!
//! kill(2) would merge such a signal with an equal one, and so lose it. It is kept instead,
//! and sent again after 10 to 200 ms; init leaves other real-time signals in its own queue
//! meanwhile, and their senders get EAGAIN, as without init. All other signals, deaths and
//! deadlines go on.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::deadlines::Time;
use super::deliver::Target;
use super::event_loop::{Init, now};
use super::policy::{Phase, Recipients};
use crate::config::DELAYS_MAX;
use crate::signals::{Signal, SignalSet};
use crate::sys::{self, SigInfo};

/// The shortest and the longest time between two attempts.
const BETWEEN: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(200)];
/// Signals that are kept at most: those that were taken, and all that `--delay` can release.
const KEPT_MAX: usize = TAKEN_MAX + DELAYS_MAX;
/// So many signals are taken at most while others are kept.
const TAKEN_MAX: usize = 2;
/// Attempts in a row before init looks at other things.
const IN_A_ROW: u32 = 32;
/// This often init makes its own queue shorter.
const SHORTENED_MAX: u32 = 4;

/// A signal that waits.
#[derive(Clone, Copy)]
pub struct Kept {
    signal: Signal,
    info: SigInfo,
    to: To,
}

/// Who is to get a signal.
#[derive(Clone, Copy)]
enum To {
    /// Nobody has got it yet.
    All(Recipients),
    /// Those whose queue was full.
    Rest(Target),
}

/// The signals that wait, in the order in which they came.
pub struct Keep {
    list: [Option<Kept>; KEPT_MAX],
    next: Time,
    pause: Duration,
    /// How often init has made its own queue shorter.
    shortened: u32,
}

impl Keep {
    /// No signal waits.
    pub const EMPTY: Keep =
        Keep { list: [None; KEPT_MAX], next: Time(0), pause: BETWEEN[0], shortened: 0 };

    /// When to try again, if a signal waits.
    pub fn next(&self) -> Option<Time> {
        (self.len() > 0).then_some(self.next)
    }

    /// The signals to take now.
    pub fn wanted(&self) -> SignalSet {
        if self.len() == 0 { SignalSet::ALL } else { SignalSet::ALL.without(SignalSet::REAL_TIME) }
    }

    fn len(&self) -> usize {
        self.list.iter().flatten().count()
    }

    fn front(&mut self) -> Option<&mut Kept> {
        self.list.first_mut()?.as_mut()
    }

    fn push(&mut self, kept: Kept) -> bool {
        let place = self.list.iter_mut().find(|place| place.is_none());
        place.map(|place| *place = Some(kept)).is_some()
    }

    fn pop(&mut self) {
        self.list.rotate_left(1);
        if let Some(last) = self.list.last_mut() {
            *last = None;
        }
    }

    /// init's queue and the receiver's may be the same user's, and senders that try again at
    /// once would take each place that gets free. With a limit of its own below theirs, init
    /// leaves places to the receiver.
    fn shorten_own_queue(&mut self) {
        if self.shortened < SHORTENED_MAX
            && let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_SIGPENDING)
        {
            self.shortened += 1;
            let less = soft.saturating_sub((soft / 8).max(1));
            // Where that is refused, a signal has to wait for longer.
            let _ = setrlimit(Resource::RLIMIT_SIGPENDING, less, hard);
        }
    }
}

impl Init<'_> {
    /// Sends a signal, or keeps it.
    pub fn send_or_keep(&mut self, signal: Signal, to: Recipients, info: Option<SigInfo>) {
        let real_time = SignalSet::REAL_TIME.contains(signal);
        // A standard signal that `--rewrite` makes a real-time one is taken at any time. When
        // there is no room it goes out without its value, and may be merged, as before.
        let full = real_time && self.keep.len() >= TAKEN_MAX;
        let info = info.filter(|info| !full || !info.signal().is_some_and(Signal::standard));
        let queued = info.filter(|_| real_time);
        if let Some(info) = queued {
            let first = self.keep.len() == 0;
            let waits = if first {
                self.deliverer.send(signal, to, Some(&info)).map(To::Rest)
            } else {
                Some(To::All(to))
            };
            match waits.map(|to| self.keep.push(Kept { signal, info, to })) {
                None => return,
                Some(true) => {
                    if first {
                        self.keep.shorten_own_queue();
                        self.keep.pause = BETWEEN[0];
                        self.keep.next = now();
                    }
                    return;
                }
                // There is no place left to keep it in.
                Some(false) => {}
            }
        }
        self.deliverer.send(signal, to, info.as_ref());
    }

    /// Sends what was kept, as far as there is room; returns the status when init is to exit.
    pub fn send_kept(&mut self) -> Option<u8> {
        let mut done = None;
        for _ in 0..IN_A_ROW {
            if self.send_front() {
                self.keep.pause = BETWEEN[0];
            } else if self.keep.len() >= TAKEN_MAX || !self.take_one_more(&mut done) {
                let pause = self.keep.pause;
                self.keep.next = now().plus(pause);
                self.keep.pause = pause.saturating_mul(2).min(BETWEEN[1]);
                if pause == BETWEEN[1] {
                    self.keep.shorten_own_queue();
                }
                break;
            }
            if done.is_some() || self.keep.len() == 0 {
                break;
            }
        }
        done
    }

    /// Sends the signal that has waited for longest; false when that has to wait again.
    fn send_front(&mut self) -> bool {
        let running = self.state.phase() == Phase::Running;
        let Some(front) = self.keep.front() else { return true };
        let Kept { signal, info, to } = *front;
        let left = match to {
            // What was for the main child is for the survivors, as if it had come now.
            To::All(_) if !running => {
                self.deliverer.send(signal, Recipients::Survivors, Some(&info))
            }
            To::All(recipients) => self.deliverer.send(signal, recipients, Some(&info)),
            // The main child is gone, and its number is free for others.
            To::Rest(Target::Main) if !running => None,
            To::Rest(target) => self.deliverer.send_rest(signal, &info, target),
        };
        match left {
            Some(target) => front.to = To::Rest(target),
            None => self.keep.pop(),
        }
        left.is_none()
    }

    /// Takes one of the real-time signals that wait in init's queue: that makes a place in the
    /// queue of the receiver, too, when it is the same user's.
    fn take_one_more(&mut self, done: &mut Option<u8>) -> bool {
        match sys::take_signal_of(SignalSet::REAL_TIME, Some(Duration::ZERO)) {
            Ok(info) => {
                *done = self.take(info);
                true
            }
            Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_in_first_out() {
        let kept = |n| {
            let signal = Signal::new(n).unwrap();
            let info = SigInfo::new(signal, libc::SI_QUEUE, 0);
            Kept { signal, info, to: To::All(Recipients::Forwarded) }
        };
        let mut keep = Keep::EMPTY;
        assert_eq!((keep.next(), keep.wanted()), (None, SignalSet::ALL));
        for n in 34..44 {
            assert!(keep.push(kept(n)));
        }
        assert!(!keep.push(kept(44)) && keep.next().is_some());
        for signal in Signal::all() {
            assert_eq!(keep.wanted().contains(signal), signal.number() < 32, "{signal}");
        }
        for n in 34..44 {
            assert_eq!(keep.front().map(|kept| kept.signal.number()), Some(n));
            keep.pop();
        }
        assert!(keep.front().is_none());
    }
}
