//! Points in time at which something is due: a small ordered set. Pure.

use std::time::Duration;

use crate::config::DELAYS_MAX;

/// Nanoseconds of a monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    const NEVER: Time = Time(u64::MAX);

    /// This much later. What is more than 584 years away becomes the latest time there is,
    /// which is still a time and not [`Time::NEVER`].
    pub fn plus(self, duration: Duration) -> Time {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Time(self.0.saturating_add(nanos).min(Time::NEVER.0 - 1))
    }

    /// How long after `earlier` this is; zero when it is before.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// What can be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// `--delay`: the held signal in this row of the table goes out.
    Release(usize),
    /// `--timeout`: the main child has run for too long.
    Timeout,
    /// `--kill-after`, or the grace period after `--timeout`: the main child is killed.
    KillMain,
    /// Children older than the main child are asked to end.
    Older,
    /// Everybody is asked to end: half of the grace period is over.
    Half,
    /// The survivors' grace period is over; and once they are killed, the last time to wait.
    Grace,
    /// Look again at processes whose end no signal tells.
    Look,
    /// Say whom init waits for.
    Warn,
    /// Nobody has died of SIGKILL for some time.
    GiveUp,
}

const OTHERS: [Due; 8] = [
    Due::Timeout,
    Due::KillMain,
    Due::Older,
    Due::Half,
    Due::Grace,
    Due::Look,
    Due::Warn,
    Due::GiveUp,
];
const SLOTS: usize = DELAYS_MAX + OTHERS.len();

/// The deadlines that are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deadlines([Time; SLOTS]);

impl Deadlines {
    /// Nothing is due.
    pub const NONE: Deadlines = Deadlines([Time::NEVER; SLOTS]);

    fn slot(due: Due) -> usize {
        match due {
            Due::Release(row) => row,
            Due::Timeout => DELAYS_MAX,
            Due::KillMain => DELAYS_MAX + 1,
            Due::Older => DELAYS_MAX + 2,
            Due::Half => DELAYS_MAX + 3,
            Due::Grace => DELAYS_MAX + 4,
            Due::Look => DELAYS_MAX + 5,
            Due::Warn => DELAYS_MAX + 6,
            Due::GiveUp => DELAYS_MAX + 7,
        }
    }

    fn kind(slot: usize) -> Option<Due> {
        match slot.checked_sub(DELAYS_MAX) {
            None => Some(Due::Release(slot)),
            Some(n) => OTHERS.get(n).copied(),
        }
    }

    /// Sets a deadline, in place of an earlier one of its kind.
    pub fn set(&mut self, due: Due, at: Time) {
        if let Some(time) = self.0.get_mut(Deadlines::slot(due)) {
            *time = at;
        }
    }

    /// Sets a deadline, unless one of its kind is set that comes first; says whether it did.
    pub fn set_if_earlier(&mut self, due: Due, at: Time) -> bool {
        let earlier = at < self.get(due).unwrap_or(Time::NEVER);
        if earlier {
            self.set(due, at);
        }
        earlier
    }

    /// Takes a deadline back; says whether it was set.
    pub fn clear(&mut self, due: Due) -> bool {
        let was_set = self.get(due).is_some();
        self.set(due, Time::NEVER);
        was_set
    }

    /// The time of `due`, if it is set.
    pub fn get(&self, due: Due) -> Option<Time> {
        self.0.get(Deadlines::slot(due)).copied().filter(|time| *time != Time::NEVER)
    }

    /// The time of the next deadline.
    pub fn next(&self) -> Option<Time> {
        self.0.iter().min().copied().filter(|time| *time != Time::NEVER)
    }

    /// Takes out the earliest deadline that has come at `now`.
    pub fn pop(&mut self, now: Time) -> Option<Due> {
        let (slot, time) = self.0.iter_mut().enumerate().min_by_key(|(_, time)| **time)?;
        if *time == Time::NEVER || *time > now {
            return None;
        }
        *time = Time::NEVER;
        Deadlines::kind(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds() -> Vec<Due> {
        (0..SLOTS).map(|slot| Deadlines::kind(slot).unwrap()).collect()
    }

    #[test]
    fn kinds_and_slots_are_the_same_order() {
        for (slot, due) in kinds().into_iter().enumerate() {
            assert_eq!(Deadlines::slot(due), slot);
        }
    }

    #[test]
    fn far_times_do_not_wrap_and_are_set() {
        let far = Time(5).plus(Duration::MAX);
        assert!(far > Time(u64::MAX / 2));
        let mut set = Deadlines::NONE;
        set.set(Due::Grace, far);
        assert_eq!(set.next(), Some(far));
        assert_eq!(Time(5).since(Time(7)), Duration::ZERO);
    }

    #[test]
    fn the_first_of_two_stays() {
        let mut set = Deadlines::NONE;
        for (at, sets, stays) in [(5, true, 5), (7, false, 5), (5, false, 5), (3, true, 3)] {
            assert_eq!(set.set_if_earlier(Due::KillMain, Time(at)), sets, "{at}");
            assert_eq!(set.get(Due::KillMain), Some(Time(stays)));
        }
        assert_eq!((set.clear(Due::KillMain), set.clear(Due::KillMain)), (true, false));
        assert_eq!(set, Deadlines::NONE);
    }

    proptest! {
        #[test]
        fn come_out_in_order(times in prop::collection::vec((0..SLOTS, 0_u64..100), 0..30)) {
            let mut set = Deadlines::NONE;
            let mut model = std::collections::HashMap::new();
            for (slot, at) in times {
                set.set(kinds()[slot], Time(at));
                model.insert(slot, at);
            }
            prop_assert_eq!(set.next().map(|t| t.0), model.values().min().copied());
            let mut before = 0;
            while let Some(next) = set.next() {
                prop_assert!(next.0 == 0 || set.pop(Time(next.0 - 1)).is_none());
                let due = set.pop(next).unwrap();
                prop_assert_eq!(model.remove(&Deadlines::slot(due)), Some(next.0));
                prop_assert!(next.0 >= before);
                before = next.0;
            }
            prop_assert!(model.is_empty());
        }
    }
}
