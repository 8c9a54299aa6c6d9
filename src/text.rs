//! Text without allocating: a buffer of fixed size, and how bytes, words and durations
//! are written for people. Pure.

use std::ffi::CStr;
use std::fmt::{self, Write};
use std::time::Duration;

/// A text of at most `N - 1` bytes. The last byte of the buffer is kept for what ends the
/// text: the NUL of a path, or the line feed of a line.
///
/// One rule for all that is too long: a piece that does not fit is left out as a whole,
/// and so is every piece after it; [`Fixed::is_cut`] tells. What is pushed as `str`s
/// therefore stays valid UTF-8. Writing never fails: `write!` may be used and its result
/// dropped.
#[derive(Clone, Copy)]
pub struct Fixed<const N: usize> {
    bytes: [u8; N],
    len: usize,
    cut: bool,
}

impl<const N: usize> Fixed<N> {
    /// An empty text.
    pub const fn new() -> Fixed<N> {
        const { assert!(N > 0, "there is a byte for the end") };
        Fixed { bytes: [0; N], len: 0, cut: false }
    }

    /// Appends a piece.
    pub fn push(&mut self, piece: &[u8]) {
        let place = self.bytes.get_mut(self.len..N - 1).unwrap_or_default();
        match place.get_mut(..piece.len()).filter(|_| !self.cut) {
            Some(place) => {
                place.copy_from_slice(piece);
                self.len += piece.len();
            }
            None => self.cut = true,
        }
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes still fit.
    pub fn room(&self) -> usize {
        N - 1 - self.len
    }

    /// Was a piece left out?
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Goes back to an earlier length, and takes pieces again.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.cut = false;
    }

    /// The text as a path for a system call; `None` when it was cut or has a NUL inside.
    pub fn as_c_str(&mut self) -> Option<&CStr> {
        if self.cut {
            return None;
        }
        CStr::from_bytes_with_nul(self.ended_by(0)).ok()
    }

    /// The text as a line, with its line feed.
    pub fn as_line(&mut self) -> &[u8] {
        self.ended_by(b'\n')
    }

    fn ended_by(&mut self, end: u8) -> &[u8] {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = end;
        }
        self.bytes.get(..=self.len).unwrap_or_default()
    }
}

impl<const N: usize> Write for Fixed<N> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.push(piece.as_bytes());
        Ok(())
    }
}

/// A duration as options take it: `5s`, `500ms`. Fractions of a millisecond are left out.
pub struct HumanDuration(pub Duration);

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_millis() {
            0 => write!(f, "{}s", self.0.as_secs()),
            _ => write!(f, "{}ms", self.0.as_millis()),
        }
    }
}

/// Can it start a line, move a cursor, or change the order in which a line is shown? Control
/// characters (Cc: also DEL and U+0080 to U+009F), line separators and bidirectional controls
/// (UAX #9) can.
pub fn is_deceptive(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// Bytes as text for a message: what is not UTF-8 becomes U+FFFD, and what could deceive a
/// reader `?`.
pub struct Printable<'a>(pub &'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for char in chunk.valid().chars() {
                f.write_char(if is_deceptive(char) { '?' } else { char })?;
            }
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

/// Longer words are cut in messages.
const EXCERPT_MAX: usize = 256;

/// As [`Printable`], but only the start of a long word, so that the rest of the message
/// fits on the line too.
pub struct Excerpt<'a>(pub &'a [u8]);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get(..EXCERPT_MAX).filter(|start| start.len() < self.0.len()) {
            Some(start) => write!(f, "{}...", Printable(start)),
            None => Printable(self.0).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pieces_stay_whole() {
        let mut text = Fixed::<5>::new();
        for (piece, expected, cut) in
            [("ab", "ab", false), ("cde", "ab", true), ("f", "ab", true), ("", "ab", true)]
        {
            let _ = text.write_str(piece);
            assert_eq!((text.as_bytes(), text.is_cut()), (expected.as_bytes(), cut), "{piece}");
        }
        assert_eq!(text.as_c_str(), None);
        assert_eq!(text.as_line(), b"ab\n");
        text.truncate(1);
        text.push(b"xyz");
        assert_eq!((text.as_bytes(), text.room()), (&b"axyz"[..], 0));
        assert_eq!(text.as_c_str(), Some(c"axyz"));
        assert_eq!(text.as_line(), b"axyz\n");
        text.truncate(2);
        assert_eq!(text.as_c_str(), Some(c"ax"));
        text.push(b"\0");
        assert_eq!(text.as_c_str(), None);
    }

    #[test]
    fn names_deceive_nobody() {
        for (name, shown) in [
            ("a\x1b[2Jb\n\x7f", "a?[2Jb??"),
            ("\u{80}\u{9b}2J\u{9f}", "??2J?"),
            ("\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}", "?????"),
            ("txt.\u{202e}exe\u{202a}\u{2066}\u{2069}", "txt.?exe???"),
            ("naïve 日本 \u{200d}", "naïve 日本 \u{200d}"),
        ] {
            assert_eq!(Printable(name.as_bytes()).to_string(), shown);
        }
    }

    #[test]
    fn durations_read_as_options_have_them() {
        for (millis, text) in [(0, "0s"), (5000, "5s"), (500, "500ms"), (90_500, "90500ms")] {
            assert_eq!(HumanDuration(Duration::from_millis(millis)).to_string(), text);
        }
    }

    #[test]
    fn long_words_leave_room() {
        assert_eq!(Excerpt(b"short").to_string(), "short");
        assert_eq!(Excerpt(&[b'x'; EXCERPT_MAX]).to_string(), "x".repeat(EXCERPT_MAX));
        let cut = "x".repeat(EXCERPT_MAX) + "...";
        assert_eq!(Excerpt(&[b'x'; EXCERPT_MAX + 1]).to_string(), cut);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The longest run of whole pieces that fits, and no byte of the first that does not.
        #[test]
        fn the_rule(pieces in prop::collection::vec("\\PC{0,6}", 0..12)) {
            const N: usize = 24;
            let mut text = Fixed::<N>::new();
            let (mut expected, mut cut) = (String::new(), false);
            for piece in &pieces {
                let _ = text.write_str(piece);
                cut |= expected.len() + piece.len() > N - 1;
                if !cut {
                    expected += piece;
                }
                prop_assert_eq!(text.as_bytes(), expected.as_bytes());
                prop_assert_eq!((text.len(), text.is_cut()), (expected.len(), cut));
                prop_assert_eq!(text.room(), N - 1 - expected.len());
            }
            let line = format!("{expected}\n");
            prop_assert_eq!(text.as_line(), line.as_bytes());
            let path = text.as_c_str().map(CStr::to_bytes);
            prop_assert_eq!(path, (!cut).then_some(expected.as_bytes()));
        }

        /// Going back and on is as if what was taken back had never been there.
        #[test]
        fn truncation_forgets(before in "\\PC{0,9}", lost in "\\PC{0,99}", after in "\\PC{0,9}") {
            let (mut text, mut plain) = (Fixed::<48>::new(), Fixed::<48>::new());
            let _ = (text.write_str(&before), plain.write_str(&before));
            let mark = text.len();
            let _ = text.write_str(&lost);
            text.truncate(mark);
            let _ = (text.write_str(&after), plain.write_str(&after));
            prop_assert_eq!(text.as_bytes(), plain.as_bytes());
            prop_assert_eq!(text.is_cut(), plain.is_cut());
            prop_assert_eq!(text.as_c_str(), plain.as_c_str());
        }
    }
}
