//! The order of operations as tables, and what holds of every plan.

use proptest::prelude::*;

use super::*;
use crate::config::{self, Request};
use crate::sys::Strings;

const ROOT: Credentials =
    Credentials { user: 0, group: 0, capabilities: CapabilitySet::ALL, users: None, groups: None };
const ANN: Credentials = Credentials {
    user: 1000,
    group: 100,
    capabilities: CapabilitySet::NONE,
    users: Some(Subordinate { start: 100_000, count: 65536 }),
    groups: Some(Subordinate { start: 200_000, count: 65536 }),
};

fn sandbox(words: &[&str]) -> Sandbox {
    let argv: Vec<&str> = ["init"].iter().chain(words).chain(&["true"]).copied().collect();
    match config::read(Strings::leak(&argv), Strings::leak::<&str>(&[])) {
        Ok(Request::Run(config)) => config.sandbox.unwrap(),
        Ok(Request::Print(..)) => panic!("{words:?}: a page"),
        Err(refusal) => panic!("{words:?}: {}", refusal.text()),
    }
}

fn planned(words: &[&str], found: &Credentials) -> Plan {
    plan(&sandbox(words), found).unwrap_or_else(|failed| panic!("{words:?}: {failed:?}"))
}

fn list(steps: &Steps) -> Vec<Step> {
    steps.iter().cloned().collect()
}

fn one(inside: u32, outside: u32) -> Vec<IdRange> {
    vec![IdRange { inside, outside, count: 1 }]
}

#[test]
fn the_order_inside() {
    let everything = [
        "--time",
        "--mount-proc",
        "--domainname=d",
        "--hostname=h",
        "--net",
        "--propagation=slave",
        "--map-root-user",
        "--pid",
        "--boottime=-7",
    ];
    let plan = planned(&everything, &ROOT);
    let steps = [
        Step::BecomeRoot,
        Step::Propagate(Propagation::Slave),
        Step::RaiseLoopback,
        Step::SetHostname(b"h"),
        Step::SetDomainname(b"d"),
        Step::MountProc(b"/proc"),
        Step::UnshareTime,
        Step::ShiftClocks(0, -7),
        Step::HideFromProc,
    ];
    assert_eq!(list(&plan.inner), steps);
    assert_eq!(plan.topology, Topology::Pid1);
    assert!(!plan.namespaces.contains(Namespace::Time));
    let outer = [Step::MapIds(Ids::Users, one(0, 0)), Step::MapIds(Ids::Groups, one(0, 0))];
    assert_eq!(list(&plan.outer), outer);
}

#[test]
fn small_sandboxes_are_small() {
    for (words, inner, topology) in [
        (&["--fork"][..], &[][..], Topology::Direct),
        (&["--no-new-privs", "--cap-drop=ALL", "--chdir=/"], &[], Topology::Direct),
        (&["--mount"], &[Step::Propagate(Propagation::Private)], Topology::Direct),
        (&["--mount", "--propagation=unchanged"], &[], Topology::Direct),
        (&["--pid"], &[Step::HideFromProc], Topology::Pid1),
        (&["--time"], &[Step::UnshareTime, Step::HideFromProc], Topology::Subreaper),
    ] {
        let plan = planned(words, &ROOT);
        assert_eq!((&list(&plan.inner)[..], plan.topology), (inner, topology), "{words:?}");
        assert!(plan.outer.is_empty(), "{words:?}");
    }
}

#[test]
fn all_is_all_but_time_and_for_root_users() {
    let but = |without: &[Namespace]| {
        let all = Namespace::ALL.into_iter().filter(|namespace| !without.contains(namespace));
        all.fold(Namespaces::NONE, Namespaces::with)
    };
    let of = |words: &[&str], found| planned(words, found).namespaces;
    assert_eq!(of(&["--unshare-all"], &ROOT), but(&[Namespace::Time, Namespace::User]));
    assert_eq!(of(&["--unshare-all"], &ANN), but(&[Namespace::Time]));
    let shared = but(&[Namespace::Time, Namespace::Net]);
    assert_eq!(of(&["--share-net", "--unshare-all"], &ANN), shared);
    assert_eq!(of(&["--unshare-all", "--time"], &ANN), but(&[Namespace::Time]));
    assert_eq!(of(&["--no-new-privs"], &ANN), Namespaces::NONE, "nothing to be root for");
    assert!(of(&["--uts"], &ANN).contains(Namespace::User), "implied");
}

#[test]
fn maps_of_an_ordinary_user() {
    let auto = |start| {
        let mut ranges = one(0, if start == 100_000 { 1000 } else { 100 });
        ranges.push(IdRange { inside: 1, outside: start, count: 65535 });
        ranges
    };
    let far = vec![IdRange { inside: 0, outside: 100_000, count: 10 }];
    for (words, steps) in [
        (
            &["--user"][..],
            vec![
                Step::DenySetgroups,
                Step::MapIds(Ids::Users, one(1000, 1000)),
                Step::MapIds(Ids::Groups, one(100, 100)),
            ],
        ),
        (
            &["--map-root-user"],
            vec![
                Step::DenySetgroups,
                Step::MapIds(Ids::Users, one(0, 1000)),
                Step::MapIds(Ids::Groups, one(0, 100)),
            ],
        ),
        (
            &["--map-auto"],
            vec![
                Step::HaveIdsMapped(Ids::Users, auto(100_000)),
                Step::HaveIdsMapped(Ids::Groups, auto(200_000)),
            ],
        ),
        (
            &["--map-auto", "--setgroups=deny"],
            vec![
                Step::DenySetgroups,
                Step::HaveIdsMapped(Ids::Users, auto(100_000)),
                Step::HaveIdsMapped(Ids::Groups, auto(200_000)),
            ],
        ),
        (
            &["--map-users=0:100000:10"],
            vec![
                Step::DenySetgroups,
                Step::HaveIdsMapped(Ids::Users, far),
                Step::MapIds(Ids::Groups, one(100, 100)),
            ],
        ),
    ] {
        assert_eq!(list(&planned(words, &ANN).outer), steps, "{words:?}");
    }
    let root = planned(&["--map-users=0:100000:10", "--map-groups=0:5:1"], &ROOT);
    assert!(matches!(list(&root.outer)[..], [Step::MapIds(..), Step::MapIds(..)]), "{root:?}");
    assert_eq!(list(&root.inner), [Step::BecomeRoot]);
    let nobody = planned(&["--map-users=5:100000:10"], &ROOT);
    assert!(nobody.inner.is_empty(), "there is no user 0 to become");
}

#[test]
fn what_cannot_be_mapped_is_refused() {
    let failed = |words: &[&str], found| plan(&sandbox(words), found).unwrap_err();
    let without = Credentials { groups: None, ..ANN };
    let step = Step::HaveIdsMapped(Ids::Groups, Vec::new());
    assert_eq!(failed(&["--map-auto"], &without).step, step);
    assert_eq!(failed(&["--setgroups=allow"], &ANN).step, Step::AllowSetgroups);
    assert!(plan(&sandbox(&["--setgroups=allow"]), &ROOT).is_ok());
    assert!(plan(&sandbox(&["--setgroups=allow", "--map-auto"]), &ANN).is_ok());
}

/// Where a step has to be in its list: none may stand behind one of a higher rank.
fn rank(step: &Step) -> u32 {
    match step {
        // First: what follows needs the rights that the ids give.
        Step::BecomeRoot => 1,
        // Before any mount.
        Step::Propagate(_) => 2,
        Step::RaiseLoopback | Step::SetHostname(_) | Step::SetDomainname(_) => 3,
        Step::MountProc(_) => 4,
        Step::UnshareTime => 5,
        Step::ShiftClocks(..) => 6,
        Step::HideFromProc => 7,
        Step::Clone | Step::AllowSetgroups => panic!("in no list"),
        // A group map first would make it too late.
        Step::DenySetgroups => 1,
        Step::MapIds(Ids::Users, _) | Step::HaveIdsMapped(Ids::Users, _) => 2,
        Step::MapIds(Ids::Groups, _) | Step::HaveIdsMapped(Ids::Groups, _) => 3,
    }
}

proptest! {
    #[test]
    fn every_plan_is_in_order(
        words in prop::sample::subsequence(
            vec![
                "--pid", "--mount", "--uts", "--ipc", "--net", "--user", "--cgroup", "--time",
                "--unshare-all", "--fork", "--setgroups=deny", "--mount-proc", "--mount-proc=/p",
                "--hostname=h", "--domainname=d", "--monotonic=1", "--boottime=-1", "--chdir=/",
                "--preserve-fds=2", "--no-new-privs", "--cap-drop=ALL", "--cap-add=KILL",
                "--kill-child",
            ],
            1..24,
        ),
        map in prop::sample::select(vec![
            "--map-current-user", "--map-root-user", "--map-auto", "--map-users=0:100000:2",
            "--map-groups=7:7:7", "--fork",
        ]),
        root in any::<bool>(),
    ) {
        let words: Vec<&str> = words.into_iter().chain([map]).collect();
        let found = if root { Credentials { users: ANN.users, groups: ANN.groups, ..ROOT } } else { ANN };
        let plan = planned(&words, &found);
        for steps in [&plan.outer, &plan.inner] {
            let ranks: Vec<u32> = steps.iter().map(rank).collect();
            prop_assert!(ranks.is_sorted(), "{:?}: {:?}", words, steps);
        }
        let user = plan.namespaces.contains(Namespace::User);
        prop_assert_eq!(user, !plan.outer.is_empty(), "maps belong to a user namespace");
        prop_assert!(!plan.namespaces.contains(Namespace::Time));
        let new = plan.namespaces != Namespaces::NONE;
        prop_assert!(root || user || !new, "who is not root needs one");
        let hides = list(&plan.inner).contains(&Step::HideFromProc);
        prop_assert_eq!(hides, plan.topology != Topology::Direct);
        let pid = plan.namespaces.contains(Namespace::Pid);
        prop_assert_eq!(pid, plan.topology == Topology::Pid1);
    }
}
