//! JSON objects and arrays, written into a place of limited size. Pure.

use std::fmt::{self, Write};

use crate::json;

/// Text under construction. What does not fit any more is left out.
pub struct Text<'a> {
    place: &'a mut [u8],
    len: usize,
    /// Something was left out.
    full: bool,
}

impl<'a> Text<'a> {
    /// Nothing so far.
    pub fn in_place(place: &'a mut [u8]) -> Text<'a> {
        Text { place, len: 0, full: false }
    }

    /// What it holds.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.place.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }

    fn last(&self) -> Option<&u8> {
        self.place.get(self.len.checked_sub(1)?)
    }

    /// Adds something as it is.
    pub fn add(&mut self, text: &str) {
        let end = self.len + text.len();
        match self.place.get_mut(self.len..end).filter(|_| !self.full) {
            Some(place) => {
                place.copy_from_slice(text.as_bytes());
                self.len = end;
            }
            None => self.full = true,
        }
    }

    /// A key, and of the object's braces and commas what stands before it.
    pub fn key(&mut self, key: &str) {
        self.add(if self.last() == Some(&b'{') { "\"" } else { ",\"" });
        self.add(key);
        self.add("\":");
    }

    /// A member that is a number, or null.
    pub fn number(&mut self, key: &str, value: Option<u64>) {
        self.key(key);
        // It is noted when it does not fit.
        let _ = match value {
            Some(value) => write!(self, "{value}"),
            None => self.write_str("null"),
        };
    }

    /// A member that is a string.
    pub fn string(&mut self, key: &str, value: &[u8]) {
        self.key(key);
        let _ = json::string(self, value);
    }

    /// An array of as many objects as fit before the last `rest` bytes of the place.
    /// `members` adds the members of the next one, and says when there is none.
    pub fn array(&mut self, rest: usize, members: &mut dyn FnMut(&mut Text<'a>) -> Option<()>) {
        self.add("[");
        loop {
            let before = self.len;
            self.add(if self.last() == Some(&b'[') { "{" } else { ",{" });
            let there = members(self);
            self.add("}");
            // One byte is for the bracket.
            if there.is_none() || self.full || self.len + 1 + rest > self.place.len() {
                (self.len, self.full) = (before, false);
                return self.add("]");
            }
        }
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_end_where_the_place_does() {
        let all = r#"[{"n":1},{"n":22}]"#;
        for (rest, expected) in [(0, all), (1, r#"[{"n":1}]"#), (9, r#"[{"n":1}]"#), (10, "[]")] {
            let mut place = [0; 18];
            let mut text = Text::in_place(&mut place);
            let mut numbers = [1, 22, 333].into_iter();
            text.array(rest, &mut |text| {
                text.number("n", Some(numbers.next()?));
                Some(())
            });
            assert_eq!(text.as_str(), expected, "{rest}");
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_all_behind_it() {
        let mut place = [0; 4];
        let mut text = Text::in_place(&mut place);
        for part in ["ab", "cde", "f"] {
            text.add(part);
        }
        assert_eq!((text.as_str(), text.full), ("ab", true));
    }
}
