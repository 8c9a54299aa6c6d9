//! Limits of resources (getrlimit(2)): their names and values. Pure.

use crate::parse_number::number;

/// What can be limited, by the kernel's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource(u8);

/// A limit to set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Of what.
    pub resource: Resource,
    /// What is enforced.
    pub soft: u64,
    /// What the soft limit may be raised to.
    pub hard: u64,
}

/// RLIM64_INFINITY.
const UNLIMITED: u64 = u64::MAX;

/// The names in the kernel's order (asm-generic/resource.h), which both machines have.
const NAMES: [&str; 16] = [
    "cpu",
    "fsize",
    "data",
    "stack",
    "core",
    "rss",
    "nproc",
    "nofile",
    "memlock",
    "as",
    "locks",
    "sigpending",
    "msgqueue",
    "nice",
    "rtprio",
    "rttime",
];

impl Resource {
    /// The number of processes of a user.
    pub const NPROC: Resource = Resource(6);
    /// The size of the address space.
    pub const AS: Resource = Resource(9);
    /// The number of open files.
    pub const NOFILE: Resource = Resource(7);

    /// The name in small letters, without `RLIMIT_`.
    pub fn name(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// The kernel's number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Reads `nofile` or `RLIMIT_NOFILE`, in any case.
    fn parse(text: &[u8]) -> Option<Resource> {
        let prefixed = text.split_at_checked(7).filter(|(p, _)| p.eq_ignore_ascii_case(b"RLIMIT_"));
        let bare = prefixed.map_or(text, |(_, rest)| rest);
        let at = NAMES.into_iter().position(|name| bare.eq_ignore_ascii_case(name.as_bytes()))?;
        // 16 names.
        Some(Resource(at as u8))
    }
}

impl Limit {
    /// Reads `NAME=SOFT[:HARD]`. A missing HARD is SOFT.
    pub fn parse(text: &[u8]) -> Option<Limit> {
        let at = text.iter().position(|byte| *byte == b'=')?;
        let (name, values) = text.split_at_checked(at)?;
        let mut values = values.get(1..)?.split(|byte| *byte == b':').map(value);
        let soft = values.next()??;
        let hard = values.next().unwrap_or(Some(soft))?;
        let whole = values.next().is_none() && soft <= hard;
        let limit = Limit { resource: Resource::parse(name)?, soft, hard };
        whole.then_some(limit)
    }
}

/// docker(1) has -1 for no limit.
fn value(text: &[u8]) -> Option<u64> {
    if text.eq_ignore_ascii_case(b"unlimited") || text == b"-1" {
        return Some(UNLIMITED);
    }
    number(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        let of = |name: &str, soft, hard| {
            let at = NAMES.iter().position(|known| *known == name).unwrap();
            Some(Limit { resource: Resource(at as u8), soft, hard })
        };
        for (text, expected) in [
            ("nofile=64", of("nofile", 64, 64)),
            ("NOFILE=64:128", of("nofile", 64, 128)),
            ("RLIMIT_NPROC=0", of("nproc", 0, 0)),
            ("rlimit_As=1:unlimited", of("as", 1, UNLIMITED)),
            ("core=unlimited", of("core", UNLIMITED, UNLIMITED)),
            ("core=-1", of("core", UNLIMITED, UNLIMITED)),
            ("nofile=128:64", None),
            ("nofile=unlimited:64", None),
            ("nofile", None),
            ("nofile=", None),
            ("nofile=1:", None),
            ("nofile=:1", None),
            ("nofile=1:2:3", None),
            ("nofile=1k", None),
            ("nofile=-2", None),
            ("files=1", None),
            ("=1", None),
            ("RLIMIT_=1", None),
            ("", None),
        ] {
            assert_eq!(Limit::parse(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_kernels_numbers() {
        let number = |text: &str| u32::from(Resource::parse(text.as_bytes()).unwrap().number());
        assert_eq!(number("cpu"), libc::RLIMIT_CPU as u32);
        assert_eq!(number("rttime"), libc::RLIMIT_RTTIME as u32);
        assert_eq!(u32::from(Resource::NPROC.number()), libc::RLIMIT_NPROC as u32);
        assert_eq!(u32::from(Resource::AS.number()), libc::RLIMIT_AS as u32);
        assert_eq!(u32::from(Resource::NOFILE.number()), libc::RLIMIT_NOFILE as u32);
    }
}
