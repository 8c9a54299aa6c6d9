//! Namespaces as namespaces(7) lists them, and sets of them. Pure.

use std::fmt;

/// A type of namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// User and group ids, and the reach of capabilities.
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

    /// The name in our options, which unshare(1) has too.
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

    /// Reads our name or the kernel's.
    pub fn parse(name: &[u8]) -> Option<Namespace> {
        let named = |namespace: &Namespace| {
            [namespace.name(), namespace.kernel_name()].iter().any(|one| one.as_bytes() == name)
        };
        Namespace::ALL.into_iter().find(named)
    }

    /// The flag for clone(2), unshare(2) and setns(2).
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

    /// The kernel's name: of the file in `/proc/PID/ns`, and in the name of the limit in
    /// `/proc/sys/user`.
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
    /// The empty set.
    pub const NONE: Namespaces = Namespaces(0);

    /// The set of one type.
    pub const fn only(namespace: Namespace) -> Namespaces {
        Namespaces(namespace.flag())
    }

    /// The set with `namespace`.
    #[must_use]
    pub const fn with(self, namespace: Namespace) -> Namespaces {
        Namespaces(self.0 | namespace.flag())
    }

    /// The set without `namespace`.
    #[must_use]
    pub const fn without(self, namespace: Namespace) -> Namespaces {
        Namespaces(self.0 & !namespace.flag())
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Namespaces) -> Namespaces {
        Namespaces(self.0 | other.0)
    }

    /// The types in both sets.
    #[must_use]
    pub const fn intersection(self, other: Namespaces) -> Namespaces {
        Namespaces(self.0 & other.0)
    }

    /// The set without the types of `other`.
    #[must_use]
    pub const fn minus(self, other: Namespaces) -> Namespaces {
        Namespaces(self.0 & !other.0)
    }

    /// Is `namespace` in the set?
    pub const fn contains(self, namespace: Namespace) -> bool {
        self.0 & namespace.flag() != 0
    }

    /// Each type in the set, in the order of [`Namespace::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Namespace> {
        Namespace::ALL.into_iter().filter(move |namespace| self.contains(*namespace))
    }

    /// The flags for clone(2).
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
