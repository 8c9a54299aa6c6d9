//! What `--rewrite` and `--delay` fill: small tables from signals to something.

use std::time::Duration;

use crate::signals::Signal;

/// What goes out for each signal that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewrites([u8; 65]);

impl Rewrites {
    /// Everything goes out as it arrived.
    pub const NONE: Rewrites = Rewrites([Rewrites::SAME; 65]);

    const SAME: u8 = 0;
    const DROP: u8 = u8::MAX;

    /// Sends `to` instead of `from`, or nothing.
    pub fn set(&mut self, from: Signal, to: Option<Signal>) {
        if let Some(entry) = self.0.get_mut(from.number() as usize) {
            // At most 64.
            *entry = to.map_or(Rewrites::DROP, |to| to.number() as u8);
        }
    }

    /// As [`Rewrites::set`], unless something was set for `from` already.
    pub fn set_if_unset(&mut self, from: Signal, to: Signal) {
        if self.0.get(from.number() as usize) == Some(&Rewrites::SAME) {
            self.set(from, Some(to));
        }
    }

    /// What goes out for `signal`. One step only: a rewritten signal is not looked up again.
    pub fn of(&self, signal: Signal) -> Option<Signal> {
        match self.0.get(signal.number() as usize) {
            Some(&Rewrites::DROP) => None,
            None | Some(&Rewrites::SAME) => Some(signal),
            Some(&to) => Signal::new(to.into()),
        }
    }
}

/// Most signals that can have a delay. Enough for every signal with a meaning to a
/// server, and few enough to keep each one's value at hand without allocating.
pub const DELAYS_MAX: usize = 8;

/// How long signals are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays([Option<(Signal, Duration)>; DELAYS_MAX]);

impl Delays {
    /// No signal is held.
    pub const NONE: Delays = Delays([None; DELAYS_MAX]);

    /// Holds `signal` for so long; `None` when the table is full.
    pub fn set(&mut self, signal: Signal, delay: Duration) -> Option<()> {
        let same = |row: &Option<(Signal, Duration)>| row.is_none_or(|(s, _)| s == signal);
        *self.0.iter_mut().find(|row| same(row))? = Some((signal, delay));
        Some(())
    }

    /// The row of `signal` and how long it is held.
    pub fn of(&self, signal: Signal) -> Option<(usize, Duration)> {
        let mut rows = self.0.iter().enumerate();
        rows.find_map(|(row, entry)| match entry {
            Some((held, delay)) if *held == signal && !delay.is_zero() => Some((row, *delay)),
            _ => None,
        })
    }

    /// The signal of a row.
    pub fn signal(&self, row: usize) -> Option<Signal> {
        self.0.get(row).copied().flatten().map(|(signal, _)| signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewriting_is_one_step() {
        let mut rewrites = Rewrites::NONE;
        rewrites.set(Signal::TERM, Some(Signal::QUIT));
        rewrites.set(Signal::QUIT, Some(Signal::TERM));
        rewrites.set(Signal::CONT, None);
        for signal in Signal::all() {
            let out = match signal {
                Signal::TERM => Some(Signal::QUIT),
                Signal::QUIT => Some(Signal::TERM),
                Signal::CONT => None,
                other => Some(other),
            };
            assert_eq!(rewrites.of(signal), out);
        }
    }

    #[test]
    fn delays_fill_up() {
        let mut delays = Delays::NONE;
        let second = Duration::from_secs(1);
        for (row, signal) in Signal::all().take(DELAYS_MAX).enumerate() {
            assert_eq!(delays.set(signal, second), Some(()));
            assert_eq!(delays.of(signal), Some((row, second)));
            assert_eq!(delays.signal(row), Some(signal));
        }
        assert_eq!(delays.set(Signal::TERM, second), None);
        let first = Signal::all().next().unwrap();
        assert_eq!(delays.set(first, Duration::ZERO), Some(()), "the last one counts");
        assert_eq!(delays.of(first), None);
    }
}
