//! Readers of the values of sandbox options. They return `None` for a text that they do not
//! understand. Pure.

use super::{IdRange, Join, JoinFrom, Persist};
use crate::namespaces::Namespace;
use crate::parse_number::number;

/// The kernel's limit for host and domain names (__NEW_UTS_LEN).
const NAME_MAX: usize = 64;

/// A range of ids. Neither side may reach 4294967295, which is no id (credentials(7)).
pub fn range(value: &[u8]) -> Option<IdRange> {
    let mut fields = value.split(|b| *b == b':').map(number);
    let (inside, outside, count) = (fields.next()??, fields.next()??, fields.next()??);
    let fits = |first: u32| first.checked_add(count).is_some();
    let whole = fields.next().is_none() && count > 0 && fits(inside) && fits(outside);
    whole.then_some(IdRange { inside, outside, count })
}

/// A user or a group. 4294967295 is none (credentials(7)).
pub fn id(value: &[u8]) -> Option<u32> {
    number(value).filter(|id| *id != u32::MAX)
}

/// Groups, with commas between them.
pub fn ids(value: &[u8]) -> Option<Vec<u32>> {
    value.split(|byte| *byte == b',').map(id).collect()
}

/// A type of namespace and a file: `net=FILE`.
fn namespace_file(value: &'static [u8]) -> Option<(Namespace, &'static [u8])> {
    let at = value.iter().position(|byte| *byte == b'=')?;
    let (name, file) = value.split_at_checked(at)?;
    let file = file.get(1..).filter(|file| !file.is_empty())?;
    Some((Namespace::parse(name)?, file))
}

/// A process's number, or a type of namespace and a file.
pub fn join(value: &'static [u8]) -> Option<Join> {
    let from = match namespace_file(value) {
        Some((namespace, file)) => JoinFrom::File(namespace, file),
        None => JoinFrom::Process(number(value).filter(|pid| *pid > 0)?),
    };
    Some(Join { word: value, from })
}

/// A type of namespace and a file. A PID namespace is dead without its PID 1.
pub fn persist(value: &'static [u8]) -> Option<Persist> {
    let (namespace, file) = namespace_file(value)?;
    (namespace != Namespace::Pid).then_some(Persist { namespace, file })
}

/// A host or domain name.
pub fn name(value: &'static [u8]) -> Option<&'static [u8]> {
    (1..=NAME_MAX).contains(&value.len()).then_some(value)
}

/// A clock's offset.
pub fn seconds(value: &[u8]) -> Option<i64> {
    let (negative, digits) = match value.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, value),
    };
    let seconds: i64 = number(digits)?;
    Some(if negative { -seconds } else { seconds })
}

/// A number of descriptors.
pub fn count(value: &[u8]) -> Option<u32> {
    // The last descriptor is i32::MAX.
    number(value).filter(|count| *count < i32::MAX as u32 - 3)
}

/// Where something is mounted: not the root itself, which would be lost below it.
pub fn target(value: &'static [u8]) -> Option<&'static [u8]> {
    let names = |name: &[u8]| !matches!(name, b"" | b"." | b"..");
    value.split(|byte| *byte == b'/').any(names).then_some(value)
}

/// Layers of an overlay, with `:` between them, and `\:` for a colon in a path.
pub fn layers(value: &[u8]) -> Option<&'static [&'static [u8]]> {
    let mut layers = vec![Vec::new()];
    let mut bytes = value.iter().copied();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b':' => {
                layers.push(Vec::new());
                continue;
            }
            b'\\' => bytes.next()?,
            byte => byte,
        };
        layers.last_mut()?.push(byte);
    }
    let whole = layers.iter().all(|layer| !layer.is_empty());
    let leak = |layer: Vec<u8>| -> &'static [u8] { layer.leak() };
    whole.then(|| &*layers.into_iter().map(leak).collect::<Vec<_>>().leak())
}

/// The size of a tmpfs (tmpfs(5)): bytes, perhaps with a letter for KiB to TiB, or a part of
/// the memory.
pub fn size(value: &'static [u8]) -> Option<&'static [u8]> {
    let (last, rest) = value.split_last()?;
    let digits = match last {
        b'k' | b'K' | b'm' | b'M' | b'g' | b'G' | b't' | b'T' | b'%' => rest,
        _ => value,
    };
    number::<u64>(digits).filter(|size| *size > 0).map(|_| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let of = |inside, outside, count| Some(IdRange { inside, outside, count });
        for (text, expected) in [
            ("0:1000:1", of(0, 1000, 1)),
            ("1:100000:65536", of(1, 100_000, 65536)),
            ("4294967294:0:1", of(4_294_967_294, 0, 1)),
            ("4294967295:0:1", None),
            ("0:4294967295:1", None),
            ("0:0:0", None),
            ("0:0", None),
            ("0:0:1:1", None),
            ("::", None),
            ("-1:0:1", None),
            ("a:0:1", None),
            ("", None),
        ] {
            assert_eq!(range(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn users_and_groups() {
        for (text, expected) in [
            ("0", Some(vec![0])),
            ("4294967294,7", Some(vec![4_294_967_294, 7])),
            ("4294967295", None),
            ("-1", None),
            ("root", None),
            ("1,", None),
            ("", None),
        ] {
            assert_eq!(ids(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn namespaces_and_files() {
        let join = |text: &'static str| super::join(text.as_bytes()).map(|join| join.from);
        assert_eq!(join("7"), Some(JoinFrom::Process(7)));
        for name in ["mnt", "mount"] {
            let text = format!("{name}=/a=b").leak();
            assert_eq!(join(text), Some(JoinFrom::File(Namespace::Mount, b"/a=b")));
        }
        for bad in ["", "0", "-1", "net", "net=", "=f", "NET=f", "x=f", "7 ", "99999999999"] {
            assert_eq!(join(bad), None, "{bad}");
        }
        let kept = Persist { namespace: Namespace::Net, file: b"f" };
        assert_eq!(persist(b"net=f"), Some(kept));
        assert_eq!([persist(b"pid=f"), persist(b"7")], [None, None]);
    }

    #[test]
    fn offsets() {
        for (text, expected) in [
            ("0", Some(0)),
            ("+5", Some(5)),
            ("-86400", Some(-86400)),
            ("9223372036854775808", None),
            ("1.5", None),
            ("--1", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(seconds(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn layers_of_an_overlay() {
        for (text, expected) in [
            ("/a", &["/a"][..]),
            ("/a:b:c", &["/a", "b", "c"]),
            ("/a\\:b,c:d\\\\", &["/a:b,c", "d\\"]),
            ("", &[]),
            ("a::b", &[]),
            (":a", &[]),
            ("a\\", &[]),
        ] {
            let expected: Vec<&[u8]> = expected.iter().map(|path| path.as_bytes()).collect();
            assert_eq!(layers(text.as_bytes()).unwrap_or_default(), expected, "{text}");
        }
    }

    #[test]
    fn targets_and_sizes() {
        for (text, good) in [("/a", true), ("a", true), ("/", false), ("", false), ("/./..", false)]
        {
            assert_eq!(target(text.as_bytes()).is_some(), good, "{text}");
        }
        for good in ["1", "4096", "64k", "64K", "10M", "2g", "1T", "50%"] {
            assert_eq!(size(good.as_bytes()), Some(good.as_bytes()));
        }
        for bad in ["", "0", "0%", "k", "1kk", "-1", "1,mode=777", "1.5g", " 1"] {
            assert_eq!(size(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn names_and_counts() {
        assert_eq!(name(b""), None);
        assert_eq!(name(&[b'x'; 64]), Some(&[b'x'; 64][..]));
        assert_eq!(name(&[b'x'; 65]), None);
        assert_eq!(count(b"0"), Some(0));
        assert_eq!(count(b"4294967295"), None);
    }
}
