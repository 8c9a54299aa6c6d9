//! Numbers as they stand in options and in files: digits and nothing else. Pure.

use std::str::FromStr;

/// The number that `text` is; a sign or a space makes it none.
pub fn number<T: FromStr>(text: &[u8]) -> Option<T> {
    let all = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| all)?.parse().ok()
}
