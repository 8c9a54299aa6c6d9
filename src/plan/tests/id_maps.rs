//! Which ids are mapped, and by whom.

use super::*;

#[test]
fn maps_of_an_ordinary_user() {
    let auto = |start| {
        let mut ranges = one(0, if start == 100_000 { 1000 } else { 100 });
        ranges.push(IdRange { inside: 1, outside: start, count: 65536 });
        ranges
    };
    let far = vec![IdRange { inside: 0, outside: 100_000, count: 10 }];
    for (words, steps) in [
        (
            &["--user"][..],
            vec![
                Outer::DenySetgroups,
                Outer::MapIds(Ids::Users, one(1000, 1000)),
                Outer::MapIds(Ids::Groups, one(100, 100)),
            ],
        ),
        (
            &["--map-root-user"],
            vec![
                Outer::DenySetgroups,
                Outer::MapIds(Ids::Users, one(0, 1000)),
                Outer::MapIds(Ids::Groups, one(0, 100)),
            ],
        ),
        (
            &["--map-auto"],
            vec![
                Outer::HaveIdsMapped(Ids::Users, auto(100_000)),
                Outer::HaveIdsMapped(Ids::Groups, auto(200_000)),
            ],
        ),
        (
            &["--map-auto", "--setgroups=deny"],
            vec![
                Outer::DenySetgroups,
                Outer::HaveIdsMapped(Ids::Users, auto(100_000)),
                Outer::HaveIdsMapped(Ids::Groups, auto(200_000)),
            ],
        ),
        (
            &["--map-users=0:100000:10"],
            vec![
                Outer::DenySetgroups,
                Outer::HaveIdsMapped(Ids::Users, far),
                Outer::MapIds(Ids::Groups, one(100, 100)),
            ],
        ),
    ] {
        assert_eq!(planned(words, &ANN).outer, steps, "{words:?}");
    }
    let root = planned(&["--map-users=0:100000:10", "--map-groups=0:5:1"], &ROOT);
    assert!(matches!(root.outer[..], [Outer::MapIds(..), Outer::MapIds(..)]), "{root:?}");
    assert!(root.inner.contains(&Inner::BecomeRoot));
    let nobody = planned(&["--map-users=5:100000:10"], &ROOT);
    assert!(!nobody.inner.contains(&Inner::BecomeRoot), "there is no user 0 to become");
}

#[test]
fn a_range_is_mapped_whole() {
    for count in [1, 2, 65536] {
        let range = Some(Subordinate { start: 100_000, count });
        let plan = planned(&["--map-auto"], &Credentials { users: range, ..ANN });
        let Some(Outer::HaveIdsMapped(Ids::Users, ranges)) = plan.outer.first() else {
            panic!("{plan:?}")
        };
        let all = IdRange { inside: 1, outside: 100_000, count };
        assert_eq!(ranges[..], [one(0, 1000)[0], all]);
    }
}

#[test]
fn what_cannot_be_mapped_is_refused() {
    let refusal = |words: &[&str], found| result(words, found).unwrap_err();
    let without = Credentials { groups: None, ..ANN };
    assert_eq!(refusal(&["--map-auto"], &without), Refusal::NoRange(Ids::Groups, "--map-auto"));
    assert_eq!(refusal(&["--setgroups=allow"], &ANN), Refusal::SetgroupsDenied);
    assert!(result(&["--setgroups=allow"], &ROOT).is_ok());
    assert!(result(&["--setgroups=allow", "--map-auto"], &ANN).is_ok());
}

/// What is mapped to whom in a namespace below one with these maps.
#[test]
fn a_nested_namespace_has_the_same_ids() {
    let maps =
        Maps { users: one(0, 1000), groups: vec![IdRange { inside: 5, outside: 7, count: 9 }] };
    let same = Maps { users: one(0, 0), groups: vec![IdRange { inside: 5, outside: 5, count: 9 }] };
    assert_eq!(maps.nested(), same);
}
