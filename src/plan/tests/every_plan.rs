//! Every plan keeps to one order.

use proptest::prelude::*;

use super::*;

/// The place of an inner step: no step may stand behind a step of a higher rank.
fn rank(step: Inner) -> u32 {
    match step {
        // A change of ids takes it back: its second place is last.
        Inner::DieWithOuter => 0,
        Inner::LeaveGroup => 1,
        Inner::AwaitOuter => 2,
        // First of what needs rights: the ids give them.
        Inner::BecomeRoot => 3,
        // First of what needs the rights of a user namespace that is entered.
        Inner::Join(_) | Inner::BecomeRootIfMapped | Inner::UnshareCgroup => 3,
        // Before any mount.
        Inner::Propagate(_) => 4,
        Inner::RaiseLoopback | Inner::SetHostname(_) | Inner::SetDomainname(_) => 5,
        Inner::UnshareTime => 6,
        Inner::ShiftClocks(..) | Inner::LimitUserNamespaces => 7,
        Inner::Mount(step) => 8 + mount_rank(step),
        Inner::AdoptOrphans => 20,
        Inner::AwaitPersist => 21,
        Inner::WipeEnvironment => 22,
        Inner::HideFromProc => 23,
        Inner::KeepKill | Inner::TellOuter => panic!("follows the start of the app"),
    }
}

/// The same of the mounts among themselves.
fn mount_rank(step: Mount) -> u32 {
    match step {
        Mount::ClearUmask => 0,
        // What the caller sees, before anything is mounted.
        Mount::OpenSource { .. } => 1,
        Mount::NotePeers => 1,
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
        Mount::RejoinPeers => 6,
        Mount::RestoreUmask => 7,
    }
}

/// The same of outer's: after a group map it is too late to deny setgroups(2).
fn outer_rank(step: &Outer) -> u32 {
    match step {
        Outer::Print(_) => 0,
        Outer::DenySetgroups => 1,
        Outer::MapIds(Ids::Users, _) | Outer::HaveIdsMapped(Ids::Users, _) => 2,
        Outer::MapIds(Ids::Groups, _) | Outer::HaveIdsMapped(Ids::Groups, _) => 3,
        Outer::MoveToCgroup(_) => 4,
        Outer::Persist(_) => 5,
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
        prop_assert_eq!(plan.forks, time || plan.nested.is_some());
        let new = plan.namespaces != Namespaces::NONE;
        prop_assert!(root || user || !new, "who is not root needs one");
        let hides = plan.inner.contains(&Inner::HideFromProc);
        prop_assert_eq!(hides, plan.topology != Topology::Direct);
        let pid = plan.namespaces.contains(Namespace::Pid);
        prop_assert_eq!(pid, plan.topology == Topology::Pid1);
    }
}
