//! `--expand-env`: variables in the command's words, for images without a shell.
//!
//! In: a word and the environment. Out: the word to run, or what is wrong with it. Pure.
//! Nothing is split and nothing is expanded twice: what a variable holds stays one word.
//!
//! | written | becomes |
//! |-|-|
//! | `$NAME`, `${NAME}` | the variable's value; an error when it is unset |
//! | `${NAME:-TEXT}` | the same, or TEXT as it stands when it is unset or empty |
//! | `$$` | `$` |
//! | any other `$` | itself |

use crate::sys::{Strings, Text};

/// What is wrong with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This variable is unset, and there is no default.
    Unset(&'static [u8]),
    /// After `${` comes no name, or behind that neither `}` nor `:-` and a text to `}`.
    Malformed,
}

/// A word that cannot be expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadWord {
    /// As it was given.
    pub word: &'static [u8],
    /// What is wrong with it.
    pub fault: Fault,
}

/// The command with its variables replaced. Allocates.
///
/// # Errors
/// The first word that cannot be expanded.
pub fn expand(command: Strings, env: Strings) -> Result<Strings, BadWord> {
    let value = |name: &[u8]| env.iter().find_map(|entry| value_of(name, entry));
    let words = command.iter().map(|word| {
        let bytes = word.to_bytes();
        expanded(bytes, &value).map_err(|fault| BadWord { word: bytes, fault })
    });
    Ok(Strings::leak(&words.collect::<Result<Vec<_>, _>>()?))
}

fn value_of(name: &[u8], entry: Text) -> Option<&'static [u8]> {
    entry.strip_prefix(name)?.strip_prefix(b"=").map(Text::to_bytes)
}

type Lookup<'a> = dyn Fn(&[u8]) -> Option<&'static [u8]> + 'a;

fn expanded(mut rest: &'static [u8], value: &Lookup<'_>) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(rest.len());
    while let Some(at) = rest.iter().position(|b| *b == b'$') {
        let (before, dollar) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.extend(before);
        rest = match dollar {
            [b'$', b'$', after @ ..] => {
                out.push(b'$');
                after
            }
            [b'$', b'{', after @ ..] => braced(after, value, &mut out)?,
            [b'$', after @ ..] => {
                let (name, after) = split_name(after);
                if name.is_empty() {
                    out.push(b'$');
                } else {
                    out.extend(value(name).ok_or(Fault::Unset(name))?);
                }
                after
            }
            _ => &[],
        };
    }
    out.extend(rest);
    Ok(out)
}

/// What stands behind `${`; returns what stands behind its `}`.
fn braced(
    text: &'static [u8],
    value: &Lookup<'_>,
    out: &mut Vec<u8>,
) -> Result<&'static [u8], Fault> {
    let (name, after) = split_name(text);
    if name.is_empty() {
        return Err(Fault::Malformed);
    }
    match after {
        [b'}', rest @ ..] => {
            out.extend(value(name).ok_or(Fault::Unset(name))?);
            Ok(rest)
        }
        [b':', b'-', default @ ..] => {
            let end = default.iter().position(|b| *b == b'}').ok_or(Fault::Malformed)?;
            let (default, rest) = default.split_at_checked(end).ok_or(Fault::Malformed)?;
            out.extend(value(name).filter(|value| !value.is_empty()).unwrap_or(default));
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
        let value = |name: &[u8]| match name {
            b"A" => Some(&b"one two"[..]),
            b"_B2" => Some(&b"$A"[..]),
            b"EMPTY" => Some(&b""[..]),
            b"RAW" => Some(&b"\xff\n"[..]),
            _ => None,
        };
        expanded(word.to_vec().leak(), &value)
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
