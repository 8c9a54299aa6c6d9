//! A small getopt: one pass over argv, nothing allocated.
//!
//! In: a table of options and the words after `argv[0]`. Out: a filled `Config` or a
//! page to print. Parsing stops at `--` or at the first word that is no option.
//!
//! Our own grammar is the one of getopt_long(3) and clap: `-vg`, `-e143`, `-e 143`,
//! `-e=143`, `--remap-exit 143`, `--remap-exit=143`. A value may start with a hyphen.
//! Where other programs differ, `Grammar` says so.

use super::options::{self, Opt, Settings, Tables, Takes};
use super::usage::Origin;
use super::{Config, Page, Usage};
use crate::sys::Strings;

/// What a command line may look like, beyond what all agree on.
#[derive(Clone, Copy, Debug)]
pub struct Grammar {
    /// What `--word` is.
    pub long: Long,
    /// In `-e=143`, is the value `143`? getopt(3) has it `=143`.
    pub equals: bool,
}

/// What a word that starts with two hyphens is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Long {
    /// No option: the second hyphen is a letter that nobody knows.
    Unknown,
    /// An option's whole word.
    Whole,
    /// So much of an option's word that it can only be that one.
    Abbreviated,
}

/// Our own grammar.
pub const OURS: Grammar = Grammar { long: Long::Whole, equals: true };

/// What the words came to.
pub enum Outcome {
    /// A page is to be printed; the words behind its option were not read.
    Print(Page),
    /// `Config::command` is set, and these settings were flags.
    Command(Settings),
}

/// Reads `words` into `config`.
///
/// # Errors
/// The first word that cannot be understood.
pub fn read(
    tables: Tables,
    grammar: Grammar,
    words: Strings,
    config: &mut Config,
) -> Result<Outcome, Usage> {
    let mut flags = Settings::default();
    let mut parser = Parser { tables, grammar, words, next: 0, cluster: &[] };
    while let Some((opt, value)) = parser.option()? {
        flags.insert(opt.setting);
        match &opt.takes {
            Takes::Page(page) => return Ok(Outcome::Print(*page)),
            Takes::Switch(set) => set(config, true),
            Takes::Value { accepts, set, .. } => {
                let value = value.unwrap_or_default();
                set(config, value).ok_or(Usage::BadValue {
                    origin: Origin::Flag,
                    opt,
                    value,
                    accepts,
                })?;
            }
            Takes::Optional { accepts, set, .. } => {
                set(config, value).ok_or(Usage::BadValue {
                    origin: Origin::Flag,
                    opt,
                    value: value.unwrap_or_default(),
                    accepts,
                })?;
            }
        }
    }
    config.command = words.tail(parser.next);
    Ok(Outcome::Command(flags))
}

type Found = (Opt, Option<&'static [u8]>);

struct Parser {
    tables: Tables,
    grammar: Grammar,
    words: Strings,
    /// The word to look at next.
    next: usize,
    /// What is left of a word such as `-vvg`.
    cluster: &'static [u8],
}

impl Parser {
    /// The next option; `None` where the command starts.
    fn option(&mut self) -> Result<Option<Found>, Usage> {
        if let Some((letter, rest)) = self.cluster.split_first() {
            return self.short(*letter, rest).map(Some);
        }
        let Some(word) = self.words.get(self.next) else { return Ok(None) };
        let Some(after_hyphen) = word.strip_prefix(b"-") else { return Ok(None) };
        match after_hyphen.to_bytes() {
            // A lone hyphen is a command's name as good as any.
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

    fn options(&self) -> impl Iterator<Item = Opt> + Clone + use<> {
        self.tables.into_iter().flat_map(options::all)
    }

    fn short(&mut self, letter: u8, rest: &'static [u8]) -> Result<Found, Usage> {
        self.cluster = &[];
        let known = self.options().find(|opt| opt.short == Some(letter));
        let opt = known.ok_or(Usage::UnknownShort(letter))?;
        if !matches!(opt.takes, Takes::Value { .. }) {
            self.cluster = rest;
            return Ok((opt, None));
        }
        match rest {
            [] => self.value(opt, true),
            [b'=', value @ ..] if self.grammar.equals => Ok((opt, Some(value))),
            value => Ok((opt, Some(value))),
        }
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
        match (&opt.takes, value) {
            (Takes::Value { .. }, Some(value)) => Ok((opt, Some(value))),
            (Takes::Value { .. }, None) => self.value(opt, false),
            (Takes::Optional { .. }, value) => Ok((opt, value)),
            (_, Some(value)) => Err(Usage::UnwantedValue { opt, value }),
            (_, None) => Ok((opt, None)),
        }
    }

    fn named(&self, name: &'static [u8], text: &'static [u8]) -> Result<Opt, Usage> {
        let mut table = self.options().filter(|opt| !opt.long.is_empty());
        if let Some(opt) = table.clone().find(|opt| opt.long.as_bytes() == name) {
            return Ok(opt);
        }
        let unknown = Err(Usage::UnknownLong(text));
        if self.grammar.long != Long::Abbreviated {
            return unknown;
        }
        let starts = |opt: &Opt| opt.long.as_bytes().starts_with(name);
        let Some(first) = table.find(starts) else { return unknown };
        match table.find(starts) {
            Some(_) => Err(Usage::AmbiguousLong { name, text, tables: self.tables }),
            None => Ok(first),
        }
    }

    /// The next word is the value of `opt`, whatever it looks like.
    fn value(&mut self, opt: Opt, by_letter: bool) -> Result<Found, Usage> {
        let missing = Usage::MissingValue { opt, by_letter };
        let word = self.words.get(self.next).ok_or(missing)?;
        self.next += 1;
        Ok((opt, Some(word.to_bytes())))
    }
}
