//! What the command may do.

use super::{Id, Opt, Privilege, Words, option, text};

const CAPABILITY: &str = "a capability such as NET_ADMIN, or ALL";

const fn privilege(id: Privilege, long: &'static str, help: &'static str) -> Opt {
    option(Id::Privilege(id), long, help)
}

/// The rows.
pub const OPTIONS: &[Opt] = &[
    Opt {
        more: Words::new("Set-user-ID and file capabilities do nothing."),
        ..privilege(Privilege::NoNewPrivs, "no-new-privs", "No exec gives privileges")
    },
    Opt {
        value: text("CAP", CAPABILITY),
        repeatable: true,
        more: Words::new("May be given several times."),
        ..privilege(Privilege::CapDrop, "cap-drop", "Take a capability away, or ALL")
    },
    Opt {
        value: text("CAP", CAPABILITY),
        repeatable: true,
        more: Words::new("Users other than root get it too. May be given several times."),
        ..privilege(Privilege::CapAdd, "cap-add", "Leave a capability that --cap-drop takes")
    },
];
