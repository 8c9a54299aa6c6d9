//! A set of process numbers, of which only the pages that are written to cost memory.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::unistd::Pid;

use crate::sys;

/// The kernel's PID_MAX_LIMIT on 64 bits, in words.
const WORDS: usize = (1 << 22) / 64;

/// Which numbers were seen before. Half a megabyte, so it is there when it is needed only: a
/// `static` of that size would put what lies behind it on a page of its own.
pub struct Pids(OnceLock<&'static [AtomicU64]>);

impl Pids {
    /// None.
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
        // Without memory for it the set stays empty: better seen twice than never.
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
        // No kernel has this one: better seen twice than never.
        assert!(SET.insert(Pid::from_raw(1 << 22)));
        assert!(SET.insert(Pid::from_raw(1 << 22)));
    }
}
