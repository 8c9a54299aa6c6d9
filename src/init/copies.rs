//! Finds the two copies of one signal that inner gets. Pure.
//!
//! Who signals every process of a cgroup, as systemd does, signals outer and inner too, and
//! outer passes its copy on to inner. The app, which got the signal by itself, is to be sent it
//! once, not twice: of a copy from outer and a copy from outside the later one is dropped.
//! Without that, `--delay` would end at once, because its signal comes again.

use std::time::Duration;

use super::deadlines::Time;
use super::policy::Sender;
use crate::signals::Signal;

/// How much later the second copy may come. A sender goes through a cgroup in milliseconds, and
/// outer passes on at once; on a busy machine both take longer.
const APART: Duration = Duration::from_secs(2);

/// How many signals are remembered: who ends a service sends it up to three, TERM, CONT and HUP.
const REMEMBERED: usize = 4;

/// By which way a signal came to inner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// outer has passed it on.
    ThroughOuter,
    /// A program outside of the sandbox has sent it.
    Straight,
}

/// The last signals that came without a second copy, the latest first.
#[derive(Debug, Default)]
pub struct Copies([Option<(Signal, Way, Time)>; REMEMBERED]);

impl Copies {
    /// Is this signal, which came at `now`, the second copy of a signal that came before?
    pub fn is_second(&mut self, signal: Signal, way: Way, now: Time) -> bool {
        let first = self.0.iter_mut().find(|copy| {
            copy.is_some_and(|(same, other_way, at)| {
                same == signal && other_way != way && now.since(at) <= APART
            })
        });
        if let Some(first) = first {
            // Each copy has at most one second: a third is a signal of its own.
            *first = None;
            return true;
        }
        self.0.rotate_right(1);
        if let Some(latest) = self.0.first_mut() {
            *latest = Some((signal, way, now));
        }
        false
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
    use Way::{Straight, ThroughOuter};
    use proptest::prelude::*;

    const TERM: Signal = Signal::TERM;
    const HUP: Signal = Signal::HUP;

    /// Each arrival: the signal, its way, the milliseconds since the last one, is it dropped?
    #[test]
    fn the_second_copy_is_found() {
        let cases: [&[(Signal, Way, u64, bool)]; 8] = [
            &[(TERM, Straight, 0, false), (TERM, ThroughOuter, 0, true)],
            &[(TERM, ThroughOuter, 0, false), (TERM, Straight, 2000, true)],
            &[(TERM, ThroughOuter, 0, false), (TERM, Straight, 2001, false)],
            &[(TERM, ThroughOuter, 0, false), (TERM, ThroughOuter, 0, false)],
            &[(TERM, Straight, 0, false), (TERM, Straight, 0, false)],
            &[(TERM, Straight, 0, false), (HUP, ThroughOuter, 0, false)],
            &[
                (TERM, Straight, 0, false),
                (HUP, Straight, 0, false),
                (TERM, ThroughOuter, 9, true),
                (HUP, ThroughOuter, 9, true),
            ],
            &[
                (TERM, Straight, 0, false),
                (TERM, ThroughOuter, 0, true),
                (TERM, ThroughOuter, 0, false),
            ],
        ];
        for arrivals in cases {
            let mut copies = Copies::default();
            let mut now = Time(0);
            for &(signal, way, later, dropped) in arrivals {
                now = now.plus(Duration::from_millis(later));
                assert_eq!(copies.is_second(signal, way, now), dropped, "{arrivals:?}");
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
            signals in prop::collection::vec((1..4_i32, any::<bool>(), 0..1200_u64), 0..40),
        ) {
            let mut copies = Copies::default();
            let mut sent: Vec<(i32, bool, Time)> = Vec::new();
            let mut now = Time(0);
            for (number, straight, later) in signals {
                now = now.plus(Duration::from_millis(later));
                let way = if straight { Straight } else { ThroughOuter };
                if copies.is_second(Signal::new(number).unwrap(), way, now) {
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
