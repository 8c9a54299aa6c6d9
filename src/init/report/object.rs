//! JSON objects and arrays of limited size. Pure.

use std::fmt::Write;

use super::REPORT_MAX;
use crate::json;
use crate::text::Fixed;

/// An object, or a part of it, under construction. A member that does not fit is left out,
/// and all after it.
pub struct Object(Fixed<REPORT_MAX>);

impl Object {
    /// An empty text.
    pub fn new() -> Object {
        Object(Fixed::new())
    }

    /// What it holds.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// What it holds, as a line.
    pub fn as_line(&mut self) -> &[u8] {
        self.0.as_line()
    }

    /// Adds a text as it is.
    pub fn add(&mut self, text: &[u8]) {
        self.0.push(text);
    }

    fn last(&self) -> Option<&u8> {
        self.as_bytes().last()
    }

    /// A key, and of the object's braces and commas what stands before it.
    pub fn key(&mut self, key: &str) {
        let comma = if self.last() == Some(&b'{') { "" } else { "," };
        let _ = write!(self.0, "{comma}\"{key}\":");
    }

    /// A member that is a number, or null.
    pub fn number(&mut self, key: &str, value: Option<u64>) {
        self.key(key);
        let _ = match value {
            Some(value) => write!(self.0, "{value}"),
            None => self.0.write_str("null"),
        };
    }

    /// A member that is a string.
    pub fn string(&mut self, key: &str, value: &[u8]) {
        self.key(key);
        let _ = json::string(&mut self.0, value);
    }

    /// A member that is the name of a signal.
    pub fn display(&mut self, key: &str, value: impl std::fmt::Display) {
        self.key(key);
        let _ = write!(self.0, "\"{value}\"");
    }

    /// An array of as many objects as fit before the last `rest` bytes. `members` adds the
    /// members of the next object, and returns `None` when there is none.
    pub fn array(&mut self, rest: usize, members: &mut dyn FnMut(&mut Object) -> Option<()>) {
        self.add(b"[");
        loop {
            let before = self.0.len();
            self.add(if self.last() == Some(&b'[') { b"{" } else { b",{" });
            let there = members(self);
            self.add(b"}");
            // One byte is for the bracket.
            if there.is_none() || self.0.is_cut() || self.0.room() < 1 + rest {
                self.0.truncate(before);
                return self.add(b"]");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_end_where_the_room_does() {
        let all = r#"[{"n":1},{"n":22}]"#;
        let one = r#"[{"n":1}]"#;
        for (room, expected) in [(19, all), (18, all), (17, one), (9, one), (8, "[]"), (2, "[]")] {
            let mut text = Object::new();
            let mut numbers = [1, 22, 333].into_iter();
            text.array(REPORT_MAX - 1 - room, &mut |text| {
                text.number("n", Some(numbers.next()?));
                Some(())
            });
            assert_eq!(text.as_bytes(), expected.as_bytes(), "{room}");
        }
    }
}
