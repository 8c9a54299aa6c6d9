//! A set of process numbers. Only the pages of it that are written to cost memory.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::unistd::Pid;

use crate::sys;

/// The kernel's PID_MAX_LIMIT on 64 bits, in words.
const WORDS: usize = (1 << 22) / 64;

/// A set of process numbers. It takes half a megabyte of addresses, mapped at the first use:
/// a `static` of that size would move the statics behind it to a page of their own.
pub struct Pids(OnceLock<&'static [AtomicU64]>);

impl Pids {
    /// The empty set.
    pub const fn new() -> Pids {
        Pids(OnceLock::new())
    }

    /// Adds a number; says if it was missing.
    pub fn insert(&self, pid: Pid) -> bool {
        let (word, bit) = self.place(pid);
        word.is_none_or(|word| word.fetch_or(bit, Ordering::Relaxed) & bit == 0)
    }

    /// Is this number in the set?
    pub fn contains(&self, pid: Pid) -> bool {
        let (word, bit) = self.place(pid);
        word.is_some_and(|word| word.load(Ordering::Relaxed) & bit != 0)
    }

    fn place(&self, pid: Pid) -> (Option<&AtomicU64>, u64) {
        let number = pid.as_raw().unsigned_abs();
        // Without memory the set stays empty: a process seen twice is better than one never seen.
        let words = self.0.get_or_init(|| sys::zeroed_words(WORDS));
        (words.get(number as usize / 64), 1 << (number % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_once() {
        static SET: Pids = Pids::new();
        for number in [1, 63, 64, 32_768, (1 << 22) - 1] {
            let pid = Pid::from_raw(number);
            assert!(!SET.contains(pid) && SET.insert(pid), "{number}");
            assert!(SET.contains(pid) && !SET.insert(pid), "{number}");
        }
        // No kernel gives this number out: seen twice is better than never.
        assert!(SET.insert(Pid::from_raw(1 << 22)));
        assert!(SET.insert(Pid::from_raw(1 << 22)));
    }
}
