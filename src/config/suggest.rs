//! The option that was probably meant by an unknown word.
//!
//! In: the word. Out: a name from our tables, or none. Allocates, so it is only asked when
//! nothing will be run.

use super::spec::{Id, OURS, Opt, Plain};

/// Words of unshare(1), bwrap(1) and Docker for options of ours.
const FOREIGN: &[(&str, &str)] = &[
    ("cwd", "chdir"),
    ("dev", "mount-dev"),
    ("die-with-parent", "kill-child"),
    ("map-group", "map-groups"),
    ("map-user", "map-users"),
    ("no-new-privileges", "no-new-privs"),
    ("proc", "mount-proc"),
    ("workdir", "chdir"),
];

/// Letters of unshare(1) that are no options of ours.
const UNSHARE: &[(u8, &str)] = &[
    (b'C', "cgroup"),
    (b'R', "root"),
    (b'T', "time"),
    (b'U', "user"),
    (b'c', "map-current-user"),
    (b'f', "fork"),
    (b'i', "ipc"),
    (b'm', "mount"),
    (b'n', "net"),
    (b'u', "uts"),
];

/// The option of ours that another program has this letter for.
pub fn letter(letter: u8) -> Option<&'static str> {
    UNSHARE.iter().find(|(theirs, _)| *theirs == letter).map(|(_, long)| *long)
}

/// The option of ours that was probably meant by a letter, when its value makes no sense:
/// unshare(1) has `-p` and `-r` without a value.
pub fn instead_of_value(id: Id, value: &[u8]) -> Option<&'static str> {
    let letters = |b: &u8| letter(*b).is_some() || b"pr".contains(b);
    let theirs = value.starts_with(b"-") || !value.is_empty() && value.iter().all(letters);
    match id {
        Id::Plain(Plain::ParentDeathSignal) if theirs => Some("pid"),
        Id::Plain(Plain::Rewrite) if theirs => Some("map-root-user"),
        _ => None,
    }
}

/// The option of ours that another program has this word for.
fn foreign(word: &[u8]) -> Option<&'static Opt> {
    let named = |long: &[u8]| OURS.iter().find(|opt| opt.long.as_bytes() == long);
    let unshare = word.strip_prefix(b"unshare-");
    let unshare = unshare.map(|word| word.strip_suffix(b"-try").unwrap_or(word));
    let pair = || FOREIGN.iter().find(|(theirs, _)| theirs.as_bytes() == word);
    unshare.and_then(named).or_else(|| named(pair()?.1.as_bytes()))
}

/// The option that another program has this word for, an option that starts with the word, or
/// the option with the fewest letters to change, if those are at most a third.
pub fn option(word: &[u8]) -> Option<&'static Opt> {
    if let Some(foreign) = foreign(word) {
        return Some(foreign);
    }
    let options = || OURS.iter();
    let begun = |opt: &&Opt| !word.is_empty() && opt.long.as_bytes().starts_with(word);
    if let Some(longer) = options().find(begun) {
        return Some(longer);
    }
    // More than a third of such a word would change, and a comparison would take long.
    if options().all(|opt| word.len() > 2 * opt.long.len()) {
        return None;
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
            ("unshare-pid", Some("pid")),
            ("unshare-user-try", Some("user")),
            ("unshare-al", Some("unshare-all")),
            ("proc", Some("mount-proc")),
            ("nonsense", None),
            ("", None),
        ] {
            assert_eq!(option(word.as_bytes()).map(|opt| opt.long), expected, "{word}");
        }
    }

    #[test]
    fn foreign_words_are_options_of_ours() {
        let exists = |long: &str| OURS.iter().any(|opt| opt.long == long);
        for (theirs, long) in FOREIGN {
            assert!(exists(long) && !exists(theirs), "{theirs}");
        }
        for (letter, long) in UNSHARE {
            assert!(exists(long), "{long}");
            assert!(OURS.iter().all(|opt| opt.short != Some(*letter)), "{long}");
        }
    }
}
