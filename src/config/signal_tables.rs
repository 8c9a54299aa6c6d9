//! What `--rewrite`, `--delay` and `--kill-after` fill: small tables with a row per signal.

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

    /// What goes out for `signal`; a rewritten signal is not looked up again.
    pub fn of(&self, signal: Signal) -> Option<Signal> {
        match self.0.get(signal.number() as usize) {
            Some(&Rewrites::DROP) => None,
            None | Some(&Rewrites::SAME) => Some(signal),
            Some(&to) => Signal::new(to.into()),
        }
    }
}

/// Most signals that can have a delay: enough for those that mean something to a server, and
/// few enough to keep each held signal without allocating.
pub const DELAYS_MAX: usize = 8;

/// Most signals that can have a time of their own in `--kill-after`: more than the signals
/// that ask a program to end.
pub const KILL_AFTER_MAX: usize = 4;

/// How long the main child may outlive each signal that it is sent, before SIGKILL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KillAfter {
    /// For TERM and INT, unless they are named.
    plain: Option<Duration>,
    named: [Option<(Signal, Duration)>; KILL_AFTER_MAX],
}

impl KillAfter {
    /// It may outlive all of them.
    pub const NEVER: KillAfter = KillAfter { plain: None, named: [None; KILL_AFTER_MAX] };

    /// The time after this signal, or after TERM and INT; 0 is no limit. `None` when the table
    /// is full.
    pub fn set(&mut self, signal: Option<Signal>, time: Duration) -> Option<()> {
        match signal {
            None => self.plain = Some(time),
            Some(signal) => set(&mut self.named, signal, time)?,
        }
        Some(())
    }

    /// The time after `signal`. QUIT has a time only when it is named: it asks a JVM or a Go
    /// program for a dump.
    pub fn of(&self, signal: Signal) -> Option<Duration> {
        let named = self.named.iter().flatten().find(|(named, _)| *named == signal);
        let plain = self.plain.filter(|_| matches!(signal, Signal::TERM | Signal::INT));
        named.map(|(_, time)| *time).or(plain).filter(|time| !time.is_zero())
    }
}

/// Sets the row of `signal`; `None` when the table is full.
fn set(rows: &mut [Option<(Signal, Duration)>], signal: Signal, time: Duration) -> Option<()> {
    let same = |row: &Option<(Signal, Duration)>| row.is_none_or(|(s, _)| s == signal);
    *rows.iter_mut().find(|row| same(row))? = Some((signal, time));
    Some(())
}

/// How long signals are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays([Option<(Signal, Duration)>; DELAYS_MAX]);

impl Delays {
    /// No signal is held.
    pub const NONE: Delays = Delays([None; DELAYS_MAX]);

    /// Holds `signal` for this long; `None` when the table is full.
    pub fn set(&mut self, signal: Signal, delay: Duration) -> Option<()> {
        set(&mut self.0, signal, delay)
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

    #[test]
    fn kill_after_covers_term_and_int() {
        let seconds = |n| Some(Duration::from_secs(n));
        let quit = (Some(Signal::QUIT), 20);
        for (given, term, int, quit_) in [
            (&[][..], None, None, None),
            (&[(None, 5)], seconds(5), seconds(5), None),
            (&[(None, 5), quit], seconds(5), seconds(5), seconds(20)),
            (&[quit, (None, 5)], seconds(5), seconds(5), seconds(20)),
            (&[quit], None, None, seconds(20)),
            (&[(Some(Signal::TERM), 9), (None, 5)], seconds(9), seconds(5), None),
            (&[(None, 5), (Some(Signal::INT), 0)], seconds(5), None, None),
            (&[(None, 5), (None, 0)], None, None, None),
        ] {
            let mut table = KillAfter::NEVER;
            for (signal, time) in given {
                assert_eq!(table.set(*signal, Duration::from_secs(*time)), Some(()));
            }
            let found = [Signal::TERM, Signal::INT, Signal::QUIT].map(|signal| table.of(signal));
            assert_eq!(found, [term, int, quit_], "{given:?}");
        }
        let mut table = KillAfter::NEVER;
        let mut full = Signal::all().map(|signal| table.set(Some(signal), Duration::ZERO));
        assert_eq!(full.position(|set| set.is_none()), Some(KILL_AFTER_MAX));
    }
}
