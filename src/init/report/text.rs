//! Text, and arrays of JSON, into a place of limited size. Pure.

use std::fmt::{self, Write};

/// Text of limited length. What does not fit as a whole is refused.
pub struct Text<const MAX: usize> {
    bytes: [u8; MAX],
    len: usize,
}

impl<const MAX: usize> Text<MAX> {
    /// Nothing so far.
    pub fn new() -> Text<MAX> {
        Text { bytes: [0; MAX], len: 0 }
    }

    /// What it holds.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The same.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// An array of as many entries as fit before the last `rest` bytes of the place.
    pub fn array<T>(
        &mut self,
        rest: usize,
        items: impl Iterator<Item = T>,
        entry: impl Fn(&mut Self, T) -> fmt::Result,
    ) -> fmt::Result {
        self.write_str("[")?;
        let mut comma = "";
        for item in items {
            let before = self.len;
            let written = self.write_str(comma).and_then(|()| entry(self, item));
            // One byte is for the bracket.
            if written.is_err() || self.len + 1 + rest > MAX {
                self.len = before;
                break;
            }
            comma = ",";
        }
        self.write_str("]")
    }

    /// A number, or null.
    pub fn number(&mut self, value: Option<u64>) -> fmt::Result {
        match value {
            Some(value) => write!(self, "{value}"),
            None => self.write_str("null"),
        }
    }
}

impl<const MAX: usize> Write for Text<MAX> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let place = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_end_where_the_place_does() {
        for (rest, expected) in [(0, "[1,22,333]"), (1, "[1,22]"), (3, "[1,22]"), (6, "[1]")] {
            let mut text = Text::<10>::new();
            text.array(rest, [1, 22, 333, 4444].iter(), |text, n| write!(text, "{n}")).unwrap();
            assert_eq!(text.as_str(), expected, "{rest}");
        }
        assert_eq!(Text::<1>::new().array(0, [1].iter(), |_, _| Ok(())), Err(fmt::Error));
    }
}
