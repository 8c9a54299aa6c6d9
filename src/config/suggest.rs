//! The option that was probably meant by an unknown word.
//!
//! In: the word. Out: a name from our tables, or none. Allocates, so it is only asked when
//! nothing will be run.

use super::spec::{self, OURS, Opt};

/// An option that starts with the word, or the option with the fewest letters to change, if
/// those are at most a third.
pub fn option(word: &[u8]) -> Option<&'static Opt> {
    let options = || spec::all(OURS);
    let begun = |opt: &&Opt| !word.is_empty() && opt.long.as_bytes().starts_with(word);
    if let Some(longer) = options().find(begun) {
        return Some(longer);
    }
    let changes = |opt: &&Opt| (distance(word, opt.long.as_bytes()), opt.long);
    let nearest = options().min_by_key(changes)?;
    (changes(&nearest).0 <= nearest.long.len().max(word.len()) / 3).then_some(nearest)
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
            assert_eq!(option(word.as_bytes()).map(|opt| opt.long), expected, "{word}");
        }
    }
}
