//! The rows about existing namespaces and cgroups in the table of causes. Pure.

use nix::errno::Errno;

use super::{Attempt, FILTER, Hint, NO_FILTER, Observed, create, hint, profile_forbids};
use crate::namespaces::{Namespace, Namespaces};

/// Why an attempt to enter or keep what exists failed with `errno`.
pub fn explain(
    attempt: Attempt,
    errno: Errno,
    new: Namespaces,
    observed: &Observed,
) -> Option<Hint> {
    match attempt {
        Attempt::CreateJoined if errno == Errno::ENOMEM => hint(
            "its PID 1 has ended, so no process can enter the PID namespace",
            "make a new PID namespace",
        ),
        Attempt::CreateJoined => create(errno, new, observed),
        Attempt::OpenToJoin => open_to_join(errno, observed),
        Attempt::Join(types) => join(types, errno, new, observed),
        Attempt::MoveToCgroup => move_to_cgroup(errno),
        Attempt::Persist(namespace) => persist(namespace, errno, observed),
        _ => None,
    }
}

fn open_to_join(errno: Errno, observed: &Observed) -> Option<Hint> {
    match errno {
        Errno::ENOENT if observed.no_proc => hint(
            "init looks at processes through /proc, and no /proc is mounted",
            "mount proc on /proc",
        ),
        Errno::ENOSYS => {
            hint("Linux before 5.3 has no such call", "use --join TYPE=/proc/PID/ns/TYPE")
        }
        Errno::EACCES if observed.disconnected => profile_forbids(errno, observed),
        // What a process hides: ptrace(2), "access mode checking".
        Errno::EACCES | Errno::EPERM => hint(
            "you may not look into that process",
            "for a sandbox, name the process of its command, not its init",
        ),
        _ => None,
    }
}

fn join(types: Namespaces, errno: Errno, new: Namespaces, observed: &Observed) -> Option<Hint> {
    let user = types.contains(Namespace::User);
    match errno {
        Errno::EPERM if observed.join_filtered => hint(FILTER, NO_FILTER),
        Errno::EPERM if new.contains(Namespace::User) => {
            hint("the new user namespace has no rights over it", "leave out --user")
        }
        Errno::EPERM if !user => hint(
            "joining needs CAP_SYS_ADMIN, here and in the user namespace that owns it",
            "join that user namespace as well",
        ),
        Errno::EPERM => hint("the user namespace is not yours", "enter as the user that made it"),
        Errno::EINVAL if types.iter().nth(1).is_some() => {
            hint("Linux before 5.8 enters one type at a time", "use --join TYPE=/proc/PID/ns/TYPE")
        }
        Errno::EINVAL if user || types.contains(Namespace::Pid) => {
            hint("init is in it already, or it is not below ours", "leave it out")
        }
        _ => None,
    }
}

fn move_to_cgroup(errno: Errno) -> Option<Hint> {
    match errno {
        Errno::ENOENT => hint("the directory is not a cgroup", "name one below /sys/fs/cgroup"),
        Errno::EACCES | Errno::EPERM => hint(
            "you may not write to the cgroup, or to a cgroup above it and init",
            "let its owner delegate it, with its cgroup.procs",
        ),
        Errno::EROFS => hint("cgroups are mounted read-only here", "mount them read-write"),
        Errno::EBUSY => hint(
            "it passes controllers to child cgroups, so it may hold no process",
            "name one of those",
        ),
        Errno::EOPNOTSUPP => hint("it is a threaded cgroup, or its parent is", "name another one"),
        _ => None,
    }
}

fn persist(namespace: Namespace, errno: Errno, observed: &Observed) -> Option<Hint> {
    match errno {
        Errno::EINVAL if namespace == Namespace::Mount && observed.shared_mounts => hint(
            "the mount that holds the file may have a peer inside",
            "mount --bind DIR DIR and mount --make-private DIR for its directory",
        ),
        // Linux 6.18 numbers them for each processor by itself.
        Errno::EINVAL if namespace == Namespace::Mount => hint(
            "the kernel numbers it before the mount namespace that holds the file",
            "start init on another processor with taskset(1)",
        ),
        Errno::EPERM if observed.mount_filtered => hint(FILTER, NO_FILTER),
        Errno::EACCES | Errno::EPERM => profile_forbids(errno, observed)
            .or_else(|| hint("a mount outside needs CAP_SYS_ADMIN", "start init as root")),
        _ => None,
    }
}
