//! JSON without allocating (RFC 8259). Pure.

use std::fmt::{self, Write};

/// Writes a string: what is not UTF-8 becomes U+FFFD.
///
/// # Errors
/// Those of `out`.
pub fn string(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    out.write_char('"')?;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => write!(out, "\\{c}")?,
                c if c < ' ' => write!(out, "\\u{:04x}", u32::from(c))?,
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
        fn strings_read_back(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut text = String::new();
            string(&mut text, &bytes).unwrap();
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read, serde_json::json!(String::from_utf8_lossy(&bytes)));
        }
    }
}
