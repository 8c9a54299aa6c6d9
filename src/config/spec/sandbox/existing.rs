//! Namespaces and cgroups that are there before init, or after it.

use super::{Accepted, DIRECTORY, Existing, Id, Kind, Opt, Value, Words, option};

const JOIN: Accepted = Accepted {
    name: Words::new("PID|TYPE=FILE"),
    kind: Kind::Text("a process's number, or a type as in net=FILE"),
};
const PERSIST: Accepted = Accepted {
    name: Words::new("TYPE=FILE"),
    kind: Kind::Text("a type but pid, and a file, as in net=FILE"),
};

/// The rows.
pub const OPTIONS: &[Opt] = &[
    Opt {
        value: Value::One(JOIN),
        repeatable: true,
        more: Words::new(
            "All namespaces of a process that are not ours, or the namespace that a file such as \
             /run/netns/NAME or /proc/PID/ns/net stands for. As nsenter(1).",
        ),
        ..option(Id::Existing(Existing::Join), "join", "Enter existing namespaces")
    },
    Opt {
        value: Value::One(DIRECTORY),
        repeatable: true,
        more: Words::new("DIR is one of /sys/fs/cgroup. The command is in it from its start."),
        ..option(Id::Existing(Existing::JoinCgroup), "join-cgroup", "Enter an existing cgroup")
    },
    Opt {
        value: Value::One(PERSIST),
        repeatable: true,
        more: Words::new(
            "A mount on FILE, which is made if it is missing. umount(8) ends it. Implies a new \
             namespace of that type.",
        ),
        ..option(Id::Existing(Existing::Persist), "persist", "Let FILE keep a new namespace")
    },
];
