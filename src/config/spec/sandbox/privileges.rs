//! What the command may do.

use super::{Id, Implies, Opt, Privilege, USER, Words, option, text};

const ID: &str = "a number from 0 to 4294967294";
const CAPABILITY: &str = "a capability such as NET_ADMIN, or ALL";

const fn privilege(id: Privilege, long: &'static str, help: &'static str) -> Opt {
    option(Id::Privilege(id), long, help)
}

/// The rows.
pub const OPTIONS: &[Opt] = &[
    Opt {
        value: text("UID", ID),
        more: Words::new(
            "The number counts inside. It leaves all groups but those of --groups, and all \
             capabilities but those of --cap-add.",
        ),
        ..privilege(Privilege::Setuid, "setuid", "Run the command as this user")
    },
    Opt {
        value: text("GID", ID),
        more: Words::new("It leaves all other groups but those of --groups."),
        ..privilege(Privilege::Setgid, "setgid", "Run the command as this group")
    },
    Opt {
        value: text("GID[,GID]...", "numbers of groups with commas between them"),
        ..privilege(Privilege::Groups, "groups", "The supplementary groups of the command")
    },
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
    Opt {
        value: text("FILE", "a file with a compiled BPF program"),
        repeatable: true,
        relations: &[Implies(Id::Privilege(Privilege::NoNewPrivs))],
        more: Words::new(
            "As libseccomp's seccomp_export_bpf(3) writes it. It needs no user namespace, and no \
             exec gives privileges then. May be given several times.",
        ),
        ..privilege(Privilege::Seccomp, "seccomp", "Filter the command's system calls")
    },
    Opt {
        relations: &[USER],
        more: Words::new(
            "The command is in a second one, and has no rights over the other new namespaces.",
        ),
        ..privilege(Privilege::NoNewUserNs, "no-new-user-ns", "No user namespace inside")
    },
    Opt {
        more: Words::new(
            "Without it, a command that has your terminal cannot put keys into it that your shell \
             then reads.",
        ),
        ..privilege(Privilege::AllowTiocsti, "allow-tiocsti", "Let the command fake keys")
    },
];
