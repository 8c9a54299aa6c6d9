//! Ids: ranges and ids of options, `/proc/PID/uid_map`, `/etc/subuid` and `/etc/passwd`. In: a
//! text that is taken for each of them.

use super::with_config;
use crate::accounts::{first_range, id_ranges, maps_all, name_of};
use crate::config::sandbox::IdRange;
use crate::sandbox::steps::id_maps::lines;

/// No range is empty or goes past the last id, and what is written into a map reads back.
pub fn id_maps(data: &[u8]) {
    let value = data.split(|byte| *byte == 0).next().unwrap_or_default();
    let users = [b"--map-users=", value].concat();
    let ranges = with_config(&[b"--user", &users], |config| {
        config.sandbox.as_ref().map(|sandbox| sandbox.users.clone()).unwrap_or_default()
    });
    if let Some(ranges) = ranges {
        check_ranges(value, &ranges);
    }
    let ids = [b"--groups=", value].concat();
    let ids = with_config(&[&ids], |config| {
        config.sandbox.as_ref().and_then(|sandbox| sandbox.ids.groups.clone()).unwrap_or_default()
    });
    for id in ids.iter().flatten() {
        assert_ne!(*id, u32::MAX);
    }
    check_files(data);
}

fn check_ranges(value: &[u8], ranges: &[IdRange]) {
    let [IdRange { inside, outside, count }] = *ranges else {
        return assert_eq!(ranges.len(), 1);
    };
    assert!(count > 0);
    let said: Vec<_> = value.split(|byte| *byte == b':').map(String::from_utf8_lossy).collect();
    let said: Vec<_> = said.iter().map(|number| number.parse()).collect();
    assert_eq!(said, [Ok(inside), Ok(outside), Ok(count)]);
    for first in [inside, outside] {
        assert!(u64::from(first) + u64::from(count) <= u64::from(u32::MAX));
    }
    let map = lines(ranges);
    assert_eq!(id_ranges(&map).collect::<Vec<_>>(), [(inside, count)]);
    assert_eq!(maps_all(&map), inside == 0 && count == u32::MAX);
}

fn check_files(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    assert_eq!(maps_all(&text), id_ranges(&text).any(|range| range == (0, u32::MAX)));
    for id in [0, 1000] {
        let name = name_of(data, id);
        let range = first_range(data, name, id);
        if let Some(range) = range {
            assert!(range.count > 0 && range.start.checked_add(range.count).is_some());
        }
        // The first of a user's lines counts.
        assert_eq!(first_range(&[data, b"\n", data].concat(), name, id), range);
        assert_eq!(name_of(&[data, b"\n", data].concat(), id), name);
    }
}
