//! What the other programs have of getopt_long(3): its messages.

use super::Invocation;
use crate::config::usage::Usage;
use crate::text::Printable;

/// The line about words that getopt(3) does not understand; `None` when it would.
pub fn line(usage: &Usage, called: &Invocation) -> Option<String> {
    let what = match *usage {
        Usage::UnknownShort(letter) => format!("invalid option -- '{}'", Printable(&[letter])),
        Usage::UnknownLong(text) => format!("unrecognized option '--{}'", Printable(text)),
        Usage::AmbiguousLong { name, text, options } => {
            let mut what = format!("option '--{}' is ambiguous; possibilities:", Printable(text));
            for opt in options.iter().filter(|opt| opt.long.as_bytes().starts_with(name)) {
                what.push_str(&format!(" '--{}'", opt.long));
            }
            what
        }
        Usage::MissingValue { opt, by_letter: true } => {
            let letter = opt.short.unwrap_or_default();
            format!("option requires an argument -- '{}'", char::from(letter))
        }
        Usage::MissingValue { opt, by_letter: false } => {
            format!("option '--{}' requires an argument", opt.long)
        }
        Usage::UnwantedValue { opt, .. } => {
            format!("option '--{}' doesn't allow an argument", opt.long)
        }
        Usage::BadValue { .. }
        | Usage::BadWord(_)
        | Usage::Conflict(..)
        | Usage::Needs(..)
        | Usage::StandsBefore(..)
        | Usage::RunsNothing { .. }
        | Usage::NoCommand => return None,
    };
    Some(format!("{}: {what}\n", Printable(called.name)))
}
