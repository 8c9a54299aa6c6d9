//! The texts that are asked for: help, version, licence.
//!
//! `build.rs` makes the help of the tables in `spec`; the texts are part of the binary.

use super::spec::Page;

/// The version line. dockerd reads its second part as `git.COMMIT`.
pub const VERSION: &str =
    concat!("init ", env!("CARGO_PKG_VERSION"), " - git.", env!("INIT_COMMIT"), "\n");

/// What follows another program's version in its version line.
pub const BUILD: &str =
    concat!(" - git.", env!("INIT_COMMIT"), " - init ", env!("CARGO_PKG_VERSION"));

/// The options and variables of other programs, for their help.
pub mod options {
    /// Of catatonit.
    pub const CATATONIT: &str = include_str!(concat!(env!("OUT_DIR"), "/catatonit.txt"));
    /// Of dumb-init.
    pub const DUMB_INIT: &str = include_str!(concat!(env!("OUT_DIR"), "/dumb-init.txt"));
    /// Of tini.
    pub const TINI: &str = include_str!(concat!(env!("OUT_DIR"), "/tini.txt"));
}

/// The text of a page of ours, with its closing line feed.
pub const fn page(page: Page) -> &'static str {
    match page {
        Page::Help => include_str!(concat!(env!("OUT_DIR"), "/help.txt")),
        Page::Summary => include_str!(concat!(env!("OUT_DIR"), "/summary.txt")),
        Page::Version => VERSION,
        Page::Licence => include_str!("../../LICENSE"),
    }
}
