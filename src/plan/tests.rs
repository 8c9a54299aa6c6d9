//! The order of operations as tables, and what holds of every plan.

use proptest::prelude::*;

use super::inner::Step as Inner;
use super::mounts::Step as Mount;
use super::outer::{Ids, Step as Outer};
use super::*;
use crate::accounts::Subordinate;
use crate::capabilities::CapabilitySet;
use crate::config::sandbox::{IdRange, Propagation};
use crate::config::{self, Request};
use crate::signals::SignalSet;
use crate::sys::Strings;
use nix::unistd::Pid;

const ROOT: Credentials = Credentials {
    user: 0,
    group: 0,
    capabilities: CapabilitySet::ALL,
    directory: b"/here",
    users: None,
    groups: None,
};
const ANN: Credentials = Credentials {
    user: 1000,
    group: 100,
    capabilities: CapabilitySet::NONE,
    directory: b"/here",
    users: Some(Subordinate { start: 100_000, count: 65536 }),
    groups: Some(Subordinate { start: 200_000, count: 65536 }),
};

fn read(words: &[&str]) -> Config {
    let argv: Vec<&str> = ["init"].iter().chain(words).chain(&["true"]).copied().collect();
    match config::read(Strings::leak(&argv), Strings::leak::<&str>(&[]), || u64::MAX) {
        Ok(Request::Run(config)) => config,
        Ok(Request::Print(..)) => panic!("{words:?}: a page"),
        Err(refusal) => panic!("{words:?}: {}", refusal.text()),
    }
}

fn result(words: &[&str], found: &Credentials) -> Result<SandboxPlan, Refusal> {
    let facts = Facts {
        own: Pid::from_raw(7),
        mask: SignalSet::NONE,
        child_ignored: false,
        foreground: false,
    };
    let config = read(words);
    super::sandbox(config.sandbox.as_ref().unwrap(), &config, &facts, found)
}

fn planned(words: &[&str], found: &Credentials) -> SandboxPlan {
    result(words, found).unwrap_or_else(|refusal| panic!("{words:?}: {refusal:?}"))
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
        Inner::DieWithOuter,
        Inner::LeaveGroup,
        Inner::AwaitOuter,
        Inner::BecomeRoot,
        Inner::Propagate(Propagation::Slave),
        Inner::RaiseLoopback,
        Inner::SetHostname(b"h"),
        Inner::SetDomainname(b"d"),
        Inner::UnshareTime,
        Inner::ShiftClocks(0, -7),
        Inner::Mount(Mount::ClearUmask),
        Inner::Mount(Mount::MountProc(b"/proc")),
        Inner::Mount(Mount::RestoreUmask),
        Inner::HideFromProc,
        Inner::DieWithOuter,
    ];
    assert_eq!(plan.inner, steps);
    assert_eq!(plan.topology, Topology::Pid1);
    assert!(!plan.namespaces.contains(Namespace::Time));
    let outer = [Outer::MapIds(Ids::Users, one(0, 0)), Outer::MapIds(Ids::Groups, one(0, 0))];
    assert_eq!(plan.outer, outer);
}

#[test]
fn the_order_of_mounts() {
    let everything = [
        "--mount-dev",
        "--tmpfs-size=1m",
        "--tmpfs=/t",
        "--mount-proc=/p",
        "--ro-bind-try",
        "/s",
        "/t/s",
        "--root=r",
        "--mount-sys",
        "--bind",
        "s",
        "d",
        "--ipc",
        "--tmpfs",
        "/u",
        "--read-only",
    ];
    let mounts = |words: &[&str], found| -> Vec<Mount> {
        let steps = planned(words, found).inner;
        steps
            .into_iter()
            .filter_map(|step| if let Inner::Mount(step) = step { Some(step) } else { None })
            .collect()
    };
    let before = [
        Mount::ClearUmask,
        Mount::OpenSource { path: b"/s", optional: true },
        Mount::OpenSource { path: b"/here/s", optional: false },
        Mount::TakeRoot { read_only: true },
        Mount::MountProc(b"/p"),
        Mount::MountSys(b"/sys"),
        Mount::MountDev { directory: b"/dev", queues: true },
        Mount::Tmpfs { target: b"/t", size: Some(b"1m") },
        Mount::Bind { target: b"/t/s", read_only: true },
        Mount::Bind { target: b"d", read_only: false },
        Mount::Tmpfs { target: b"/u", size: None },
    ];
    let after = [Mount::EnterRoot, Mount::RestoreUmask];
    assert_eq!(mounts(&everything, &ROOT), [&before[..], &[Mount::Mask], &after].concat());
    // Its user 0 is not the machine's: nothing to mask.
    assert_eq!(mounts(&everything, &ANN), [&before[..], &after].concat());
    let with = |more: &[&'static str]| [&everything, more].concat();
    assert_eq!(mounts(&with(&["--no-mask"]), &ROOT), [&before[..], &after].concat());
    let moved = [Mount::Mask, Mount::MoveRoot, Mount::RestoreUmask];
    assert_eq!(mounts(&with(&["--no-pivot"]), &ROOT), [&before[..], &moved].concat());
    let mapped = with(&["--map-users=0:0:1"]);
    assert_eq!(mounts(&mapped, &ROOT), [&before[..], &[Mount::Mask], &after].concat());
    let others = with(&["--map-users=0:7:1"]);
    assert_eq!(mounts(&others, &ROOT), [&before[..], &after].concat());
    // Layers in place of the tree.
    let layers = mounts(&["--root=/r", "--overlay", "a:/b\\:c", "u"], &ROOT);
    let expected = Mount::TakeLayers { lowers: &[b"/here/a", b"/b:c"], upper: b"/here/u" };
    assert_eq!(layers.get(1), Some(&expected));
    let ephemeral = mounts(&["--root=/r", "--ephemeral"], &ROOT);
    assert_eq!(ephemeral.get(1), Some(&Mount::TakeEphemeral));
    // Without a root, a path is where it was, and nothing is masked.
    assert_eq!(
        mounts(&["--mount-proc", "--bind", "s", "d"], &ROOT),
        [
            Mount::ClearUmask,
            Mount::OpenSource { path: b"s", optional: false },
            Mount::MountProc(b"/proc"),
            Mount::Bind { target: b"d", read_only: false },
            Mount::RestoreUmask,
        ]
    );
}

#[test]
fn propagation_beside_a_root() {
    let propagated = |words: &[&str]| {
        let steps = planned(&[&["--root=/r"], words].concat(), &ROOT).inner;
        let mut steps = steps.into_iter();
        let before: Vec<_> =
            steps.by_ref().take_while(|step| *step != Inner::Mount(Mount::EnterRoot)).collect();
        let of = |step| if let Inner::Propagate(kind) = step { Some(kind) } else { None };
        (before.into_iter().find_map(of), steps.find_map(of))
    };
    let (private, slave) = (Some(Propagation::Private), Some(Propagation::Slave));
    assert_eq!(propagated(&[]), (private, None));
    assert_eq!(propagated(&["--propagation=slave"]), (slave, None));
    assert_eq!(propagated(&["--propagation=shared"]), (private, Some(Propagation::Shared)));
    let unbindable = Some(Propagation::Unbindable);
    assert_eq!(propagated(&["--propagation=unbindable"]), (private, unbindable));
    let steps = planned(&["--tmpfs=/t", "--propagation=unbindable"], &ROOT).inner;
    let of = |kind| steps.iter().position(|step| *step == Inner::Propagate(kind)).unwrap();
    let mounted = steps.iter().position(|step| matches!(step, Inner::Mount(Mount::Tmpfs { .. })));
    let (before, after) = (of(Propagation::Private), of(Propagation::Unbindable));
    assert!(Some(before) < mounted && mounted < Some(after), "{steps:?}");
    let refused = result(&["--root=/r", "--propagation=unchanged"], &ROOT).err();
    assert_eq!(refused, Some(Refusal::UnchangedRoot));
    for cap in ["SYS_ADMIN", "SYS_CHROOT", "ALL"] {
        let refused = result(&["--root=/r", "--no-pivot", "--cap-add", cap], &ROOT).err();
        assert_eq!(refused, Some(Refusal::NoPivotNeeds), "{cap}");
    }
}

#[test]
fn small_sandboxes_are_small() {
    for (words, inner, topology) in [
        (&["--fork"][..], &[][..], Topology::Direct),
        (&["--no-new-privs", "--cap-drop=ALL", "--chdir=/"], &[], Topology::Direct),
        (&["--mount"], &[Inner::Propagate(Propagation::Private)], Topology::Direct),
        (&["--mount", "--propagation=unchanged"], &[], Topology::Direct),
        (&["--pid"], &[Inner::HideFromProc], Topology::Pid1),
        (
            &["--time"],
            &[Inner::UnshareTime, Inner::AdoptOrphans, Inner::HideFromProc],
            Topology::Subreaper,
        ),
    ] {
        let plan = planned(words, &ROOT);
        let mut all = vec![Inner::DieWithOuter];
        all.extend((topology != Topology::Direct).then_some(Inner::LeaveGroup));
        all.extend(inner);
        assert_eq!((plan.inner, plan.topology), (all, topology), "{words:?}");
        assert!(plan.outer.is_empty(), "{words:?}");
    }
}

/// A mount of our own on a mount that is shared with outside would appear outside.
#[test]
fn nothing_of_ours_is_mounted_on_a_shared_mount() {
    let unchanged = ["--mount-proc=/p", "--pid", "--propagation=unchanged"];
    let steps = planned(&unchanged, &ROOT).inner;
    assert!(
        steps.windows(2).any(
            |two| two == [Mount::MakePrivate(b"/p"), Mount::MountProc(b"/p")].map(Inner::Mount)
        )
    );
    for other in ["private", "slave", "shared"] {
        let option = format!("--propagation={other}");
        let steps = planned(&["--mount-proc", "--pid", &option], &ROOT).inner;
        assert!(!steps.contains(&Inner::Mount(Mount::MakePrivate(b"/proc"))), "{other}");
    }
}

/// The child waits, for once it hides, not everybody can look at it.
#[test]
fn namespaces_are_printed_before_the_child_hides() {
    let uts = Namespaces::only(Namespace::Uts).with(Namespace::Pid);
    let plan = planned(&["-vv", "--uts", "--pid", "--time"], &ROOT);
    assert_eq!(plan.outer, [Outer::Print(uts)]);
    assert!(plan.inner.contains(&Inner::AwaitOuter));
    assert_eq!(planned(&["-v", "--uts"], &ROOT).outer, []);
    assert_eq!(planned(&["-vv", "--time"], &ROOT).outer, []);
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
    for implies in ["--uts", "--cap-drop=ALL", "--cap-add=KILL"] {
        assert!(of(&[implies], &ANN).contains(Namespace::User), "{implies}");
        assert!(!of(&[implies], &ROOT).contains(Namespace::User), "{implies}");
    }
}

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
    assert_eq!(refusal(&["--map-auto"], &without), Refusal::NoRange(Ids::Groups));
    assert_eq!(refusal(&["--setgroups=allow"], &ANN), Refusal::SetgroupsDenied);
    assert!(result(&["--setgroups=allow"], &ROOT).is_ok());
    assert!(result(&["--setgroups=allow", "--map-auto"], &ANN).is_ok());
}

#[test]
fn the_app_dies_with_whoever_is_no_pid_1() {
    for (words, dies) in [(&["--uts"][..], true), (&["--pid"], false), (&["--time"], true)] {
        let plan = planned(words, &ROOT);
        let found = plan
            .app
            .steps
            .iter()
            .any(|step| matches!(step, app::Step::DieWithParent { required: true }));
        assert_eq!(found, dies, "{words:?}");
    }
}

/// The place of an inner step: no step may stand behind a step of a higher rank.
fn rank(step: Inner) -> u32 {
    match step {
        // A change of ids takes it back: its second place is last.
        Inner::DieWithOuter => 0,
        Inner::LeaveGroup => 1,
        Inner::AwaitOuter => 2,
        // First of what needs rights: the ids give them.
        Inner::BecomeRoot => 3,
        // Before any mount.
        Inner::Propagate(_) => 4,
        Inner::RaiseLoopback | Inner::SetHostname(_) | Inner::SetDomainname(_) => 5,
        Inner::UnshareTime => 6,
        Inner::ShiftClocks(..) => 7,
        Inner::Mount(step) => 8 + mount_rank(step),
        Inner::AdoptOrphans => 20,
        Inner::HideFromProc => 21,
        Inner::KeepKill | Inner::TellOuter => panic!("follows the start of the app"),
    }
}

/// The same of the mounts among themselves.
fn mount_rank(step: Mount) -> u32 {
    match step {
        Mount::ClearUmask => 0,
        // What the caller sees, before anything is mounted.
        Mount::OpenSource { .. } => 1,
        Mount::TakeRoot { .. } | Mount::TakeEphemeral | Mount::TakeLayers { .. } => 2,
        // Private first, see the order of each pair. Before the old root goes.
        Mount::MakePrivate(_)
        | Mount::MountProc(_)
        | Mount::MountSys(_)
        | Mount::MountDev { .. }
        | Mount::Bind { .. }
        | Mount::Tmpfs { .. } => 3,
        // After whatever could be mounted over them.
        Mount::Mask => 4,
        Mount::EnterRoot | Mount::MoveRoot => 5,
        Mount::RestoreUmask => 6,
    }
}

/// The same of outer's: after a group map it is too late to deny setgroups(2).
fn outer_rank(step: &Outer) -> u32 {
    match step {
        Outer::Print(_) => 0,
        Outer::DenySetgroups => 1,
        Outer::MapIds(Ids::Users, _) | Outer::HaveIdsMapped(Ids::Users, _) => 2,
        Outer::MapIds(Ids::Groups, _) | Outer::HaveIdsMapped(Ids::Groups, _) => 3,
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
                "--kill-child", "--root=/r", "--read-only", "--mount-sys", "--mount-dev", "--no-mask",
                "--tmpfs=/t", "--no-pivot",
            ],
            1..30,
        ),
        map in prop::sample::select(vec![
            "--map-current-user", "--map-root-user", "--map-auto", "--map-users=0:100000:2",
            "--map-groups=7:7:7", "--fork",
        ]),
        root in any::<bool>(),
    ) {
        let needs_root = ["--read-only", "--no-mask", "--no-pivot"];
        let needed = words.iter().any(|word| needs_root.contains(word)).then_some("--root=/r");
        let words: Vec<&str> = words.into_iter().chain([map]).chain(needed).collect();
        let found = if root { Credentials { users: ANN.users, groups: ANN.groups, ..ROOT } } else { ANN };
        let plan = planned(&words, &found);
        prop_assert!(plan.outer.iter().map(outer_rank).is_sorted(), "{:?}: {:?}", words, plan);
        let mut inner = plan.inner.clone();
        if inner.contains(&Inner::BecomeRoot) {
            prop_assert_eq!(inner.pop(), Some(Inner::DieWithOuter));
        }
        prop_assert!(inner.iter().copied().map(rank).is_sorted(), "{:?}: {:?}", words, plan);
        prop_assert_eq!(inner.contains(&Inner::AwaitOuter), !plan.outer.is_empty());
        let user = plan.namespaces.contains(Namespace::User);
        prop_assert_eq!(user, !plan.outer.is_empty(), "maps belong to a user namespace");
        prop_assert!(!plan.namespaces.contains(Namespace::Time));
        let time = words.iter().any(|word| ["--time", "--monotonic=1", "--boottime=-1"].contains(word));
        prop_assert_eq!(plan.forks, time);
        let new = plan.namespaces != Namespaces::NONE;
        prop_assert!(root || user || !new, "who is not root needs one");
        let hides = plan.inner.contains(&Inner::HideFromProc);
        prop_assert_eq!(hides, plan.topology != Topology::Direct);
        let pid = plan.namespaces.contains(Namespace::Pid);
        prop_assert_eq!(pid, plan.topology == Topology::Pid1);
    }
}
