//! The options of catatonit 0.2.

use super::{Id, Opt, Page, Plain, Table, Words, letter, option};

/// The table.
pub static TABLES: super::Tables =
    &[Table { heading: Words::new("Options"), options: OPTIONS, conflicts: &[] }];

const OPTIONS: &[Opt] = &[
    letter(Id::Plain(Plain::ProcessGroup), b'g', "Forward signals to the child's process group"),
    letter(Id::Page(Page::Help), b'h', "Print this help"),
    letter(Id::Page(Page::Licence), b'L', "Print the licence"),
    // catatonit refuses `--pause`.
    letter(Id::Plain(Plain::Pause), b'P', "Run nothing: reap until TERM or INT comes"),
    Opt { short: Some(b'V'), ..option(Id::Page(Page::Version), "version", "Print the version") },
];
