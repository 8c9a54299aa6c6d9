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
        // Without memory the set stays empty: a process seen twice is better than one never seen.
        let words = self.0.get_or_init(|| sys::zeroed_words(WORDS));
        let (index, bit) = place(pid);
        let word = words.get(index);
        word.is_none_or(|word| word.fetch_or(bit, Ordering::Relaxed) & bit == 0)
    }

    /// Takes a number out.
    pub fn remove(&self, pid: Pid) {
        let (index, bit) = place(pid);
        // A page that was never written to stays that way.
        if let Some(word) = self.words().get(index)
            && word.load(Ordering::Relaxed) & bit != 0
        {
            word.fetch_and(!bit, Ordering::Relaxed);
        }
    }

    /// Is this number in the set?
    pub fn contains(&self, pid: Pid) -> bool {
        let (index, bit) = place(pid);
        self.words().get(index).is_some_and(|word| word.load(Ordering::Relaxed) & bit != 0)
    }

    /// Takes out every number that is not in `others`.
    pub fn retain(&self, others: &Pids) {
        let others = others.words().iter().map(|word| word.load(Ordering::Relaxed));
        self.mask(others.chain(std::iter::repeat(0)));
    }

    /// Takes out every number.
    pub fn clear(&self) {
        self.mask(std::iter::repeat(0));
    }

    fn mask(&self, masks: impl Iterator<Item = u64>) {
        for (word, mask) in self.words().iter().zip(masks) {
            let bits = word.load(Ordering::Relaxed);
            if bits & !mask != 0 {
                word.store(bits & mask, Ordering::Relaxed);
            }
        }
    }

    fn words(&self) -> &'static [AtomicU64] {
        self.0.get().copied().unwrap_or_default()
    }
}

fn place(pid: Pid) -> (usize, u64) {
    let number = pid.as_raw().unsigned_abs();
    (number as usize / 64, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: [i32; 5] = [1, 63, 64, 32_768, (1 << 22) - 1];

    #[test]
    fn every_number_once() {
        static SET: Pids = Pids::new();
        for pid in NUMBERS.map(Pid::from_raw) {
            SET.remove(pid);
            assert!(!SET.contains(pid) && SET.insert(pid), "{pid}");
            assert!(SET.contains(pid) && !SET.insert(pid), "{pid}");
            SET.remove(pid);
            assert!(!SET.contains(pid) && SET.insert(pid), "{pid}");
        }
        // No kernel gives this number out: seen twice is better than never.
        assert!(SET.insert(Pid::from_raw(1 << 22)));
        assert!(SET.insert(Pid::from_raw(1 << 22)));
    }

    #[test]
    fn what_is_kept() {
        static SET: Pids = Pids::new();
        static OTHERS: Pids = Pids::new();
        for pid in NUMBERS.map(Pid::from_raw) {
            SET.insert(pid);
        }
        let kept = Pid::from_raw(64);
        OTHERS.insert(kept);
        OTHERS.insert(Pid::from_raw(65));
        SET.retain(&OTHERS);
        for pid in NUMBERS.map(Pid::from_raw) {
            assert_eq!(SET.contains(pid), pid == kept, "{pid}");
        }
        SET.clear();
        assert!(!SET.contains(kept));
    }
}
