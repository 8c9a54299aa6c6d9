//! The options of dumb-init 1.2.5.

use super::{Id, Opt, Page, Plain, option, text};

/// The rows.
pub static OPTIONS: &[Opt] = &[
    Opt { short: Some(b'h'), ..option(Id::Page(Page::Help), "help", "Print this help") },
    Opt {
        short: Some(b'c'),
        ..option(
            Id::Plain(Plain::ForwardTo),
            "single-child",
            "No new session; forward signals to the child only",
        )
    },
    Opt {
        short: Some(b'r'),
        value: text("S:R", "two numbers from 1 to 31; the second may be 0"),
        repeatable: true,
        ..option(
            Id::Plain(Plain::Rewrite),
            "rewrite",
            "Forward R when S arrives, nothing for R 0; may be given several times",
        )
    },
    Opt {
        short: Some(b'v'),
        ..option(Id::Plain(Plain::Verbose), "verbose", "Print what is being done")
    },
    Opt { short: Some(b'V'), ..option(Id::Page(Page::Version), "version", "Print the version") },
    Opt {
        short: Some(b'P'),
        ..option(Id::Plain(Plain::Pause), "pause", "Run nothing: reap until TERM or INT comes")
    },
];
