//! Changes of the app's environment.
//!
//! In: the caller's entries, and changes in the order of the command line. Out: entries. Pure.

use crate::sys::{Strings, Text};

/// A change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Take all entries out.
    Clear,
    /// Bring the caller's entry with this name back, if there is one.
    Keep(&'static [u8]),
    /// Give a name a value.
    Set(&'static [u8], &'static [u8]),
    /// Take all entries with this name out.
    Unset(&'static [u8]),
}

/// A variable's name.
pub fn name(text: &'static [u8]) -> Option<&'static [u8]> {
    (!text.is_empty() && !text.contains(&b'=')).then_some(text)
}

/// The entries after these changes.
pub fn edit(callers: Strings, edits: &[Edit]) -> Strings {
    // What is cleared is not copied: a copy of a secret would stay in memory.
    let last = edits.iter().rposition(|edit| *edit == Edit::Clear);
    let start = callers.iter().filter(|_| last.is_none());
    let mut entries: Vec<Vec<u8>> = start.map(|entry| entry.to_bytes().to_vec()).collect();
    for edit in edits.iter().skip(last.map_or(0, |last| last + 1)) {
        match *edit {
            Edit::Clear => {}
            Edit::Unset(name) => entries.retain(|entry| !is_of(entry, name)),
            Edit::Set(name, value) => replace(&mut entries, name, [name, b"=", value].concat()),
            Edit::Keep(name) => {
                let found = callers.iter().map(Text::to_bytes).find(|entry| is_of(entry, name));
                if let Some(found) = found {
                    replace(&mut entries, name, found.to_vec());
                }
            }
        }
    }
    Strings::leak(&entries)
}

/// Is this the entry of this variable?
fn is_of(entry: &[u8], name: &[u8]) -> bool {
    entry.strip_prefix(name).is_some_and(|rest| rest.first() == Some(&b'='))
}

fn replace(entries: &mut Vec<Vec<u8>>, name: &[u8], entry: Vec<u8>) {
    entries.retain(|entry| !is_of(entry, name));
    entries.push(entry);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_in_order() {
        let callers = Strings::leak(&["A=1", "B=2", "A=3", "AB=4", "bad"]);
        let keep_a = Edit::Keep(b"A");
        for (edits, expected) in [
            (&[][..], &["A=1", "B=2", "A=3", "AB=4", "bad"][..]),
            (&[Edit::Unset(b"A")], &["B=2", "AB=4", "bad"]),
            (&[Edit::Set(b"A", b"x=y")], &["B=2", "AB=4", "bad", "A=x=y"]),
            (&[Edit::Clear], &[]),
            (&[Edit::Clear, keep_a, Edit::Keep(b"C"), Edit::Keep(b"bad")], &["A=1"]),
            (&[Edit::Clear, Edit::Set(b"A", b""), keep_a], &["A=1"]),
            (&[Edit::Clear, keep_a, Edit::Set(b"A", b"")], &["A="]),
            (&[Edit::Set(b"C", b"1"), Edit::Clear], &[]),
            (&[Edit::Set(b"C", b"1"), Edit::Unset(b"C"), Edit::Clear, keep_a], &["A=1"]),
        ] {
            let entries = edit(callers, edits);
            let found: Vec<_> = entries.iter().map(Text::to_bytes).collect();
            let expected: Vec<_> = expected.iter().map(|entry| entry.as_bytes()).collect();
            assert_eq!(found, expected, "{edits:?}");
        }
    }

    #[test]
    fn names() {
        for (text, good) in [("A", true), ("a b", true), ("", false), ("A=", false), ("=", false)] {
            assert_eq!(name(text.as_bytes()).is_some(), good, "{text}");
        }
    }
}
