//! Finds the two copies of one signal that inner gets. Pure.
//!
//! Who signals every process of a cgroup, as systemd does, signals outer and inner too, and
//! outer passes its copy on to inner. The app, which got the signal by itself, is to be sent it
//! once, not twice: of a copy from outer and a copy from outside the later one is dropped.
//! Without that, `--delay` would end at once, because its signal comes again.
//!
//! The kernel merges the two copies where inner has not taken the first one yet. So outer counts
//! what it passes on: a number that is missing stands for a copy that was merged, and what comes
//! next from outer is a signal of its own.

use std::time::Duration;

use super::channel_messages::Passed;
use super::deadlines::Time;
use super::policy::Sender;
use crate::signals::Signal;

/// How much later the second copy may come. A sender goes through a cgroup in milliseconds, and
/// outer passes on at once; on a busy machine both take longer.
const APART: Duration = Duration::from_secs(2);

/// How many signals are remembered: who ends a service sends it up to three, TERM, CONT and HUP.
const REMEMBERED: usize = 8;

/// By which way a signal came to inner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// outer has passed it on.
    ThroughOuter(Passed),
    /// This process has sent it; 0 is one outside of inner's PID namespace.
    Straight(i32),
}

impl Way {
    /// Can one sender have sent both copies?
    fn is_beside(self, other: Way) -> bool {
        match (self, other) {
            (Way::Straight(one), Way::ThroughOuter(Passed { sender: two, .. }))
            | (Way::ThroughOuter(Passed { sender: two, .. }), Way::Straight(one)) => {
                // inner and outer may be in different PID namespaces.
                one == two || one == 0 || two == 0
            }
            (Way::Straight(_), Way::Straight(_)) | (Way::ThroughOuter(_), Way::ThroughOuter(_)) => {
                false
            }
        }
    }
}

/// A signal that has come by one way only.
#[derive(Clone, Copy, Debug)]
struct First {
    signal: Signal,
    way: Way,
    at: Time,
    /// How often, where none of them went through outer.
    times: u32,
}

impl First {
    fn is_straight(&self, signal: Signal) -> bool {
        self.signal == signal && matches!(self.way, Way::Straight(_))
    }
}

/// The signals that may come a second time.
#[derive(Debug, Default)]
pub struct Copies {
    /// The last ones that came without a second copy, the latest first; of each signal one that
    /// went through outer, and one that did not.
    firsts: [Option<First>; REMEMBERED],
    /// The number of the last one that outer has passed on, for each standard signal.
    counts: [u32; 32],
}

impl Copies {
    /// Is this signal, which came at `now`, the second copy of a signal that came before?
    pub fn is_second(&mut self, signal: Signal, way: Way, now: Time) -> bool {
        if let Way::ThroughOuter(passed) = way {
            self.forget_merged(signal, passed.count);
        }
        let other_way = |first: &First| {
            first.signal == signal && first.way.is_beside(way) && now.since(first.at) <= APART
        };
        // Each copy has at most one second: a third is a signal of its own.
        if self.take(&other_way).is_some() {
            return true;
        }
        let straight = matches!(way, Way::Straight(_));
        let same_way =
            |first: &First| first.signal == signal && first.is_straight(signal) == straight;
        let times = self.take(&same_way).map_or(0, |first| first.times).saturating_add(1);
        self.firsts.rotate_right(1);
        if let Some(latest) = self.firsts.first_mut() {
            *latest = Some(First { signal, way, at: now, times });
        }
        false
    }

    /// outer has passed on so many of this signal. For each of them that has not come, the kernel
    /// has merged it with a copy from outside.
    fn forget_merged(&mut self, signal: Signal, count: u32) {
        let Some(last) = self.counts.get_mut(signal.number() as usize) else { return };
        let merged = count.wrapping_sub(std::mem::replace(last, count)).saturating_sub(1);
        let straight = self.firsts.iter_mut().flatten().find(|first| first.is_straight(signal));
        if let Some(first) = straight {
            first.times = first.times.saturating_sub(merged);
        }
        self.take(&|first: &First| first.times == 0);
    }

    fn take(&mut self, wanted: &dyn Fn(&First) -> bool) -> Option<First> {
        // What is taken leaves its place to the next one.
        let at = self.firsts.iter().position(|first| first.as_ref().is_some_and(wanted))?;
        self.firsts.get_mut(at..)?.rotate_left(1);
        self.firsts.last_mut()?.take()
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

    /// The number that outer has given the signal, and the sender; or the sender alone.
    #[derive(Clone, Copy, Debug)]
    enum Came {
        Outer(u32, i32),
        Outside(i32),
    }

    impl Came {
        fn way(self) -> Way {
            match self {
                Came::Outer(count, sender) => Way::ThroughOuter(Passed { count, sender }),
                Came::Outside(sender) => Way::Straight(sender),
            }
        }
    }

    /// Each arrival: the signal, its way, the milliseconds since the last one, is it dropped?
    #[test]
    fn the_second_copy_is_found() {
        use Came::{Outer, Outside};
        let cases: [&[(Signal, Came, u64, bool)]; 14] = [
            &[(TERM, Outside(0), 0, false), (TERM, Outer(1, 5), 0, true)],
            &[(TERM, Outer(1, 5), 0, false), (TERM, Outside(0), 2000, true)],
            &[(TERM, Outer(1, 5), 0, false), (TERM, Outside(0), 2001, false)],
            &[(TERM, Outer(1, 5), 0, false), (TERM, Outer(2, 5), 0, false)],
            &[(TERM, Outside(0), 0, false), (TERM, Outside(0), 0, false)],
            &[(TERM, Outside(0), 0, false), (HUP, Outer(1, 5), 0, false)],
            &[
                (TERM, Outside(0), 0, false),
                (HUP, Outside(0), 0, false),
                (TERM, Outer(1, 5), 9, true),
                (HUP, Outer(1, 5), 9, true),
            ],
            &[
                (TERM, Outside(0), 0, false),
                (TERM, Outer(1, 5), 0, true),
                (TERM, Outer(2, 5), 0, false),
            ],
            // The number 1 was merged with the copy from outside, the first of two.
            &[(TERM, Outside(0), 0, false), (TERM, Outer(2, 5), 9, false)],
            &[
                (TERM, Outside(0), 0, false),
                (TERM, Outside(0), 9, false),
                (TERM, Outer(2, 5), 9, true),
                (TERM, Outer(3, 5), 9, false),
            ],
            &[
                (TERM, Outer(u32::MAX, 5), 0, false),
                (TERM, Outside(0), 3000, false),
                (TERM, Outer(0, 5), 0, true),
            ],
            // One sender, another one, and one that outer does not see.
            &[(HUP, Outside(5), 0, false), (HUP, Outer(1, 5), 0, true)],
            &[(HUP, Outside(6), 0, false), (HUP, Outer(1, 5), 0, false)],
            &[(HUP, Outside(6), 0, false), (HUP, Outer(1, 0), 0, true)],
        ];
        for arrivals in cases {
            let mut copies = Copies::default();
            let mut now = Time(0);
            for &(signal, from, later, dropped) in arrivals {
                now = now.plus(Duration::from_millis(later));
                assert_eq!(copies.is_second(signal, from.way(), now), dropped, "{arrivals:?}");
            }
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

    proptest! {
        /// For each signal that is dropped another went to the app within the time, and no
        /// signal went for two.
        #[test]
        fn one_of_two_goes_to_the_app(
            signals in prop::collection::vec((1..4_i32, any::<bool>(), 0..1200_u64, 0..3_u32), 0..40),
        ) {
            let mut copies = Copies::default();
            let mut sent: Vec<(i32, bool, Time)> = Vec::new();
            let mut now = Time(0);
            let mut counts = [0; 4];
            for (number, straight, later, merged) in signals {
                now = now.plus(Duration::from_millis(later));
                let from = if straight {
                    Came::Outside(0)
                } else {
                    counts[number as usize] += 1 + merged / 2;
                    Came::Outer(counts[number as usize], 5)
                };
                if copies.is_second(Signal::new(number).unwrap(), from.way(), now) {
                    let first = sent.iter().position(|(same, other, at)| {
                        *same == number && *other != straight && now.since(*at) <= APART
                    });
                    prop_assert!(first.is_some());
                    sent.remove(first.unwrap());
                } else {
                    sent.push((number, straight, now));
                }
            }
        }
    }
}
