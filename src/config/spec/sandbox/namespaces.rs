//! Which namespaces are new.

use super::{Conflicts, Id, Implies, Namespace, Opt, Words, option};

const fn namespace(id: Namespace, long: &'static str, help: &'static str) -> Opt {
    option(Id::Namespace(id), long, help)
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
];
