//! Strings in the kernel's arrays, argv and the environment, where the kernel put them.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};
use std::ptr::null;

/// A string where the kernel put it: an argument or an environment entry. Nobody measures
/// its length before somebody asks for it, so a long string costs nothing to skip.
#[derive(Clone, Copy, Debug)]
pub struct Text(*const c_char);

impl Text {
    /// All of it, without the closing NUL.
    pub fn to_bytes(self) -> &'static [u8] {
        self.as_c_str().to_bytes()
    }

    /// The same, for system calls.
    pub fn as_c_str(self) -> &'static CStr {
        // SAFETY: points into argv or the environment, NUL-terminated and never freed.
        unsafe { CStr::from_ptr(self.0) }
    }

    /// The first byte, if there is one.
    pub fn first(self) -> Option<u8> {
        // SAFETY: the closing NUL at the latest.
        Some(unsafe { *self.0 } as u8).filter(|byte| *byte != 0)
    }

    /// What follows `prefix`, if the string starts with it. Reads only as far as the prefix.
    pub fn strip_prefix(self, prefix: &[u8]) -> Option<Text> {
        let mut at = self.0;
        for byte in prefix {
            // SAFETY: every byte before `at` was equal to a byte of `prefix` that is not
            // NUL, so `at` is at most at the closing NUL.
            if *byte == 0 || unsafe { *at } as u8 != *byte {
                return None;
            }
            at = at.wrapping_add(1);
        }
        Some(Text(at))
    }
}

/// An array of strings where the kernel put it: argv, a tail of it, or the environment.
#[derive(Clone, Copy, Debug)]
pub struct Strings {
    /// The first element of the whole array, which a null pointer closes.
    pub(super) base: *mut *const c_char,
    /// Where this part of it starts.
    pub(super) start: usize,
    /// The length of the whole array.
    pub(super) end: usize,
}

impl Strings {
    /// # Safety
    /// `base` holds `len` NUL-terminated strings and a null pointer, for good.
    #[cfg_attr(test, allow(dead_code))]
    pub(super) unsafe fn of_len(base: *mut *const c_char, len: c_int) -> Strings {
        Strings { base, start: 0, end: usize::try_from(len).unwrap_or(0) }
    }

    /// # Safety
    /// `base` holds NUL-terminated strings and a null pointer, for good.
    pub(super) unsafe fn counted(base: *mut *const c_char) -> Strings {
        let mut end = 0;
        // SAFETY: the caller says that a null pointer closes the array.
        while !unsafe { *base.add(end) }.is_null() {
            end += 1;
        }
        Strings { base, start: 0, end }
    }

    /// The N-th string of this part.
    pub fn get(self, n: usize) -> Option<Text> {
        let at = self.start.checked_add(n)?;
        // SAFETY: below `end` the array holds strings.
        (at < self.end).then(|| Text(unsafe { *self.base.add(at) }))
    }

    /// All strings of this part, in order.
    pub fn iter(self) -> impl Iterator<Item = Text> {
        (0..).map_while(move |n| self.get(n))
    }

    /// The part that starts at the N-th string of this one.
    #[must_use]
    pub fn tail(self, n: usize) -> Strings {
        Strings { start: self.start.saturating_add(n).min(self.end), ..self }
    }

    /// Runs `scope` with two words in place of the first string. The slot before the first
    /// string takes the other word, so nothing is allocated. `None` when there is no first
    /// string or no such slot.
    pub fn with_first_replaced<R>(
        self,
        words: [&CStr; 2],
        scope: impl FnOnce(Strings) -> R,
    ) -> Option<R> {
        let start = self.start.checked_sub(1).filter(|_| self.start < self.end)?;
        let place = self.base.wrapping_add(start).cast::<[*const c_char; 2]>();
        // SAFETY: both slots are inside the array, and `words` outlive the scope. After it the
        // old words are back: after vfork our parent has the same array.
        unsafe {
            let before = place.replace(words.map(CStr::as_ptr));
            let result = scope(Strings { start, ..self });
            place.write(before);
            Some(result)
        }
    }

    /// Overwrites every string with NULs, up to its end. They are empty from then on.
    pub fn wipe(self) {
        for text in self.iter() {
            let length = text.to_bytes().len();
            // SAFETY: the string has that length, the memory is the process's own and writable
            // (execve(2)), and a slice of it that is still there sees NULs, which are bytes too.
            unsafe { text.0.cast_mut().write_bytes(0, length) };
        }
    }

    /// Leaks copies, as an array like the kernel's that has one more place before it, see
    /// [`Strings::with_first_replaced`]. A string ends at a NUL in it.
    pub fn leak<T: AsRef<[u8]>>(strings: &[T]) -> Strings {
        let copy = |s: &T| -> *const c_char {
            let text = s.as_ref().split(|b| *b == 0).next().unwrap_or_default();
            [text, b"\0"].concat().leak().as_ptr().cast()
        };
        let spare = std::iter::once(c"".as_ptr());
        let array: Vec<*const c_char> =
            spare.chain(strings.iter().map(copy)).chain([null()]).collect();
        // SAFETY: built just above, and leaked.
        unsafe { Strings::counted(array.leak().as_mut_ptr()) }.tail(1)
    }

    /// As [`Strings::leak`], but the copies are gone after `scope`: a fuzzer makes millions.
    #[cfg(any(test, fuzzing))]
    pub fn lend<T: AsRef<[u8]>, R>(strings: &[T], scope: impl FnOnce(Strings) -> R) -> R {
        let copy = |s: &T| {
            let text = s.as_ref().split(|b| *b == 0).next().unwrap_or_default();
            [text, b"\0"].concat()
        };
        let copies: Vec<_> = strings.iter().map(copy).collect();
        let pointers = copies.iter().map(|copy| copy.as_ptr().cast());
        let mut array: Vec<*const c_char> =
            [c"".as_ptr()].into_iter().chain(pointers).chain([null()]).collect();
        // SAFETY: built just above, and there for as long as `scope` runs.
        scope(unsafe { Strings::counted(array.as_mut_ptr()) }.tail(1))
    }

    /// Runs `scope` with the entry in the place of the N-th string, if there is that string.
    pub fn with_entry<R, const N: usize>(
        self,
        entry: Option<(usize, &LateEntry<N>)>,
        scope: impl FnOnce() -> R,
    ) -> R {
        let at = |n| Some(self.start.saturating_add(n)).filter(|at| *at < self.end);
        let before = entry.and_then(|(n, entry)| {
            let place = self.base.wrapping_add(at(n)?);
            // SAFETY: inside the array, which is ours to write to; `entry` is a NUL-terminated
            // string that outlives the scope, and after it the old one is back.
            Some((place, unsafe { place.replace(entry.0.as_ptr().cast()) }))
        });
        let result = scope();
        if let Some((place, before)) = before {
            // SAFETY: as above.
            unsafe { place.write(before) };
        }
        result
    }

    pub(super) fn as_ptr(self) -> *const *const c_char {
        // The closing null pointer at the latest: `start` is at most `end`.
        self.base.wrapping_add(self.start)
    }
}

/// An environment entry whose value is not known before the child runs. At most `N - 1`
/// bytes: the last byte stays NUL, and what does not fit is left out.
#[derive(Debug)]
pub struct LateEntry<const N: usize>([Cell<u8>; N]);

impl<const N: usize> LateEntry<N> {
    /// `name` ends with `=`; the value is missing.
    pub fn new(name: &[u8]) -> LateEntry<N> {
        let entry = LateEntry([const { Cell::new(0) }; N]);
        entry.append(name.iter().copied());
        entry
    }

    /// Appends bytes.
    pub fn append(&self, bytes: impl Iterator<Item = u8>) {
        let free = self.0.iter().take(N - 1).skip_while(|cell| cell.get() != 0);
        for (cell, byte) in free.zip(bytes) {
            cell.set(byte);
        }
    }

    /// Appends a number.
    pub fn append_number(&self, number: u32) {
        let digits = (0..number.checked_ilog10().unwrap_or(0) + 1).rev();
        self.append(digits.map(|place| b'0' + (number / 10_u32.pow(place) % 10) as u8));
    }

    /// What it holds.
    #[cfg(test)]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().map(Cell::get).take_while(|byte| *byte != 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_entries() {
        for number in [0, 1, 9, 10, 4711, 4_194_304, u32::MAX] {
            let entry = LateEntry::<32>::new(b"PID=");
            entry.append_number(number);
            assert_eq!(entry.to_bytes(), format!("PID={number}").into_bytes());
        }
        let entry = LateEntry::<32>::new(&[b'x'; 40]);
        entry.append_number(7);
        assert_eq!(entry.to_bytes(), [b'x'; 31]);
    }

    #[test]
    fn an_entry_is_there_for_a_while() {
        let env = Strings::leak(&["A=1", "PID=1", "B=2"]);
        let now = || env.iter().map(|text| text.to_bytes().to_vec()).collect::<Vec<_>>();
        let before = now();
        let entry = LateEntry::<32>::new(b"PID=");
        let during = env.with_entry(Some((1, &entry)), || {
            entry.append_number(23);
            now()
        });
        assert_eq!(during, [&b"A=1"[..], b"PID=23", b"B=2"]);
        assert_eq!(now(), before);
        for nowhere in [None, Some((3, &entry))] {
            assert_eq!(env.with_entry(nowhere, now), before);
        }
    }
}
