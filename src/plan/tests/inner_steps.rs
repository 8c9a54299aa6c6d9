//! The steps of outer's child, in order.

use super::*;

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

/// The child waits, because not everybody can look at it once it hides.
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
