//! The mounts of a sandbox, in order.

use super::*;

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
    let nested = Credentials { has_machine_root: false, ..ROOT };
    assert_eq!(mounts(&everything, &nested), [&before[..], &after].concat());
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
    // No mount of init's own covers another.
    let below = mounts(&["--mount-dev", "--mount-proc=/dev//p", "--mount-sys=/dev/p/s"], &ROOT);
    let expected = [
        Mount::MountDev { directory: b"/dev", queues: false },
        Mount::MountProc(b"/dev//p"),
        Mount::MountSys(b"/dev/p/s"),
    ];
    assert_eq!(below.get(1..4), Some(&expected[..]));
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
    for cap in ["SYS_ADMIN", "SYS_CHROOT", "ALL"] {
        let refused = result(&["--root=/r", "--no-pivot", "--cap-add", cap], &ROOT).err();
        assert_eq!(refused, Some(Refusal::NoPivotNeeds), "{cap}");
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
    let words = ["--root=/r", "--no-pivot", "--mount-proc", "--propagation=unchanged"];
    let steps = planned(&words, &ROOT).inner;
    let mounts: Vec<_> = steps
        .iter()
        .filter_map(|step| if let Inner::Mount(step) = step { Some(*step) } else { None })
        .collect();
    assert_eq!(
        mounts,
        [
            Mount::ClearUmask,
            Mount::NotePeers,
            Mount::MakePrivate(b"."),
            Mount::MakePrivate(b"/"),
            Mount::TakeRoot { read_only: false },
            Mount::MakePrivate(b"/"),
            Mount::MakePrivate(b"/proc"),
            Mount::MountProc(b"/proc"),
            Mount::Mask,
            Mount::MoveRoot,
            Mount::RejoinPeers,
            Mount::RestoreUmask,
        ]
    );
    for other in ["private", "slave", "shared"] {
        let option = format!("--propagation={other}");
        let steps = planned(&["--mount-proc", "--pid", &option], &ROOT).inner;
        assert!(!steps.contains(&Inner::Mount(Mount::MakePrivate(b"/proc"))), "{other}");
    }
}
