//! The options of sandbox mode: any of them switches it on. They are long only and have no
//! variable: an image's environment must not change what a sandbox is.

use super::Relation::{Conflicts, Implies, Needs};
use super::{Accepted, Id, IdMap, Initial, Kind, Mount, Namespace, Opt, Process};
use super::{Relation, Value, Words, option, text, words};

const DIRECTORY: Accepted = Accepted { name: Words::new("DIR"), kind: Kind::Directory };
const SOURCE: Accepted =
    Accepted { name: Words::new("SRC"), kind: Kind::Text("a file or directory outside") };
const TARGET: Accepted =
    Accepted { name: Words::new("DST"), kind: Kind::Text("a path inside, not the root itself") };
const LAYERS: Accepted = Accepted {
    name: Words::new("LOWER[:LOWER]..."),
    kind: Kind::Text("directories with : between them and \\: for a colon"),
};
const UPPER: Accepted = Accepted { name: Words::new("UPPER"), kind: Kind::Directory };
const RANGE: &str = "INSIDE:OUTSIDE:COUNT, three numbers, COUNT not 0";
const NAME: &str = "a name of 1 to 64 bytes";
const SECONDS: &str = "whole seconds, perhaps with a sign";
const CAPABILITY: &str = "a capability such as NET_ADMIN, or ALL";

const USER: Relation = Implies(Id::Namespace(Namespace::User));
const MOUNT: Relation = Implies(Id::Namespace(Namespace::Mount));
const ROOT: Relation = Needs(Id::Mount(Mount::Root));
const UTS: Relation = Implies(Id::Namespace(Namespace::Uts));
const TIME: Relation = Implies(Id::Namespace(Namespace::Time));

const fn namespace(id: Namespace, long: &'static str, help: &'static str) -> Opt {
    option(Id::Namespace(id), long, help)
}

/// A map of ids: it needs the user namespace that it is for.
const fn map(id: IdMap, long: &'static str, help: &'static str) -> Opt {
    Opt { relations: &[USER], ..option(Id::IdMap(id), long, help) }
}

/// A mount of something that is there outside.
const fn bind(id: Mount, long: &'static str, help: &'static str) -> Opt {
    let value = Value::Two(&[SOURCE, TARGET]);
    Opt { value, repeatable: true, relations: &[MOUNT], ..option(Id::Mount(id), long, help) }
}

const fn process(id: Process, long: &'static str, help: &'static str) -> Opt {
    option(Id::Process(id), long, help)
}

/// The rows.
pub const OPTIONS: &[Opt] = &[
    Opt {
        more: Words::new("An init in it reaps, and all processes in it end with the command."),
        ..namespace(Namespace::Pid, "pid", "A new PID namespace")
    },
    namespace(Namespace::Mount, "mount", "A new mount namespace"),
    namespace(Namespace::Uts, "uts", "A new UTS namespace: host and domain name"),
    namespace(Namespace::Ipc, "ipc", "A new IPC namespace"),
    Opt {
        relations: &[Conflicts(Id::Namespace(Namespace::ShareNet))],
        ..namespace(Namespace::Net, "net", "A new network namespace, loopback up")
    },
    Opt {
        more: Words::new("It takes no value: --map-root-user and others say which ids it has."),
        ..namespace(Namespace::User, "user", "A new user namespace")
    },
    namespace(Namespace::Cgroup, "cgroup", "A new cgroup namespace"),
    namespace(Namespace::Time, "time", "A new time namespace"),
    Opt {
        // The network depends on --share-net, the users on who init runs as.
        relations: &[
            Implies(Id::Namespace(Namespace::Pid)),
            Implies(Id::Namespace(Namespace::Mount)),
            Implies(Id::Namespace(Namespace::Uts)),
            Implies(Id::Namespace(Namespace::Ipc)),
            Implies(Id::Namespace(Namespace::Cgroup)),
        ],
        more: Words::new("A user namespace only when init does not run as root."),
        ..namespace(Namespace::All, "unshare-all", "All new namespaces but time")
    },
    namespace(Namespace::ShareNet, "share-net", "Keep the network of --unshare-all"),
    namespace(Namespace::Fork, "fork", "Does nothing: always so. As in unshare(1)"),
    namespace(Namespace::KillChild, "kill-child", "Does nothing: always so. As in unshare(1)"),
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
    Opt {
        value: words("TYPE", &["private", "slave", "shared", "unbindable", "unchanged"]),
        relations: &[Needs(Id::Namespace(Namespace::Mount))],
        more: Words::new(
            "private, the default: no mount crosses. slave: mounts made outside appear inside. \
               shared: inside, new namespaces share mounts. unbindable: private, and nothing can be \
             bound again. unchanged: as it was.",
        ),
        ..option(Id::Mount(Mount::Propagation), "propagation", "Which mounts cross --mount")
    },
    Opt {
        value: Value::One(DIRECTORY),
        relations: &[MOUNT],
        more: Words::new(
            "Nothing of the old root stays in reach. The command starts in /, or in --chdir.",
        ),
        ..option(Id::Mount(Mount::Root), "root", "Make DIR the root directory")
    },
    Opt {
        relations: &[ROOT],
        more: Words::new("Mounts of other options stay as these say."),
        ..option(Id::Mount(Mount::ReadOnly), "read-only", "Make the root's own mounts read-only")
    },
    Opt {
        relations: &[ROOT, Conflicts(Id::Mount(Mount::ReadOnly))],
        more: Words::new(
            "It is written to memory and is gone with the command. Mounts in DIR are read-only.",
        ),
        ..option(
            Id::Mount(Mount::Ephemeral),
            "ephemeral",
            "Keep nothing that is written to the root",
        )
    },
    Opt {
        value: Value::Two(&[LAYERS, UPPER]),
        relations: &[
            ROOT,
            Conflicts(Id::Mount(Mount::ReadOnly)),
            Conflicts(Id::Mount(Mount::Ephemeral)),
        ],
        more: Words::new(
            "An overlay is laid over --root: what is in the LOWERs can be read, the first before the \
             others, and what is written goes to UPPER. UPPER.work is made beside it.",
        ),
        ..option(Id::Mount(Mount::Overlay), "overlay", "Make the root of layers")
    },
    Opt {
        relations: &[ROOT],
        more: Words::new(
            "For a present root that pivot_root(2) refuses. The command loses CAP_SYS_ADMIN and \
             CAP_SYS_CHROOT, which lead back.",
        ),
        ..option(Id::Mount(Mount::NoPivot), "no-pivot", "Move the root, and chroot into it")
    },
    Opt {
        value: Value::Optional(DIRECTORY),
        relations: &[MOUNT],
        ..option(Id::Mount(Mount::Proc), "mount-proc", "Mount a new proc on /proc, or on DIR")
    },
    Opt {
        value: Value::Optional(DIRECTORY),
        relations: &[MOUNT],
        more: Words::new("It is read-only, and so are the cgroups in it."),
        ..option(Id::Mount(Mount::Sys), "mount-sys", "Mount a new sysfs on /sys, or on DIR")
    },
    Opt {
        value: Value::Optional(DIRECTORY),
        relations: &[MOUNT],
        more: Words::new("It has null, zero, full, random, urandom, tty, pts, ptmx, shm and fd."),
        ..option(Id::Mount(Mount::Dev), "mount-dev", "Make a new /dev, or DIR")
    },
    Opt {
        relations: &[ROOT],
        more: Words::new(
            "Masks cover what user 0 of the machine could change or read without a capability.",
        ),
        ..option(Id::Mount(Mount::NoMask), "no-mask", "Put no masks over files of /proc and /sys")
    },
    Opt {
        more: Words::new("DST is made if it is missing. These mounts are made in the order given."),
        ..bind(Mount::Bind, "bind", "Show SRC of outside at DST inside")
    },
    bind(Mount::RoBind, "ro-bind", "The same, read-only"),
    bind(Mount::BindTry, "bind-try", "As --bind, if SRC exists"),
    bind(Mount::RoBindTry, "ro-bind-try", "As --ro-bind, if SRC exists"),
    Opt {
        value: Value::One(TARGET),
        repeatable: true,
        relations: &[MOUNT],
        ..option(Id::Mount(Mount::Tmpfs), "tmpfs", "Mount an empty tmpfs on DST")
    },
    Opt {
        value: text("SIZE", "bytes, with k, m, g or t, or a part of the memory as 50%"),
        repeatable: true,
        relations: &[Needs(Id::Mount(Mount::Tmpfs))],
        more: Words::new("Stands before --tmpfs. Without it, half of the memory."),
        ..option(Id::Mount(Mount::TmpfsSize), "tmpfs-size", "The size of the next --tmpfs")
    },
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
    Opt {
        value: Value::One(DIRECTORY),
        ..process(Process::Chdir, "chdir", "Start the command in DIR")
    },
    Opt {
        value: Value::One(DIRECTORY),
        ..process(Process::Wd, "wd", "The same as --chdir. As in unshare(1)")
    },
    Opt {
        value: text("N", "a number of descriptors"),
        more: Words::new("In a sandbox all others are closed."),
        ..process(Process::PreserveFds, "preserve-fds", "Keep the N descriptors from 3 on")
    },
    Opt {
        more: Words::new("Set-user-ID and file capabilities do nothing."),
        ..process(Process::NoNewPrivs, "no-new-privs", "No exec gives privileges")
    },
    Opt {
        value: text("CAP", CAPABILITY),
        repeatable: true,
        more: Words::new("May be given several times."),
        ..process(Process::CapDrop, "cap-drop", "Take a capability away, or ALL")
    },
    Opt {
        value: text("CAP", CAPABILITY),
        repeatable: true,
        more: Words::new("Users other than root get it too. May be given several times."),
        ..process(Process::CapAdd, "cap-add", "Leave a capability that --cap-drop takes")
    },
];
