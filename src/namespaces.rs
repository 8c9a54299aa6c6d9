//! Namespaces as namespaces(7) lists them, and sets of them. Pure.

use std::fmt;

/// A kind of namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// User and group ids, and what capabilities count for.
    User,
    /// Process ids.
    Pid,
    /// Mounts.
    Mount,
    /// Host and domain name.
    Uts,
    /// System V IPC and POSIX message queues.
    Ipc,
    /// Network devices, addresses and ports.
    Net,
    /// The root of the cgroup hierarchy.
    Cgroup,
    /// Monotonic and boot-time clocks.
    Time,
}

impl Namespace {
    /// All eight.
    pub const ALL: [Namespace; 8] = [
        Namespace::User,
        Namespace::Pid,
        Namespace::Mount,
        Namespace::Uts,
        Namespace::Ipc,
        Namespace::Net,
        Namespace::Cgroup,
        Namespace::Time,
    ];

    /// Its name in our options, which are those of unshare(1).
    pub const fn name(self) -> &'static str {
        match self {
            Namespace::User => "user",
            Namespace::Pid => "pid",
            Namespace::Mount => "mount",
            Namespace::Uts => "uts",
            Namespace::Ipc => "ipc",
            Namespace::Net => "net",
            Namespace::Cgroup => "cgroup",
            Namespace::Time => "time",
        }
    }

    /// Its flag for clone(2), unshare(2) and setns(2).
    pub const fn flag(self) -> i32 {
        match self {
            Namespace::User => libc::CLONE_NEWUSER,
            Namespace::Pid => libc::CLONE_NEWPID,
            Namespace::Mount => libc::CLONE_NEWNS,
            Namespace::Uts => libc::CLONE_NEWUTS,
            Namespace::Ipc => libc::CLONE_NEWIPC,
            Namespace::Net => libc::CLONE_NEWNET,
            Namespace::Cgroup => libc::CLONE_NEWCGROUP,
            Namespace::Time => libc::CLONE_NEWTIME,
        }
    }

    /// The kernel's word: the file in `/proc/PID/ns`, and the middle of the name of its
    /// limit in `/proc/sys/user`.
    pub const fn kernel_name(self) -> &'static str {
        match self {
            Namespace::Mount => "mnt",
            other => other.name(),
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of namespaces, as the kernel's flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Namespaces(i32);

impl Namespaces {
    /// None.
    pub const NONE: Namespaces = Namespaces(0);

    /// This one.
    pub const fn only(namespace: Namespace) -> Namespaces {
        Namespaces(namespace.flag())
    }

    /// With this one.
    #[must_use]
    pub const fn with(self, namespace: Namespace) -> Namespaces {
        Namespaces(self.0 | namespace.flag())
    }

    /// Without this one.
    #[must_use]
    pub const fn without(self, namespace: Namespace) -> Namespaces {
        Namespaces(self.0 & !namespace.flag())
    }

    /// Is it in the set?
    pub const fn contains(self, namespace: Namespace) -> bool {
        self.0 & namespace.flag() != 0
    }

    /// Each one, in the order of [`Namespace::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Namespace> {
        Namespace::ALL.into_iter().filter(move |namespace| self.contains(*namespace))
    }

    /// The flags of all.
    pub const fn flags(self) -> i32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let all = Namespace::ALL.into_iter().fold(Namespaces::NONE, Namespaces::with);
        assert_eq!(all.flags().count_ones(), 8, "each has a flag of its own");
        for namespace in Namespace::ALL {
            assert_eq!(Namespaces::only(namespace).iter().collect::<Vec<_>>(), [namespace]);
            assert!(all.contains(namespace) && !Namespaces::NONE.contains(namespace));
        }
    }
}
