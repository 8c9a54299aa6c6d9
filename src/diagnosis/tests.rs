//! The table of causes, row by row.

use super::*;

mod profiles;

const NONE: Namespaces = Namespaces::NONE;
const USER: Namespaces = Namespaces::only(Namespace::User);
const PID: Namespaces = Namespaces::only(Namespace::Pid);

fn nothing() -> Observed {
    Observed::default()
}

fn limits(of: &[(Namespace, u64)]) -> Observed {
    let limit = |namespace| of.iter().find(|(n, _)| *n == namespace).map(|(_, limit)| *limit);
    Observed { limits: Namespace::ALL.map(limit), ..nothing() }
}

/// `expected` is how the line starts, or `None` for no hint at all.
#[track_caller]
fn row(attempt: Attempt, errno: Errno, new: Namespaces, seen: &Observed, expected: Option<&str>) {
    let found = explain(attempt, errno, new, seen).map(|hint| hint.to_string());
    let same = match (&found, expected) {
        (Some(found), Some(expected)) => found.starts_with(expected),
        (None, None) => true,
        _ => false,
    };
    assert!(same, "{attempt:?} {errno} {new:?}: {found:?}, not {expected:?}\n{seen:?}");
}

#[test]
fn creation_is_not_permitted() {
    let blocked = Observed { creation_filtered: true, chrooted: true, ..nothing() };
    let sysctl = Observed { userns_clone: Some(0), chrooted: true, ..nothing() };
    let chroot = Observed { userns_clone: Some(1), chrooted: true, ..nothing() };
    let unmapped = Observed { unmapped: true, ..nothing() };
    for (new, seen, expected) in [
        (PID, &blocked, Some("a seccomp filter blocks it; use --security-opt seccomp=unconfined")),
        (USER, &blocked, Some("a seccomp filter blocks it; ")),
        (PID, &chroot, Some("it needs CAP_SYS_ADMIN; add --user")),
        (USER, &sysctl, Some("kernel.unprivileged_userns_clone is 0; set it with sysctl ")),
        (USER, &chroot, Some("user namespaces cannot be created in a chroot; ")),
        (USER, &unmapped, Some("our own ids are not mapped in this user namespace; ")),
        (USER, &nothing(), None),
    ] {
        row(Attempt::Create, Errno::EPERM, new, seen, expected);
    }
}

#[test]
fn creation_meets_a_limit() {
    let both = USER.with(Namespace::Mount);
    let zero = limits(&[(Namespace::User, 96365), (Namespace::Mount, 0)]);
    let more = limits(&[(Namespace::User, 32), (Namespace::Mount, 33)]);
    let mount_is_0 = "user.max_mnt_namespaces is 0; raise it with sysctl user.max_mnt_namespaces=";
    row(Attempt::Create, Errno::ENOSPC, both, &zero, Some(mount_is_0));
    let reached = "no more user namespaces are allowed: user.max_user_namespaces is 32; raise it, ";
    row(Attempt::Create, Errno::ENOSPC, both, &more, Some(reached));
    row(Attempt::Create, Errno::EUSERS, USER, &more, Some(reached));
    row(Attempt::Create, Errno::ENOSPC, both, &nothing(), None);
    row(
        Attempt::Create,
        Errno::EAGAIN,
        USER,
        &nothing(),
        Some("the limit of processes is reached; "),
    );
}

#[test]
fn the_kernel_lacks_a_type() {
    let missing = Observed { missing: Namespaces::only(Namespace::Time), ..nothing() };
    let time = PID.with(Namespace::Time);
    row(
        Attempt::Create,
        Errno::EINVAL,
        time,
        &missing,
        Some("this kernel has no time namespaces; "),
    );
    row(Attempt::Create, Errno::EINVAL, PID, &missing, None);
}

#[test]
fn ids_are_not_mapped() {
    let unreadable = Observed { unreadable: true, ..nothing() };
    let apparmor = Observed { apparmor_restricts: true, ..nothing() };
    let no_proc = Observed { no_proc: true, ..nothing() };
    for (errno, seen, expected) in [
        (Errno::EACCES, &unreadable, Some("you may not read this executable; make it ")),
        (Errno::EACCES, &apparmor, Some("AppArmor takes the capabilities ")),
        (Errno::EPERM, &apparmor, Some("AppArmor takes the capabilities ")),
        (Errno::EPERM, &nothing(), Some("you may not map an id; use --map-auto")),
        (
            Errno::EPERM,
            &Observed { weak_root: true, ..nothing() },
            Some("mapping user 0 needs CAP_SETFCAP; "),
        ),
        (Errno::ENOENT, &no_proc, Some("init maps ids through /proc, and no /proc is mounted; ")),
        (Errno::EINVAL, &nothing(), Some("ranges overlap, or are too many; leave some out")),
        (Errno::EROFS, &nothing(), Some("init maps ids through /proc, and /proc is read-only; ")),
        (Errno::EACCES, &nothing(), None),
        (Errno::ENOENT, &nothing(), None),
    ] {
        row(Attempt::MapIds, errno, USER, seen, expected);
    }
}

#[test]
fn subordinate_ids_are_missing() {
    let named = Observed { user: Some("joe".to_owned()), ..nothing() };
    let range = Attempt::FindRange("/etc/subgid");
    row(
        range,
        Errno::ENOENT,
        USER,
        &named,
        Some("/etc/subgid has no line for joe; usermod --add-"),
    );
    let odd = Observed { no_regular_file: Some("/etc/subgid"), ..named };
    row(range, Errno::ENOENT, USER, &odd, Some("/etc/subgid is not a regular file; "));
    for (errno, said) in [
        (Errno::EACCES, "/etc/subgid cannot be read: Permission denied; make it readable"),
        (Errno::EMFILE, "/etc/subgid cannot be read: No file descriptors available; raise RLIM"),
    ] {
        let closed = Observed { unread_ids: Some(("/etc/subgid", errno)), ..nothing() };
        row(range, Errno::ENOENT, USER, &closed, Some(said));
    }
    let nameless = "/etc/subgid has no line for you; add a line with your number ";
    row(range, Errno::ENOENT, USER, &nothing(), Some(nameless));
    row(
        Attempt::RunMapper,
        Errno::ENOENT,
        USER,
        &nothing(),
        Some("newuidmap and newgidmap are not "),
    );
    row(Attempt::RunMapper, Errno::EPERM, USER, &nothing(), None);
    let no_new_privs = Observed { no_new_privs: true, ..nothing() };
    let taken = "no_new_privs disables its set-user-ID bit; start init without ";
    row(Attempt::RunMapper, Errno::EPERM, USER, &no_new_privs, Some(taken));
    let weak = Observed { weak_mapper: Some("/bin/newuidmap"), ..nothing() };
    let bit = "/bin/newuidmap has no set-user-ID bit and no capabilities; chmod u+s ";
    row(Attempt::RunMapper, Errno::EPERM, USER, &weak, Some(bit));
}

#[test]
fn proc_is_not_mounted() {
    let masked = Observed { masked_proc: Some("/proc/kcore".to_owned()), ..nothing() };
    let nested = Observed { nested: true, ..masked.clone() };
    let no_proc = Observed { no_proc: true, ..nothing() };
    let filter = Observed { mount_filtered: true, ..masked.clone() };
    let profile =
        Observed { apparmor_profile: Some("docker-default".to_owned()), ..masked.clone() };
    let user_pid = USER.with(Namespace::Pid);
    let is_masked = Some("the visible /proc has masked paths, /proc/kcore for one; use Docker's ");
    for (errno, new, seen, expected) in [
        (Errno::EPERM, user_pid, &masked, is_masked),
        (Errno::EPERM, PID, &nested, is_masked),
        (Errno::EPERM, user_pid, &profile, is_masked),
        (Errno::EACCES, user_pid, &profile, Some("the AppArmor profile docker-default forbids it")),
        (Errno::EPERM, PID, &masked, Some("it needs CAP_SYS_ADMIN; add --user")),
        (Errno::EPERM, USER, &masked, Some("the PID namespace is not of the new user namespace")),
        (Errno::EPERM, user_pid, &no_proc, Some("no complete /proc is visible here")),
        (Errno::EPERM, user_pid, &filter, Some("a seccomp filter blocks it; ")),
        (Errno::EPERM, user_pid, &nothing(), None),
        (Errno::ENOENT, user_pid, &masked, Some("the place to mount it on is missing; ")),
        (Errno::EBUSY, user_pid, &masked, Some("it is the root itself, or has the same mount")),
        (Errno::ENODEV, user_pid, &masked, None),
    ] {
        row(Attempt::MountProc, errno, new, seen, expected);
    }
}

#[test]
fn the_root_is_not_made() {
    let noexec = Observed { memfd_noexec: Some(2), ..nothing() };
    let no_proc = Observed { no_proc: true, ..nothing() };
    let filter = Observed { mount_filtered: true, ..nothing() };
    let filtered = Observed { filtered: true, ..nothing() };
    let masked = Observed { masked_sys: Some("/sys/firmware".to_owned()), ..nothing() };
    let user_net = USER.with(Namespace::Net);
    let (copy, sys, pivot) = (Attempt::CopySelf, Attempt::MountSys, Attempt::PivotRoot);
    let blocked = Some("a seccomp filter blocks it; ");
    for (attempt, errno, new, seen, expected) in [
        (copy, Errno::EACCES, NONE, &noexec, Some("vm.memfd_noexec is 2; set it with sysctl ")),
        (copy, Errno::ENOENT, NONE, &no_proc, Some("init finds itself through /proc, ")),
        (copy, Errno::ENOMEM, NONE, &noexec, None),
        (sys, Errno::EPERM, USER, &masked, Some("the network namespace is not of the new user")),
        (sys, Errno::EPERM, user_net, &masked, Some("the visible /sys has masked paths, /sys/f")),
        (sys, Errno::EPERM, user_net, &filter, blocked),
        (sys, Errno::ELOOP, user_net, &masked, Some("a symbolic link in the path is refused; ")),
        (Attempt::Mount, Errno::EROFS, USER, &nothing(), Some("the place to mount it on is missi")),
        (Attempt::Mount, Errno::ENOTDIR, USER, &nothing(), Some("a part of the path is not a dir")),
        (Attempt::Mount, Errno::EPERM, USER, &filter, blocked),
        (Attempt::Propagate, Errno::EPERM, PID, &filter, blocked),
        (Attempt::OpenSource, Errno::ENOENT, USER, &nothing(), Some("it is missing; use --bind-t")),
        (Attempt::OpenSource, Errno::EMFILE, USER, &nothing(), Some("each bind takes two des")),
        (sys, Errno::EACCES, user_net, &nothing(), Some("the place is missing or out of reach; ")),
        (Attempt::MountProc, Errno::EACCES, USER, &nothing(), Some("the place is missing or out")),
        (pivot, Errno::EPERM, USER, &filter, blocked),
        (pivot, Errno::EPERM, PID, &filtered, Some("a seccomp filter blocks it; use --security-o")),
        (pivot, Errno::EINVAL, USER, &nothing(), Some("the current root is not a mount, ")),
    ] {
        row(attempt, errno, new, seen, expected);
    }
}

#[test]
fn other_steps() {
    let apparmor = Observed { apparmor_restricts: true, ..nothing() };
    let chroot = Observed { chrooted: true, ..nothing() };
    let strange = Observed { strange_proc: true, ..nothing() };
    let denied = Observed { groups_denied: true, ..nothing() };
    let no_proc = Observed { no_proc: true, ..nothing() };
    let through_proc =
        Some("init does this through /proc, and no /proc is mounted; mount proc on /proc");
    for (attempt, errno, new, seen, expected) in [
        (Attempt::Privileged, Errno::EPERM, USER, &apparmor, Some("AppArmor takes ")),
        (
            Attempt::Propagate,
            Errno::EINVAL,
            NONE,
            &chroot,
            Some("the root is not a mount point, as in "),
        ),
        (Attempt::Propagate, Errno::EINVAL, NONE, &nothing(), None),
        (Attempt::Loopback, Errno::EPERM, USER, &apparmor, Some("AppArmor takes ")),
        (Attempt::Loopback, Errno::EPERM, NONE, &apparmor, Some("it needs CAP_NET_ADMIN; ")),
        (Attempt::Offsets, Errno::ERANGE, NONE, &nothing(), Some("a clock would be negative; ")),
        (Attempt::Offsets, Errno::ENOENT, NONE, &no_proc, through_proc),
        (Attempt::Overlay, Errno::ENOENT, USER, &no_proc, through_proc),
        (Attempt::LimitUsers, Errno::ENOENT, USER, &no_proc, through_proc),
        (Attempt::SetGroups, Errno::EPERM, USER, &nothing(), Some("setgroups is denied inside; ")),
        (Attempt::SetGroups, Errno::EPERM, NONE, &nothing(), Some("it needs CAP_SETUID and ")),
        (Attempt::MapIds, Errno::ESRCH, USER, &strange, Some("/proc is of another PID namesp")),
        (Attempt::MapIds, Errno::ESRCH, USER, &nothing(), None),
        (Attempt::SetGroups, Errno::EPERM, NONE, &denied, Some("setgroups is denied inside; ")),
        (Attempt::Privileged, Errno::EPERM, USER, &nothing(), None),
    ] {
        row(attempt, errno, new, seen, expected);
    }
}

#[test]
fn what_exists_is_not_entered_or_kept() {
    let filtered = Observed { join_filtered: true, ..nothing() };
    let shared = Observed { shared_mounts: true, ..nothing() };
    let no_proc = Observed { no_proc: true, ..nothing() };
    let both = USER.with(Namespace::Mount);
    let mount = Attempt::Persist(Namespace::Mount);
    for (attempt, errno, new, seen, expected) in [
        (Attempt::CreateJoined, Errno::ENOMEM, NONE, &nothing(), Some("its PID 1 has ended, ")),
        (
            Attempt::CreateJoined,
            Errno::EAGAIN,
            NONE,
            &nothing(),
            Some("the limit of processes is "),
        ),
        (Attempt::OpenToJoin, Errno::EACCES, NONE, &nothing(), Some("you may not look into ")),
        (Attempt::OpenToJoin, Errno::ENOENT, NONE, &no_proc, Some("init looks at processes ")),
        (Attempt::OpenToJoin, Errno::ENOENT, NONE, &nothing(), None),
        (Attempt::OpenToJoin, Errno::ESRCH, NONE, &nothing(), None),
        (Attempt::Join(PID), Errno::EPERM, NONE, &filtered, Some("a seccomp filter blocks it; ")),
        (Attempt::Join(PID), Errno::EPERM, USER, &nothing(), Some("the new user namespace has ")),
        (Attempt::Join(PID), Errno::EPERM, NONE, &nothing(), Some("joining needs CAP_SYS_ADMIN")),
        (Attempt::Join(USER), Errno::EPERM, NONE, &nothing(), Some("the user namespace is not ")),
        (Attempt::Join(USER), Errno::EINVAL, NONE, &nothing(), Some("init is in it already, or ")),
        (Attempt::Join(both), Errno::EINVAL, NONE, &nothing(), Some("Linux before 5.8 enters ")),
        (Attempt::MoveToCgroup, Errno::ENOENT, NONE, &nothing(), Some("the directory is not a cg")),
        (
            Attempt::MoveToCgroup,
            Errno::EACCES,
            NONE,
            &nothing(),
            Some("you may not write to the c"),
        ),
        (Attempt::MoveToCgroup, Errno::EBUSY, NONE, &nothing(), Some("it passes controllers ")),
        (mount, Errno::EINVAL, NONE, &shared, Some("the mount that holds the file may have ")),
        (mount, Errno::EINVAL, NONE, &nothing(), Some("the kernel numbers it before the ")),
        (mount, Errno::ENOENT, NONE, &nothing(), None),
    ] {
        row(attempt, errno, new, seen, expected);
    }
}

#[test]
fn overlays_of_old_kernels() {
    let old = Observed { old_overlay: true, ..nothing() };
    let filtered = Observed { mount_filtered: true, ..old.clone() };
    for (errno, new, seen, expected) in [
        (Errno::EPERM, USER, &old, Some("a user namespace can mount an overlay from ")),
        (Errno::EPERM, NONE, &old, Some("it needs CAP_SYS_ADMIN; add --user")),
        (Errno::EPERM, USER, &filtered, Some("a seccomp filter blocks it; ")),
        (Errno::EACCES, USER, &old, None),
        (Errno::EPERM, USER, &nothing(), None),
        (Errno::ELOOP, USER, &nothing(), Some("one layer is in another one, ")),
        (Errno::ENOENT, NONE, &nothing(), Some("a lower layer, or the directory of ")),
        (Errno::ENOTDIR, NONE, &nothing(), Some("a layer is not a directory; ")),
    ] {
        row(Attempt::Overlay, errno, new, seen, expected);
    }
}
