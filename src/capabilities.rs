//! Capabilities as capabilities(7) numbers them: names, and sets of them. Pure.

/// The names without `CAP_`, by number (linux/capability.h of Linux 5.9, the last to add one).
const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// A capability's number, 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability(u8);

impl Capability {
    /// Change the owner of files: the kernel's first one.
    pub const CHOWN: Capability = Capability(0);
    /// Send signals to any process.
    pub const KILL: Capability = Capability(5);
    /// Change group ids, and map them.
    pub const SETGID: Capability = Capability(6);
    /// Change user ids, and map them.
    pub const SETUID: Capability = Capability(7);
    /// Take capabilities out of the bounding set.
    pub const SETPCAP: Capability = Capability(8);
    /// Use chroot(2), and setns(2) with a mount namespace.
    pub const SYS_CHROOT: Capability = Capability(18);
    /// What no other capability is for, mounts and namespaces for example.
    pub const SYS_ADMIN: Capability = Capability(21);

    /// Give capabilities to files, and map user 0.
    pub const SETFCAP: Capability = Capability(31);

    /// Reads `NET_ADMIN` or `CAP_NET_ADMIN`, in any case.
    pub fn parse(text: &[u8]) -> Option<Capability> {
        let named = |name: &str| {
            let prefixed =
                text.split_at_checked(4).filter(|(p, _)| p.eq_ignore_ascii_case(b"CAP_"));
            let bare = prefixed.map_or(text, |(_, rest)| rest);
            bare.eq_ignore_ascii_case(name.as_bytes())
        };
        // 41 names.
        NAMES.into_iter().position(named).map(|n| Capability(n as u8))
    }

    /// The name without `CAP_`; `None` for a number of a later kernel.
    pub fn name(self) -> Option<&'static str> {
        NAMES.get(usize::from(self.0)).copied()
    }

    /// The one with the next number, up to 63.
    pub fn next(self) -> Option<Capability> {
        (self.0 < 63).then_some(Capability(self.0 + 1))
    }

    /// The kernel's number.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// A set of capabilities in the kernel's form: bit N for number N.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CapabilitySet(pub u64);

impl CapabilitySet {
    /// Every number, including those that this kernel does not know.
    pub const ALL: CapabilitySet = CapabilitySet(u64::MAX);
    /// The empty set.
    pub const NONE: CapabilitySet = CapabilitySet(0);

    /// The set of one capability.
    pub const fn only(capability: Capability) -> CapabilitySet {
        CapabilitySet(1 << capability.0)
    }

    /// Reads a capability's name, or `ALL`.
    pub fn parse(text: &[u8]) -> Option<CapabilitySet> {
        if text.eq_ignore_ascii_case(b"ALL") {
            return Some(CapabilitySet::ALL);
        }
        Capability::parse(text).map(CapabilitySet::only)
    }

    /// Is `capability` in the set?
    pub const fn contains(self, capability: Capability) -> bool {
        self.0 & CapabilitySet::only(capability).0 != 0
    }

    /// The set with `capability`.
    #[must_use]
    pub const fn with(self, capability: Capability) -> CapabilitySet {
        self.union(CapabilitySet::only(capability))
    }

    /// The capabilities in either set.
    #[must_use]
    pub const fn union(self, other: CapabilitySet) -> CapabilitySet {
        CapabilitySet(self.0 | other.0)
    }

    /// The capabilities in both sets.
    #[must_use]
    pub const fn intersection(self, other: CapabilitySet) -> CapabilitySet {
        CapabilitySet(self.0 & other.0)
    }

    /// The set without the capabilities of `other`.
    #[must_use]
    pub const fn without(self, other: CapabilitySet) -> CapabilitySet {
        CapabilitySet(self.0 & !other.0)
    }

    /// Every capability with a name.
    pub fn named() -> CapabilitySet {
        CapabilitySet((1 << NAMES.len()) - 1)
    }

    /// Each capability in the set, by number.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        (0..64).map(Capability).filter(move |capability| self.contains(*capability))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_and_names() {
        let set = CapabilitySet(1 << 5).with(Capability::SYS_ADMIN).with(Capability(63));
        let names: Vec<_> = set.iter().map(Capability::name).collect();
        assert_eq!(names, [Some("KILL"), Some("SYS_ADMIN"), None]);
        let named = CapabilitySet::named();
        assert_eq!(named.iter().last().and_then(Capability::name), Some("CHECKPOINT_RESTORE"));
        assert!(!named.contains(Capability(41)));
    }

    #[test]
    fn reads_every_form() {
        let admin = Some(CapabilitySet(1 << 12));
        for text in ["NET_ADMIN", "net_admin", "CAP_NET_ADMIN", "cap_Net_Admin"] {
            assert_eq!(CapabilitySet::parse(text.as_bytes()), admin, "{text}");
        }
        assert_eq!(CapabilitySet::parse(b"all"), Some(CapabilitySet::ALL));
        for text in ["", "CAP_", "NET", "CAP_ALL", "12", "NET_ADMIN ", "CAP_CAP_KILL"] {
            assert_eq!(CapabilitySet::parse(text.as_bytes()), None, "{text}");
        }
        for (number, name) in NAMES.into_iter().enumerate() {
            let capability = Capability::parse(name.as_bytes()).unwrap();
            assert_eq!(usize::from(capability.number()), number);
        }
        for (name, capability) in [
            (&b"CHOWN"[..], Capability::CHOWN),
            (b"KILL", Capability::KILL),
            (b"SETGID", Capability::SETGID),
            (b"SETUID", Capability::SETUID),
            (b"SETPCAP", Capability::SETPCAP),
            (b"SYS_ADMIN", Capability::SYS_ADMIN),
            (b"SETFCAP", Capability::SETFCAP),
        ] {
            assert_eq!(Capability::parse(name), Some(capability));
        }
    }

    #[test]
    fn sets() {
        let kill = CapabilitySet::only(Capability::KILL);
        let rest = CapabilitySet::ALL.without(kill);
        assert!(kill.contains(Capability::KILL) && !rest.contains(Capability::KILL));
        assert_eq!(rest.union(kill), CapabilitySet::ALL);
        assert_eq!(rest.intersection(kill), CapabilitySet::NONE);
        assert_eq!(kill.iter().collect::<Vec<_>>(), [Capability::KILL]);
    }
}
