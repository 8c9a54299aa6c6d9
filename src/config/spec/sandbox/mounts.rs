//! The root and what is mounted in it.

use super::{Accepted, Conflicts, DIRECTORY, Id, Kind, MOUNT, Mount, Namespace, Needs, Opt};
use super::{Relation, Value, Words, option, text, words};

const SOURCE: Accepted =
    Accepted { name: Words::new("SRC"), kind: Kind::Text("a file or directory outside") };
const TARGET: Accepted =
    Accepted { name: Words::new("DST"), kind: Kind::Text("a path inside, not the root itself") };
const LAYERS: Accepted = Accepted {
    name: Words::new("LOWER[:LOWER]..."),
    kind: Kind::Text("directories with : between them and \\: for a colon"),
};
const UPPER: Accepted = Accepted { name: Words::new("UPPER"), kind: Kind::Directory };

const ROOT: Relation = Needs(Id::Mount(Mount::Root));

/// A mount of something that is there outside.
const fn bind(id: Mount, long: &'static str, help: &'static str) -> Opt {
    let value = Value::Two(&[SOURCE, TARGET]);
    Opt { value, repeatable: true, relations: &[MOUNT], ..option(Id::Mount(id), long, help) }
}

/// The rows.
pub const OPTIONS: &[Opt] = &[
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
];
