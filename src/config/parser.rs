//! A small getopt: one pass over argv, without an allocation.
//!
//! In: tables of options and the words after `argv[0]`. Out: a filled `Config`, or a page to
//! print. Parsing stops at `--` or at the first word that is no option.
//!
//! Our own grammar is the one of getopt_long(3) and clap: `-vg`, `-e143`, `-e 143`,
//! `-e=143`, `--remap-exit 143`, `--remap-exit=143`. A value may start with a hyphen.
//! Where other programs differ, `Grammar` says so.

use super::Config;
use super::apply::{self, Apply, Given};
use super::relations::IdSet;
use super::spec::{Id, Opt, Page, Value};
use super::usage::{Origin, Usage};
use crate::sys::Strings;

/// How the grammars of programs differ.
#[derive(Clone, Copy, Debug)]
pub struct Grammar {
    /// What `--word` is.
    pub long: Long,
    /// In `-e=143`, is the value `143`? getopt(3) has it `=143`.
    pub equals: bool,
    /// Can `--` be the value of an option? In getopt(3) it can.
    pub hyphens: bool,
}

/// What a word that starts with two hyphens is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Long {
    /// No option: the second hyphen is an unknown letter.
    Unknown,
    /// An option's whole word.
    Whole,
    /// The start of an option's word, if no other option starts so.
    Abbreviated,
}

/// Our own grammar.
pub const OURS: Grammar = Grammar { long: Long::Whole, equals: true, hyphens: false };

/// What the words ask for.
pub enum Outcome {
    /// A page is to be printed; the words behind its option were not read.
    Print(Page),
    /// `Config::command` is set, and these options were given.
    Command(IdSet),
}

/// Reads `words` into `config`, by `apply`.
///
/// # Errors
/// The first word that cannot be understood.
pub fn read(
    options: &'static [Opt],
    grammar: Grammar,
    apply: Apply,
    words: Strings,
    config: &mut Config,
) -> Result<Outcome, Usage> {
    let mut flags = IdSet::default();
    let mut parser = Parser::new(options, grammar, words);
    while let Some(Found { opt, given, by_letter }) = parser.option()? {
        match opt.id {
            Id::Page(Page::Help) if by_letter => return Ok(Outcome::Print(Page::Summary)),
            Id::Page(page) => return Ok(Outcome::Print(page)),
            _ => {}
        }
        flags.insert(opt.id);
        apply::with_implied(apply, config, opt, given).ok_or(Usage::BadValue {
            origin: Origin::Flag,
            opt,
            given,
        })?;
    }
    config.command = words.tail(parser.next);
    Ok(Outcome::Command(flags))
}

/// An option of the command line.
#[derive(Clone, Copy)]
pub struct Found {
    /// Its row.
    pub opt: &'static Opt,
    /// Its values.
    pub given: Given,
    /// It was written `-x`, not `--word`.
    pub by_letter: bool,
}

/// The options of a command line, one after the other.
pub struct Parser {
    options: &'static [Opt],
    grammar: Grammar,
    words: Strings,
    /// The word to look at next.
    next: usize,
    /// What is left of a word such as `-vvg`.
    cluster: &'static [u8],
}

impl Parser {
    /// Before the first of `words`.
    pub fn new(options: &'static [Opt], grammar: Grammar, words: Strings) -> Parser {
        Parser { options, grammar, words, next: 0, cluster: &[] }
    }

    /// The next option; `None` where the command starts.
    ///
    /// # Errors
    /// A word that is no option of the tables, or an option with too few or too many values.
    pub fn option(&mut self) -> Result<Option<Found>, Usage> {
        if let Some((letter, rest)) = self.cluster.split_first() {
            return self.short(*letter, rest).map(Some);
        }
        let Some(word) = self.words.get(self.next) else { return Ok(None) };
        let Some(after_hyphen) = word.strip_prefix(b"-") else { return Ok(None) };
        match after_hyphen.to_bytes() {
            // A lone hyphen may be the name of a command.
            [] => Ok(None),
            [b'-'] => {
                self.next += 1;
                Ok(None)
            }
            [b'-', long @ ..] if self.grammar.long != Long::Unknown => {
                self.next += 1;
                self.long(long).map(Some)
            }
            [letter, rest @ ..] => {
                self.next += 1;
                self.short(*letter, rest).map(Some)
            }
        }
    }

    fn short(&mut self, letter: u8, rest: &'static [u8]) -> Result<Found, Usage> {
        self.cluster = &[];
        let known = self.options.iter().find(|opt| opt.short == Some(letter));
        let opt = known.ok_or(Usage::UnknownShort(letter))?;
        let first = match (opt.value, rest) {
            (Value::None | Value::Optional(_), rest) => {
                self.cluster = rest;
                None
            }
            (Value::One(_) | Value::Two(..), []) => None,
            (_, [b'=', value @ ..]) if self.grammar.equals => Some(value),
            (_, value) => Some(value),
        };
        self.values(opt, first, true)
    }

    fn long(&mut self, text: &'static [u8]) -> Result<Found, Usage> {
        let (name, value) = match text.iter().position(|b| *b == b'=') {
            Some(at) => {
                let (name, value) = text.split_at_checked(at).unwrap_or((text, &[]));
                (name, value.get(1..))
            }
            None => (text, None),
        };
        let opt = self.named(name, text)?;
        self.values(opt, value, false)
    }

    fn named(&self, name: &'static [u8], text: &'static [u8]) -> Result<&'static Opt, Usage> {
        let mut table = self.options.iter().filter(|opt| !opt.long.is_empty());
        if let Some(opt) = table.clone().find(|opt| opt.long.as_bytes() == name) {
            return Ok(opt);
        }
        let unknown = Err(Usage::UnknownLong(text));
        if self.grammar.long != Long::Abbreviated {
            return unknown;
        }
        let starts = |opt: &&Opt| opt.long.as_bytes().starts_with(name);
        let Some(first) = table.find(starts) else { return unknown };
        match table.find(starts) {
            Some(_) => Err(Usage::AmbiguousLong { name, text, options: self.options }),
            None => Ok(first),
        }
    }

    /// The option with its values: the first may stand in the same word, others are the next
    /// words, also when they start with a hyphen.
    fn values(
        &mut self,
        opt: &'static Opt,
        first: Option<&'static [u8]>,
        by_letter: bool,
    ) -> Result<Found, Usage> {
        let missing = Usage::MissingValue { opt, by_letter };
        let mut value = |here: Option<&'static [u8]>| here.or_else(|| self.word()).ok_or(missing);
        let given = match (opt.value, first) {
            (Value::None, None) | (Value::Optional(_), None) => Given::On,
            (Value::None, Some(value)) => return Err(Usage::UnwantedValue { opt, value }),
            (Value::Optional(_), Some(value)) => Given::Value(value),
            (Value::One(_), first) => Given::Value(value(first)?),
            (Value::Two(..), first) => Given::Pair(value(first)?, value(None)?),
        };
        Ok(Found { opt, given, by_letter })
    }

    fn word(&mut self) -> Option<&'static [u8]> {
        let word = self.words.get(self.next)?.to_bytes();
        if word == b"--" && !self.grammar.hyphens {
            return None;
        }
        self.next += 1;
        Some(word)
    }
}
