//! Finds the two copies of one signal that inner gets. Pure.
//!
//! Who signals every process of a cgroup, as systemd does, signals outer and inner too, and
//! outer passes its copy on to inner. The app, which got the signal by itself, is to be sent it
//! once, not twice. Otherwise `--delay` would end at once, because its signal comes again.
//!
//! The kernel merges the two copies where the first one is still pending in inner. So outer
//! counts what it passes on, in memory that both see, before it sends: inner can tell whether
//! what it takes stands for a signal to outer. Such a signal is dropped only after its copy.

use std::time::Duration;

use nix::unistd::Pid;

use super::deadlines::Time;
use super::policy::Sender;
use crate::signals::Signal;

/// How much later the second copy may come. A sender goes through a cgroup in milliseconds, and
/// outer passes on at once; on a busy machine both take longer.
const APART: Duration = Duration::from_secs(2);

/// How many signals are remembered: who ends a service sends it up to three, TERM, CONT and HUP.
const REMEMBERED: usize = 4;

/// The number that a process outside of the receiver's PID namespace has as a sender.
pub const OUTSIDE: Pid = Pid::from_raw(0);

/// By which way a signal came to inner, and who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// outer, which got it from this process, has passed it on.
    ThroughOuter(Pid),
    /// This process has sent it to inner.
    Straight(Pid),
}

impl Way {
    /// Can one sender have sent both copies?
    fn is_beside(self, other: Way) -> bool {
        match (self, other) {
            (Way::Straight(one), Way::ThroughOuter(two))
            | (Way::ThroughOuter(two), Way::Straight(one)) => {
                // inner and outer may be in different PID namespaces.
                one == two || one == OUTSIDE || two == OUTSIDE
            }
            (Way::Straight(_), Way::Straight(_)) | (Way::ThroughOuter(_), Way::ThroughOuter(_)) => {
                false
            }
        }
    }
}

/// A signal that was sent to the app, and whose second copy may come.
#[derive(Clone, Copy, Debug)]
struct First {
    signal: Signal,
    way: Way,
    at: Time,
}

/// What inner remembers of the standard signals that it took.
#[derive(Debug, Default)]
pub struct Copies {
    /// The latest is the first one; at most one of each signal.
    firsts: [Option<First>; REMEMBERED],
    /// So many that outer has passed on are done.
    done: [u32; 32],
}

impl Copies {
    /// Is this signal, which was taken at `now`, the second copy of a signal that the app was
    /// sent? outer has passed on so many of it; without that number nothing can be told.
    pub fn is_second(
        &mut self,
        signal: Signal,
        way: Way,
        passed_on: Option<u32>,
        now: Time,
    ) -> bool {
        let number = signal.number() as usize;
        let Some((done, passed_on)) = self.done.get_mut(number).zip(passed_on) else {
            return false;
        };
        let stands_for_outers = std::mem::replace(done, passed_on) != passed_on;
        let first = self.take_first(signal);
        match (way, stands_for_outers) {
            // The app was sent the signal after outer had got it.
            (Way::ThroughOuter(_), false) => return true,
            // outer's copy is merged with it, or will be the second one.
            (Way::Straight(_), true) => return false,
            (Way::ThroughOuter(_), true) | (Way::Straight(_), false) => {}
        }
        if first.is_some_and(|first| first.way.is_beside(way) && now.since(first.at) <= APART) {
            return true;
        }
        let [a, b, c, _] = self.firsts;
        self.firsts = [Some(First { signal, way, at: now }), a, b, c];
        false
    }

    fn take_first(&mut self, signal: Signal) -> Option<First> {
        let is_it = |first: &&mut Option<First>| first.is_some_and(|first| first.signal == signal);
        self.firsts.iter_mut().find(is_it)?.take()
    }
}

/// May one of two copies be dropped? The kernel itself keeps one of two standard signals that
/// are pending; each real-time signal counts. A stop and a continuation cancel each other, so
/// that their order would change.
pub fn can_be_dropped(signal: Signal, sender: Sender) -> bool {
    let stops = signal.stops() || signal == Signal::CONT;
    sender == Sender::Program && signal.standard() && !stops
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TERM: Signal = Signal::TERM;
    const HUP: Signal = Signal::HUP;

    fn outer(sender: i32) -> Way {
        Way::ThroughOuter(Pid::from_raw(sender))
    }

    fn straight(sender: i32) -> Way {
        Way::Straight(Pid::from_raw(sender))
    }

    /// Each arrival: the signal, its way, how many of it outer has passed on, the milliseconds
    /// since the last one, is it dropped?
    #[test]
    fn the_second_copy_is_found() {
        type Arrival = (Signal, Way, u32, u64, bool);
        let cases: [&[Arrival]; 13] = [
            &[(TERM, straight(0), 0, 0, false), (TERM, outer(5), 1, 2000, true)],
            &[(TERM, straight(0), 0, 0, false), (TERM, outer(5), 1, 2001, false)],
            &[(TERM, outer(5), 1, 0, false), (TERM, straight(0), 1, 2000, true)],
            &[(TERM, outer(5), 1, 0, false), (TERM, straight(0), 1, 2001, false)],
            &[(TERM, outer(5), 1, 0, false), (TERM, outer(5), 2, 0, false)],
            &[(TERM, straight(0), 0, 0, false), (TERM, straight(0), 0, 0, false)],
            &[(TERM, straight(0), 0, 0, false), (HUP, outer(5), 1, 0, false)],
            &[
                (TERM, straight(0), 0, 0, false),
                (HUP, straight(0), 0, 0, false),
                (TERM, outer(5), 1, 9, true),
                (HUP, outer(5), 1, 9, true),
            ],
            // outer's is merged with the one from outside.
            &[(TERM, straight(0), 1, 0, false), (TERM, outer(5), 2, 9, false)],
            // outer has counted it, and sends it then.
            &[(TERM, straight(0), 1, 0, false), (TERM, outer(5), 1, 9, true)],
            // The one from outside is merged with outer's; a later one with the next of outer's.
            &[(TERM, outer(5), 1, 0, false), (TERM, straight(0), 2, 9, false)],
            // One sender, and another one.
            &[(HUP, straight(5), 0, 0, false), (HUP, outer(5), 1, 0, true)],
            &[(HUP, straight(6), 0, 0, false), (HUP, outer(5), 1, 0, false)],
        ];
        for arrivals in cases {
            let mut copies = Copies::default();
            let mut now = Time(0);
            for &(signal, way, passed_on, later, dropped) in arrivals {
                now = now.plus(Duration::from_millis(later));
                let second = copies.is_second(signal, way, Some(passed_on), now);
                assert_eq!(second, dropped, "{arrivals:?}");
            }
        }
        let mut copies = Copies::default();
        for way in [straight(0), outer(5)] {
            assert!(!copies.is_second(TERM, way, None, Time(0)), "nobody counts");
        }
    }

    #[test]
    fn what_can_be_dropped() {
        for signal in [TERM, HUP, Signal::INT, Signal::QUIT, Signal::WINCH] {
            assert!(can_be_dropped(signal, Sender::Program), "{signal}");
            for sender in [Sender::Queued, Sender::Kernel, Sender::Init] {
                assert!(!can_be_dropped(signal, sender), "{signal} {sender:?}");
            }
        }
        let real_time = [32, 34, 64].map(|number| Signal::new(number).unwrap());
        for signal in [Signal::CONT, Signal::TSTP, Signal::TTOU].into_iter().chain(real_time) {
            assert!(!can_be_dropped(signal, Sender::Program), "{signal}");
        }
    }

    /// outer and inner as the kernel sees them: one signal can be pending in each.
    #[derive(Default)]
    struct World {
        copies: Copies,
        counted: u32,
        at_outer: bool,
        /// outer has counted a signal and not sent it yet.
        between: bool,
        at_inner: Option<Way>,
        /// Signals to outer that the app was not sent since.
        open: bool,
        lost: usize,
        sent: usize,
    }

    impl World {
        fn happens(&mut self, what: u8) {
            match what {
                0 => {
                    self.at_outer = true;
                    self.open = true;
                }
                1 => self.at_inner = self.at_inner.or(Some(straight(0))),
                2 if self.at_outer && !self.between => {
                    (self.at_outer, self.between) = (false, true);
                    self.counted += 1;
                }
                3 if self.between => {
                    self.between = false;
                    self.at_inner = self.at_inner.or(Some(outer(5)));
                }
                4 => {
                    let Some(way) = self.at_inner.take() else { return };
                    let counted = Some(self.counted);
                    if !self.copies.is_second(TERM, way, counted, Time(0)) {
                        self.open = self.at_outer;
                        self.sent += 1;
                    }
                }
                _ => {}
            }
        }

        /// All that is on its way arrives.
        fn settle(&mut self) {
            for what in [2, 3, 4, 2, 3, 4] {
                self.happens(what);
            }
            self.lost += usize::from(std::mem::take(&mut self.open));
        }
    }

    proptest! {
        /// The app is sent each signal to outer after outer got it, but where it was sent a
        /// signal to inner shortly before, which then counts as the copy.
        #[test]
        fn no_signal_to_outer_is_lost(
            rounds in prop::collection::vec(prop::collection::vec(0..5_u8, 0..12), 0..8),
        ) {
            let mut world = World::default();
            let mut to_inner = 0;
            for round in rounds {
                round.iter().for_each(|what| world.happens(*what));
                world.settle();
                to_inner += round.iter().filter(|what| **what == 1).count();
                prop_assert!(world.lost <= to_inner);
            }
        }

        /// Both get a signal, however the processes take turns, and later outer alone.
        #[test]
        fn a_signal_after_two_copies_comes(
            first in any::<bool>(),
            turns in prop::collection::vec(2..5_u8, 0..6),
        ) {
            let mut world = World::default();
            world.happens(u8::from(first));
            turns.iter().take(2).for_each(|what| world.happens(*what));
            world.happens(u8::from(!first));
            turns.iter().skip(2).for_each(|what| world.happens(*what));
            world.settle();
            prop_assert!(world.sent == 1, "{} times", world.sent);
            world.happens(0);
            world.settle();
            prop_assert!(world.sent == 2, "{} times", world.sent);
        }
    }
}
