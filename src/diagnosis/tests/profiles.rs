//! An AppArmor profile as the cause.

use super::*;

#[test]
fn a_profile_is_named() {
    let profile = Observed { apparmor_profile: Some("p".to_owned()), ..nothing() };
    let disconnected = Observed { disconnected: true, ..profile.clone() };
    let noexec = Observed { memfd_noexec: Some(2), ..disconnected.clone() };
    let filter = Observed { creation_filtered: true, ..profile.clone() };
    let alone = Observed { disconnected: true, ..nothing() };
    let (create, copy, open) = (Attempt::Create, Attempt::CopySelf, Attempt::OpenToJoin);
    let keep = Attempt::Persist(Namespace::Uts);
    let unconfined = Some("the AppArmor profile p forbids it; use --security-opt apparmor=");
    let users = Some("the AppArmor profile p forbids it; add `userns,` to the profile");
    let paths = Some("the AppArmor profile p forbids it; add flags=(attach_disconnected) to ");
    for (attempt, errno, new, seen, expected) in [
        (create, Errno::EACCES, USER, &profile, users),
        (create, Errno::EACCES, USER.with(Namespace::Pid), &disconnected, users),
        (Attempt::CreateJoined, Errno::EACCES, USER, &profile, users),
        (create, Errno::EACCES, USER, &filter, Some("a seccomp filter blocks it; ")),
        (create, Errno::EPERM, USER, &profile, None),
        (create, Errno::EPERM, PID, &profile, Some("it needs CAP_SYS_ADMIN; add --user")),
        (create, Errno::EACCES, USER, &nothing(), None),
        (Attempt::Propagate, Errno::EACCES, PID, &profile, unconfined),
        (Attempt::MakePrivate, Errno::EACCES, USER, &profile, unconfined),
        (copy, Errno::EACCES, NONE, &profile, unconfined),
        (copy, Errno::EACCES, NONE, &disconnected, paths),
        (copy, Errno::EACCES, NONE, &noexec, Some("vm.memfd_noexec is 2; ")),
        (copy, Errno::EACCES, NONE, &alone, None),
        (open, Errno::EACCES, NONE, &disconnected, paths),
        (open, Errno::EACCES, NONE, &profile, Some("you may not look into that process; ")),
        (keep, Errno::EACCES, NONE, &disconnected, paths),
        (keep, Errno::EACCES, NONE, &profile, unconfined),
        (keep, Errno::EPERM, NONE, &disconnected, Some("a mount outside needs CAP_SYS_ADMIN; ")),
    ] {
        row(attempt, errno, new, seen, expected);
    }
}
