//! What files say of users: their names (passwd(5)), which subordinate ids they may map
//! besides their own (subuid(5), subgid(5)), and which ids a user namespace maps.
//!
//! In: the text of a file. Out: a name or a range. Pure.

use crate::parse_number::number;

/// A range of ids outside the user namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subordinate {
    /// The first id.
    pub start: u32,
    /// How many ids, at least one.
    pub count: u32,
}

/// The name of user `id` in the text of /etc/passwd (passwd(5)).
pub fn name_of(passwd: &[u8], id: u32) -> Option<&[u8]> {
    passwd.split(|b| *b == b'\n').find_map(|line| {
        let mut fields = line.split(|b| *b == b':');
        let name = fields.next()?;
        (number::<u32>(fields.nth(1)?)? == id).then_some(name)
    })
}

/// The first range of the user called `name` in the text of /etc/subuid or /etc/subgid; if
/// that user has none, the first range of user `id`.
pub fn first_range(text: &[u8], name: Option<&[u8]>, id: u32) -> Option<Subordinate> {
    let id = id.to_string();
    let of = |owner: &[u8]| {
        text.split(|b| *b == b'\n').find_map(|line| {
            let mut fields = line.split(|b| *b == b':');
            if fields.next()? != owner {
                return None;
            }
            let start: u32 = number(fields.next()?)?;
            let count = number(fields.next()?.trim_ascii())?;
            (count > 0 && start.checked_add(count).is_some())
                .then_some(Subordinate { start, count })
        })
    };
    name.and_then(of).or_else(|| of(id.as_bytes()))
}

/// The first id inside and the number of ids, of each line of an id map
/// (user_namespaces(7)).
pub fn id_ranges(map: &str) -> impl Iterator<Item = (u32, u32)> {
    map.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        Some((fields.next()?.parse().ok()?, fields.nth(1)?.parse().ok()?))
    })
}

/// Does the map have all ids, as the map of the machine's own user namespace has?
pub fn maps_all(map: &str) -> bool {
    id_ranges(map).any(|range| range == (0, u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/sh\nbad\n\nann:x:1000:100::/:/bin/sh\n";
    const SUBUID: &[u8] = b"1000:7:8\nann:100000:65536\nann:1:1\nbob:x:1\nbob:5:0\n1001:9:3 \n";

    #[test]
    fn by_name_then_by_number() {
        let range = |start, count| Some(Subordinate { start, count });
        assert_eq!(name_of(PASSWD, 1000), Some(&b"ann"[..]));
        assert_eq!(name_of(PASSWD, 1001), None);
        assert_eq!(first_range(SUBUID, Some(b"ann"), 1000), range(100_000, 65536));
        assert_eq!(first_range(SUBUID, None, 1000), range(7, 8));
        assert_eq!(first_range(SUBUID, Some(b"eve"), 1001), range(9, 3));
        assert_eq!(first_range(SUBUID, Some(b"bob"), 2), None);
    }

    #[test]
    fn only_the_machine_maps_all_ids() {
        assert!(maps_all("         0          0 4294967295\n"));
        for map in ["0 0 1", "0 100000 65536\n", "0 1000 1\n1 100000 65536\n", ""] {
            assert!(!maps_all(map), "{map:?}");
        }
    }

    #[test]
    fn hostile_lines() {
        let long = "9".repeat(100_000);
        for line in [
            "ann:-1:5",
            "ann:+1:5",
            "ann:0x10:5",
            "ann:1:-5",
            "ann:1:0",
            "ann:4294967295:1",
            "ann:4294967296:1",
            "ann:1:4294967295",
            "ann:18446744073709551617:5",
            &format!("ann:{long}:5"),
            &format!("ann:5:{long}"),
            &format!("{long}ann:5:5"),
            "ann:1\0:5",
            "ann\0:1:5",
            "\0ann:1:5",
            "ann :1:5",
            "ann: 1:5",
            "ann:1",
            "ann:",
            "ann",
            ":1:5",
            "ann::5",
            "ann:1:5x",
            "\u{fffd}ann:1:5",
        ] {
            assert_eq!(first_range(line.as_bytes(), Some(b"ann"), 7), None, "{line:.40}");
            // One that is right counts all the same.
            let text = format!("{line}\nann:1:4294967294\nann:6:6");
            let range = Some(Subordinate { start: 1, count: u32::MAX - 1 });
            assert_eq!(first_range(text.as_bytes(), Some(b"ann"), 7), range, "{line:.40}");
        }
    }

    proptest! {
        #[test]
        fn any_text(text in prop::collection::vec(any::<u8>(), 0..99), id in any::<u32>()) {
            let _ = first_range(&text, name_of(&text, id), id);
        }
    }
}
