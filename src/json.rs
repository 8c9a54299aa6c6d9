//! JSON without allocating (RFC 8259). Pure.

use std::fmt::{self, Write};

use crate::text::is_deceptive;

/// Writes a string. What is not UTF-8 becomes U+FFFD; what could deceive a reader of the text
/// is escaped.
///
/// # Errors
/// The errors of `out`.
pub fn string(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    out.write_char('"')?;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => write!(out, "\\{c}")?,
                // All of them have four digits.
                c if is_deceptive(c) => write!(out, "\\u{:04x}", u32::from(c))?,
                c => out.write_char(c)?,
            }
        }
        if !chunk.invalid().is_empty() {
            out.write_char('\u{fffd}')?;
        }
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_read_back(
            chars in ".{0,99}",
            special in "[\u{1}-\u{1f}\u{7f}-\u{9f}\u{61c}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2066}-\u{2069}]{0,9}",
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let bytes = [chars.as_bytes(), special.as_bytes(), &bytes].concat();
            let mut text = String::new();
            string(&mut text, &bytes).unwrap();
            let bidi = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202d}\u{202e}\u{2066}\u{2069}";
            prop_assert!(!text.contains(|c: char| c.is_control() || bidi.contains(c)), "{}", text);
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read, serde_json::json!(String::from_utf8_lossy(&bytes)));
        }
    }
}
