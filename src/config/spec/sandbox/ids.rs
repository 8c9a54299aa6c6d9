//! The ids of the user namespace.

use super::{Conflicts, Id, IdMap, Opt, USER, Words, option, text, words};

const RANGE: &str = "INSIDE:OUTSIDE:COUNT, three numbers, COUNT not 0";

/// A map of ids: it needs the user namespace that it is for.
const fn map(id: IdMap, long: &'static str, help: &'static str) -> Opt {
    Opt { relations: &[USER], ..option(Id::IdMap(id), long, help) }
}

/// The rows.
pub const OPTIONS: &[Opt] = &[
    Opt {
        relations: &[
            USER,
            Conflicts(Id::IdMap(IdMap::Root)),
            Conflicts(Id::IdMap(IdMap::Auto)),
            Conflicts(Id::IdMap(IdMap::Users)),
            Conflicts(Id::IdMap(IdMap::Groups)),
        ],
        ..map(IdMap::CurrentUser, "map-current-user", "Map the caller to itself: the default")
    },
    Opt {
        relations: &[
            USER,
            Conflicts(Id::IdMap(IdMap::Auto)),
            Conflicts(Id::IdMap(IdMap::Users)),
            Conflicts(Id::IdMap(IdMap::Groups)),
        ],
        ..map(IdMap::Root, "map-root-user", "Map the caller to root")
    },
    Opt {
        relations: &[USER, Conflicts(Id::IdMap(IdMap::Users)), Conflicts(Id::IdMap(IdMap::Groups))],
        more: Words::new(
            "The first range that /etc/subuid and /etc/subgid give the caller is mapped to \
               the ids from 1 on.",
        ),
        ..map(IdMap::Auto, "map-auto", "Map the caller to root, and a range")
    },
    Opt {
        relations: &[
            USER,
            Conflicts(Id::IdMap(IdMap::CurrentUser)),
            Conflicts(Id::IdMap(IdMap::Root)),
            Conflicts(Id::IdMap(IdMap::Auto)),
            Conflicts(Id::IdMap(IdMap::Users)),
            Conflicts(Id::IdMap(IdMap::Groups)),
        ],
        more: Words::new("The same range as of --map-auto. Files keep their owners' numbers."),
        ..map(IdMap::Subids, "map-subids", "Map the caller and a range to themselves")
    },
    Opt {
        value: text("I:O:N", RANGE),
        repeatable: true,
        more: Words::new(
            "N users, from I on inside and from O on outside. May be given several times.",
        ),
        ..map(IdMap::Users, "map-users", "Map a range of users")
    },
    Opt {
        value: text("I:O:N", RANGE),
        repeatable: true,
        more: Words::new(
            "N groups, from I on inside and from O on outside. May be given several times.",
        ),
        ..map(IdMap::Groups, "map-groups", "Map a range of groups")
    },
    Opt {
        value: words("WHAT", &["allow", "deny"]),
        ..map(IdMap::Setgroups, "setgroups", "Allow setgroups(2) inside, or deny it")
    },
];
