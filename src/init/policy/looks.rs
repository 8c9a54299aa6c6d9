//! When init looks at the survivors again. Pure.

use std::time::Duration;

use crate::init::deadlines::Time;

/// The shortest and the longest time between two looks at processes whose end, birth or loss
/// of a parent no signal tells.
const BETWEEN: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(200)];

/// Looks are rare enough to take no more than a fifth of the time.
pub(super) const REST: u32 = 4;

/// The times of looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Looks {
    /// The last look began then, and has not been seen to end.
    began: Option<Time>,
    /// The shortest time between two looks, for what the last one took.
    shortest: Duration,
    /// The time before the next look; each look doubles it.
    next: Duration,
}

impl Default for Looks {
    fn default() -> Looks {
        Looks { began: None, shortest: BETWEEN[0], next: BETWEEN[0] / 2 }
    }
}

impl Looks {
    /// A look begins.
    pub fn begin(&mut self, now: Time) {
        self.began = Some(now);
        self.next = self.next.saturating_mul(2).min(BETWEEN[1]);
    }

    /// A look may have ended.
    pub fn end(&mut self, now: Time) {
        if let Some(began) = self.began.take() {
            let rest = now.since(began).saturating_mul(REST);
            self.shortest = rest.clamp(BETWEEN[0], BETWEEN[1]);
        }
    }

    /// A process has ended: look soon.
    pub fn hurry(&mut self) {
        self.next = self.shortest;
    }

    /// The time until the next look.
    pub fn next(&self) -> Duration {
        self.next.max(self.shortest)
    }
}
