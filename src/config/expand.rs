//! `--expand-env`: variables in the command's words, for images without a shell.
//!
//! In: the command's words and the environment. Out: the words to run, or what is wrong with
//! one of them. Pure. A value is never split and never expanded again: it stays one word.
//!
//! | written | becomes |
//! |-|-|
//! | `$NAME`, `${NAME}` | the variable's value; an error when it is unset |
//! | `${NAME:-TEXT}` | the same, or TEXT as it stands when it is unset or empty |
//! | `$$` | `$` |
//! | any other `$` | itself |

use crate::sys::{Strings, Text};

/// The bytes of a word that the kernel takes, with its closing NUL (MAX_ARG_STRLEN, execve(2)).
const WORD_MAX: usize = 128 * 1024;

/// The bytes that the kernel takes in all whatever the stack's limit is (ARG_MAX).
const TOTAL_MIN: u64 = 128 * 1024;

/// The bytes that the kernel never takes more of: three quarters of its default stack.
const TOTAL_MAX: u64 = 6 * 1024 * 1024;

/// What is wrong with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This variable is unset, and there is no default.
    Unset(&'static [u8]),
    /// After `${` comes no name, or behind that neither `}` nor `:-` and a text to `}`.
    Malformed,
    /// The word would be longer than the kernel takes.
    TooLong,
    /// With this word, words and environment would be more than the kernel takes.
    TooMuch,
}

/// A word that cannot be expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadWord {
    /// As it was given.
    pub word: &'static [u8],
    /// What is wrong with it.
    pub fault: Fault,
}

/// The command with its variables replaced. `stack` is the stack's limit in bytes
/// (RLIMIT_STACK): execve(2) takes words and environment of a quarter of it. Allocates.
///
/// # Errors
/// The first word that cannot be expanded.
#[inline(never)] // The sort has 4 KiB on the stack; a start without --expand-env does not.
pub fn expand(command: Strings, env: Strings, stack: u64) -> Result<Strings, BadWord> {
    let total = (stack / 4).clamp(TOTAL_MIN, TOTAL_MAX);
    let mut room = usize::try_from(total).unwrap_or(usize::MAX);
    for entry in env.iter() {
        room = room.saturating_sub(cost(entry.to_bytes()));
    }
    let variables = Variables::of(env);
    let mut words = Vec::new();
    for word in command.iter() {
        let word = word.to_bytes();
        let bad = |fault| BadWord { word, fault };
        let new = expanded(word, &variables).map_err(bad)?;
        // The path of the program takes room beside its word.
        let copies = if words.is_empty() { 2 } else { 1 };
        room = room.checked_sub(copies * cost(&new)).ok_or(bad(Fault::TooMuch))?;
        words.push(new);
    }
    Ok(Strings::leak(&words))
}

/// What a string takes of the kernel's room: its bytes, a NUL, a pointer.
fn cost(text: &[u8]) -> usize {
    text.len() + 1 + size_of::<usize>()
}

/// The variables by name, for many look-ups.
struct Variables(Vec<(&'static [u8], &'static [u8])>);

impl Variables {
    fn of(env: Strings) -> Variables {
        let split = |entry: Text| {
            let entry = entry.to_bytes();
            let (name, value) = entry.split_at_checked(entry.iter().position(|b| *b == b'=')?)?;
            Some((name, value.get(1..)?))
        };
        let mut all: Vec<_> = env.iter().filter_map(split).collect();
        // Of two with one name the first counts, as in getenv(3): this sort keeps their order.
        all.sort_by_key(|(name, _)| *name);
        Variables(all)
    }

    fn get(&self, name: &[u8]) -> Option<&'static [u8]> {
        let first = self.0.partition_point(|(other, _)| *other < name);
        self.0.get(first).filter(|(found, _)| *found == name).map(|(_, value)| *value)
    }
}

/// A word that is being made: never longer than the kernel takes.
struct Word(Vec<u8>);

impl Word {
    fn add(&mut self, text: &[u8]) -> Result<(), Fault> {
        if self.0.len() + text.len() >= WORD_MAX {
            return Err(Fault::TooLong);
        }
        self.0.extend(text);
        Ok(())
    }
}

fn expanded(mut rest: &'static [u8], variables: &Variables) -> Result<Vec<u8>, Fault> {
    let mut out = Word(Vec::new());
    while let Some(at) = rest.iter().position(|b| *b == b'$') {
        let (before, dollar) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.add(before)?;
        rest = match dollar {
            [b'$', b'$', after @ ..] => {
                out.add(b"$")?;
                after
            }
            [b'$', b'{', after @ ..] => braced(after, variables, &mut out)?,
            [b'$', after @ ..] => {
                let (name, after) = split_name(after);
                if name.is_empty() {
                    out.add(b"$")?;
                } else {
                    out.add(variables.get(name).ok_or(Fault::Unset(name))?)?;
                }
                after
            }
            _ => &[],
        };
    }
    out.add(rest)?;
    Ok(out.0)
}

/// What stands behind `${`; returns what stands behind its `}`.
fn braced(
    text: &'static [u8],
    variables: &Variables,
    out: &mut Word,
) -> Result<&'static [u8], Fault> {
    let (name, after) = split_name(text);
    if name.is_empty() {
        return Err(Fault::Malformed);
    }
    match after {
        [b'}', rest @ ..] => {
            out.add(variables.get(name).ok_or(Fault::Unset(name))?)?;
            Ok(rest)
        }
        [b':', b'-', default @ ..] => {
            let end = default.iter().position(|b| *b == b'}').ok_or(Fault::Malformed)?;
            let (default, rest) = default.split_at_checked(end).ok_or(Fault::Malformed)?;
            out.add(variables.get(name).filter(|value| !value.is_empty()).unwrap_or(default))?;
            Ok(rest.get(1..).unwrap_or_default())
        }
        _ => Err(Fault::Malformed),
    }
}

/// A name as shells have it: letters, digits and `_`, no digit first.
fn split_name(text: &'static [u8]) -> (&'static [u8], &'static [u8]) {
    let digit_first = text.first().is_some_and(u8::is_ascii_digit);
    let length = text.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    text.split_at_checked(if digit_first { 0 } else { length }).unwrap_or((text, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(word: &[u8]) -> Result<Vec<u8>, Fault> {
        let env = [&b"A=one two"[..], b"A=second", b"_B2=$A", b"NONE", b"EMPTY=", b"RAW=\xff\n"];
        expanded(word.to_vec().leak(), &Variables::of(Strings::leak(&env)))
    }

    #[test]
    fn forms() {
        for (word, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("$A", "one two"),
            ("<${A}>", "<one two>"),
            ("$A$A", "one twoone two"),
            ("$_B2", "$A"),
            ("$EMPTY", ""),
            ("${EMPTY}x", "x"),
            ("${A:-no}", "one two"),
            ("${EMPTY:-yes}", "yes"),
            ("${NOPE:-$A {}-}", "$A {-}"),
            ("${NOPE:-}", ""),
            ("$$A", "$A"),
            ("$$$A", "$one two"),
            ("$", "$"),
            ("5$", "5$"),
            ("$1 $(x) $- $\u{e9}", "$1 $(x) $- $\u{e9}"),
            ("--port=${PORT:-80}", "--port=80"),
        ] {
            let found = of(word.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(found.as_deref(), Ok(expected), "{word}");
        }
        assert_eq!(of(b"\xfe$RAW").as_deref(), Ok(&b"\xfe\xff\n"[..]));
    }

    #[test]
    fn faults() {
        for (word, fault) in [
            ("$NOPE", Fault::Unset(b"NOPE")),
            ("${NOPE}", Fault::Unset(b"NOPE")),
            ("$AB", Fault::Unset(b"AB")),
            ("${", Fault::Malformed),
            ("${}", Fault::Malformed),
            ("${A", Fault::Malformed),
            ("${1}", Fault::Malformed),
            ("${A-x}", Fault::Malformed),
            ("${A:=x}", Fault::Malformed),
            ("${A:-x", Fault::Malformed),
        ] {
            assert_eq!(of(word.as_bytes()), Err(fault), "{word}");
        }
    }

    fn words(command: &[String], env: &[String], stack: u64) -> Result<usize, Fault> {
        let expanded = expand(Strings::leak(command), Strings::leak(env), stack);
        expanded.map(|words| words.iter().count()).map_err(|bad| bad.fault)
    }

    #[test]
    fn the_kernels_limits() {
        let of = |n| "x".repeat(n);
        let value = |n| [format!("V={}", of(n))];
        let one = |n| words(&["$V".to_owned()], &value(n), u64::MAX);
        assert_eq!(one(WORD_MAX - 1), Ok(1));
        assert_eq!(one(WORD_MAX), Err(Fault::TooLong));
        let many = |n| words(&["$V$V$V$V".repeat(n)], &value(1000), u64::MAX);
        assert_eq!((many(32), many(33)), (Ok(1), Err(Fault::TooLong)));
        // 128 KiB at least, 6 MiB at most, else a quarter of the stack.
        for (stack, most) in
            [(0, 128), (512 << 10, 128), (1 << 20, 256), (8 << 20, 2048), (u64::MAX, 6144)]
        {
            let command = |n| vec!["$V".to_owned(); n];
            let fits = |n| words(&command(n), &value(1000), stack);
            // The environment takes 1,011 bytes, each word 1,009, as does the program's path.
            let most = (most * 1024 - 1011) / 1009 - 1;
            assert_eq!((fits(most), fits(most + 1)), (Ok(most), Err(Fault::TooMuch)), "{stack}");
        }
    }

    #[test]
    fn many_words_and_variables_take_no_time() {
        let env: Vec<_> = (0..60_000).map(|n| format!("V{n}={n}")).collect();
        let command: Vec<_> = (0..60_000).map(|n| format!("$V{n}")).collect();
        let start = std::time::Instant::now();
        assert_eq!(words(&command, &env, u64::MAX), Ok(60_000));
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }

    proptest! {
        #[test]
        fn what_has_no_dollar_stays(word in prop::collection::vec(any::<u8>(), 0..40)) {
            let plain: Vec<u8> = word.iter().copied().filter(|b| *b != b'$').collect();
            prop_assert_eq!(of(&plain), Ok(plain.clone()));
            let doubled: Vec<u8> =
                word.iter().flat_map(|b| std::iter::repeat_n(*b, 1 + usize::from(*b == b'$'))).collect();
            prop_assert_eq!(of(&doubled), Ok(word));
        }
    }
}
