//! The values that a new UTS or time namespace starts with.

use super::{Id, Implies, Initial, Namespace, Opt, Relation, option, text};

const NAME: &str = "a name of 1 to 64 bytes";
const SECONDS: &str = "whole seconds, perhaps with a sign";

const UTS: Relation = Implies(Id::Namespace(Namespace::Uts));
const TIME: Relation = Implies(Id::Namespace(Namespace::Time));

/// The rows.
pub const OPTIONS: &[Opt] = &[
    Opt {
        value: text("NAME", NAME),
        relations: &[UTS],
        ..option(Id::Initial(Initial::Hostname), "hostname", "The host name; implies --uts")
    },
    Opt {
        value: text("NAME", NAME),
        relations: &[UTS],
        ..option(
            Id::Initial(Initial::Domainname),
            "domainname",
            "The NIS domain name; implies --uts",
        )
    },
    Opt {
        value: text("SECONDS", SECONDS),
        relations: &[TIME],
        ..option(
            Id::Initial(Initial::Monotonic),
            "monotonic",
            "Add SECONDS to the monotonic clock; implies --time",
        )
    },
    Opt {
        value: text("SECONDS", SECONDS),
        relations: &[TIME],
        ..option(
            Id::Initial(Initial::Boottime),
            "boottime",
            "Add SECONDS to the boot-time clock; implies --time",
        )
    },
];
