//! Numbers in options and files: digits and nothing else. Pure.

use std::str::FromStr;

/// Reads a decimal number. A sign or a space is no part of a number.
pub fn number<T: FromStr>(text: &[u8]) -> Option<T> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}
