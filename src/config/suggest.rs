//! The option that was probably meant by an unknown word.
//!
//! In: the word. Out: a name from our tables, or none. Allocates, so it is only asked when
//! nothing will be run.

use super::spec::{self, OURS};

/// An option that starts with the word, or the option with the fewest letters to change, if
/// those are at most a third.
pub fn similar(word: &[u8]) -> Option<&'static str> {
    let names = || spec::all(OURS).map(|opt| opt.long);
    let begun = |name: &&str| !word.is_empty() && name.as_bytes().starts_with(word);
    if let Some(longer) = names().find(begun) {
        return Some(longer);
    }
    let (changes, name) = names().map(|name| (distance(word, name.as_bytes()), name)).min()?;
    (changes <= name.len().max(word.len()) / 3).then_some(name)
}

/// How many letters to add, remove or replace to make `a` of `b` (Levenshtein's distance).
fn distance(a: &[u8], b: &[u8]) -> usize {
    // For each start of `b`, its distance to what was read of `a`.
    let mut row: Vec<usize> = (1..=b.len()).collect();
    let mut whole = b.len();
    for (read, x) in a.iter().enumerate() {
        let (mut diagonal, mut left) = (read, read + 1);
        for (place, y) in row.iter_mut().zip(b) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = *place;
            left = replaced.min(diagonal + 1).min(left + 1);
            *place = left;
        }
        whole = left;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("same", "same", 0),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        }
    }

    #[test]
    fn suggestions() {
        for (word, expected) in [
            ("subreapr", Some("subreaper")),
            ("grace", Some("grace-period")),
            ("remap-exti", Some("remap-exit")),
            ("killafter", Some("kill-after")),
            ("nonsense", None),
            ("", None),
        ] {
            assert_eq!(similar(word.as_bytes()), expected, "{word}");
        }
    }
}
