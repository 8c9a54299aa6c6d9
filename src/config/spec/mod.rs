//! The options as data: one row for each, read by the parser, the environment, the
//! relations between options, and by `build.rs`, which makes the help, the man page and
//! the completions of the same rows.
//!
//! To add an option, add its identity (`id`), its row in a table, its arm in
//! `config::apply` and its test.
//! Nothing here may use another module of the crate: `build.rs` has none of them.

mod id;
mod value;

pub mod catatonit;
pub mod dumb_init;
pub mod ours;
pub mod sandbox;
pub mod tini;

pub use id::{
    Existing, Id, IdMap, Initial, Mount, Namespace, Page, Plain, Privilege, Process, Variable,
};
pub use value::{Accepted, Kind, Value};
use value::{text, words};

/// An option.
#[cfg_attr(all(pages_made, not(test)), expect(dead_code, reason = "build.rs reads its words"))]
#[derive(Clone, Copy)]
pub struct Opt {
    /// Which option it is.
    pub id: Id,
    /// The word after `--`; empty where another program has a letter only.
    pub long: &'static str,
    /// The letter after `-`.
    pub short: Option<u8>,
    /// The values that follow it.
    pub value: Value,
    /// It has an environment variable: the prefix and `long`, in capitals, `_` for `-`.
    pub variable: bool,
    /// Several values add up, and its variable is a comma-separated list. Of others the
    /// last value counts.
    pub repeatable: bool,
    /// A line for people.
    pub help: Words,
    /// Sentences that `--help` and the manual add to the line; may be empty.
    pub more: Words,
    /// What it has to do with other options.
    pub relations: &'static [Relation],
}

impl Opt {
    /// Options that this one switches on.
    pub fn implies(&self) -> impl Iterator<Item = Id> {
        self.related(|relation| match relation {
            Relation::Implies(id) => Some(id),
            _ => None,
        })
    }

    /// Options of which this one needs each, given or implied.
    pub fn needs(&self) -> impl Iterator<Item = Id> {
        self.related(|relation| match relation {
            Relation::Needs(id) => Some(id),
            _ => None,
        })
    }

    /// Options that make no sense beside this one.
    pub fn conflicts(&self) -> impl Iterator<Item = Id> {
        self.related(|relation| match relation {
            Relation::Conflicts(id) => Some(id),
            _ => None,
        })
    }

    fn related(&self, of: fn(Relation) -> Option<Id>) -> impl Iterator<Item = Id> {
        self.relations.iter().copied().filter_map(of)
    }
}

/// What an option has to do with another option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Switches the other on, which takes no value and implies nothing itself.
    Implies(Id),
    /// Means nothing without the other, given or implied.
    Needs(Id),
    /// Makes no sense beside the other; a flag wins over the variable of the other. Stands in
    /// the row of one of them.
    Conflicts(Id),
}

/// A text that only `build.rs` and the tests read. The program has the pages that are made of
/// these texts, and the texts themselves would be in it a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words(#[cfg(any(test, not(pages_made)))] &'static str);

impl Words {
    /// Keeps the text where it is read.
    #[cfg_attr(all(pages_made, not(test)), expect(unused_variables, reason = "not kept"))]
    pub const fn new(text: &'static str) -> Words {
        Words(
            #[cfg(any(test, not(pages_made)))]
            text,
        )
    }

    /// The text.
    #[cfg(any(test, not(pages_made)))]
    pub const fn text(self) -> &'static str {
        self.0
    }
}

/// What the names of the options' variables begin with. Not `INIT_`: images use INIT_DELAY,
/// INIT_TIMEOUT and others for themselves.
pub const PREFIX: &str = "CONTAINER_INIT_";

/// Our own options: first those that need no sandbox.
pub static OURS: &[Opt] = &{
    const TABLES: [&[Opt]; 2] = [ours::OPTIONS, sandbox::OPTIONS];
    joined::<{ count(&TABLES) }>(&TABLES)
};

/// How many rows the tables have.
#[expect(clippy::indexing_slicing, reason = "the compiler runs it")]
const fn count(tables: &[&[Opt]]) -> usize {
    let (mut n, mut rows) = (0, 0);
    while n < tables.len() {
        rows += tables[n].len();
        n += 1;
    }
    rows
}

/// The `N` rows of all tables.
#[expect(clippy::indexing_slicing, reason = "the compiler runs it")]
const fn joined<const N: usize>(tables: &[&[Opt]]) -> [Opt; N] {
    let mut all = [option(Id::Page(Page::Help), "", ""); N];
    let (mut table, mut row, mut n) = (0, 0, 0);
    while n < N {
        if row == tables[table].len() {
            (table, row) = (table + 1, 0);
            continue;
        }
        all[n] = tables[table][row];
        (row, n) = (row + 1, n + 1);
    }
    all
}

/// The row of one of our own options.
pub fn row(id: Id) -> Option<&'static Opt> {
    OURS.iter().find(|opt| opt.id == id)
}

/// A row with what it must have. It takes no value and has no variable.
const fn option(id: Id, long: &'static str, help: &'static str) -> Opt {
    Opt {
        id,
        long,
        short: None,
        value: Value::None,
        variable: false,
        repeatable: false,
        help: Words::new(help),
        more: Words::new(""),
        relations: &[],
    }
}

/// A row of another program that has a letter only.
const fn letter(id: Id, letter: u8, help: &'static str) -> Opt {
    Opt { short: Some(letter), ..option(id, "", help) }
}

/// What signals are read from.
const SIGNAL: &str = "a name such as TERM or RTMIN+3, or a number from 1 to 64";
/// What exit codes are read from.
const EXIT_CODE: &str = "a number from 0 to 255";
