//! The options of catatonit 0.2.

use super::{Id, Opt, Page, Plain, letter, option};

/// The rows.
pub static OPTIONS: &[Opt] = &[
    letter(Id::Plain(Plain::ProcessGroup), b'g', "Forward signals to the child's process group"),
    letter(Id::Page(Page::Help), b'h', "Print this help"),
    letter(Id::Page(Page::Licence), b'L', "Print the licence"),
    // catatonit refuses `--pause`.
    letter(Id::Plain(Plain::Pause), b'P', "Run nothing: reap until TERM or INT comes"),
    Opt { short: Some(b'V'), ..option(Id::Page(Page::Version), "version", "Print the version") },
];
