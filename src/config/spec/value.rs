//! The values that follow an option, and what messages say of them.

use std::fmt;

use super::Words;

/// The values that follow an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// None. Its variable switches it on or off.
    None,
    /// One: the rest of the word, or the next word.
    One(Accepted),
    /// Two: the next two words.
    Two(&'static [Accepted; 2]),
    /// One or none; it stands after `=`. Its variable is a switch, or holds the value.
    Optional(Accepted),
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What help calls the value.
    pub name: Words,
    /// Its kind.
    pub kind: Kind,
}

/// Which texts a value can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these words.
    Words(&'static [&'static str]),
    /// The name of a directory.
    Directory,
    /// The name of a file that is written.
    File,
    /// What these words say.
    Text(&'static str),
}

/// One value, of which these words say what it is.
pub(super) const fn text(name: &'static str, accepts: &'static str) -> Value {
    Value::One(Accepted { name: Words::new(name), kind: Kind::Text(accepts) })
}

/// One of these words.
pub(super) const fn words(name: &'static str, words: &'static [&'static str]) -> Value {
    Value::One(Accepted { name: Words::new(name), kind: Kind::Words(words) })
}

impl fmt::Display for Value {
    /// What can be given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("nothing"),
            Value::One(value) | Value::Optional(value) => value.kind.fmt(f),
            Value::Two([first, second]) => write!(f, "{}, and {}", first.kind, second.kind),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Text(accepts) => f.write_str(accepts),
            Kind::Directory => f.write_str("a directory"),
            Kind::File => f.write_str("a file to write"),
            Kind::Words(words) => {
                for (n, word) in words.iter().enumerate() {
                    let before = match words.len() - n {
                        _ if n == 0 => "",
                        1 => " or ",
                        _ => ", ",
                    };
                    write!(f, "{before}{word}")?;
                }
                Ok(())
            }
        }
    }
}
