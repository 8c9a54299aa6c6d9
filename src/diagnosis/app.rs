//! The rows about what the app's process does to itself in the table of causes. Pure.

use nix::errno::Errno;

use super::{Attempt, Hint, Observed, hint};
use crate::capabilities::{Capability, CapabilitySet};
use crate::config::sandbox::Resource;
use crate::plan::app::Step;

/// Why a step of the app's process failed with `errno`.
pub fn explain(attempt: Attempt, errno: Errno, observed: &Observed) -> Option<Hint> {
    let refused = matches!(errno, Errno::EPERM | Errno::EACCES);
    match attempt {
        Attempt::LimitUsers if errno == Errno::EROFS => hint(
            "/proc/sys is read-only",
            "use Docker's --security-opt systempaths=unconfined, or leave out --no-new-user-ns",
        ),
        Attempt::LoadFilter if errno == Errno::EINVAL => hint(
            "it is not a valid BPF program for this kernel",
            "export it again, on a machine of the same kind",
        ),
        Attempt::NewKeyring if errno == Errno::EDQUOT => hint(
            "the user has as many keys as kernel.keys.maxkeys and maxbytes allow",
            "remove some, or raise it with sysctl kernel.keys.maxkeys=1000",
        ),
        Attempt::ChangeIds if refused => {
            hint("it needs CAP_SETUID and CAP_SETGID", "start init with them, or add --user")
        }
        Attempt::ChangeIds if errno == Errno::EINVAL => hint(
            "the id is not mapped in this user namespace",
            "use an id that /proc/self/uid_map or gid_map has",
        ),
        Attempt::SetLimit(resource, hard) if refused => limit_refused(resource, hard, observed),
        Attempt::GuardTerminal => hint(
            "no seccomp filter can be loaded here",
            "use --allow-tiocsti to start without the guard",
        ),
        _ => None,
    }
}

fn limit_refused(resource: Resource, hard: u64, observed: &Observed) -> Option<Hint> {
    match observed.files_max {
        Some(most) if resource == Resource::NOFILE && hard > most => {
            hint(format!("fs.nr_open is {most}"), "use no higher limit for nofile, or raise it")
        }
        _ => hint(
            "raising a hard limit needs CAP_SYS_RESOURCE on the machine, so it fails with --user",
            "use a lower limit, or raise it before init starts",
        ),
    }
}

/// Why a step about capabilities is not permitted to who has these.
pub fn lacking(step: Step, own: CapabilitySet) -> Option<Hint> {
    let needed = match step {
        Step::Bounding(_) => CapabilitySet::only(Capability::SETPCAP),
        Step::Capabilities(_, add) => add,
        _ => return None,
    };
    let name = needed.without(own).iter().next()?.name()?;
    hint(format!("init has no CAP_{name}"), "start init with it, or add --user")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_that_init_has_not() {
        let kill = CapabilitySet::only(Capability::KILL);
        let none = CapabilitySet::NONE;
        for (step, own, cause) in [
            (Step::Capabilities(none, kill), none, Some("init has no CAP_KILL")),
            (Step::Capabilities(none, kill), kill, None),
            (Step::Bounding(kill), kill, Some("init has no CAP_SETPCAP")),
            (Step::Bounding(kill), CapabilitySet::ALL, None),
            (Step::NoNewPrivs, none, None),
        ] {
            let found = lacking(step, own);
            assert_eq!(found.as_ref().map(|hint| &*hint.cause), cause, "{step:?}");
        }
    }

    #[test]
    fn causes() {
        let few = Observed { files_max: Some(9), ..Observed::default() };
        let none = Observed::default();
        let files = |hard| Attempt::SetLimit(Resource::NOFILE, hard);
        for (attempt, errno, observed, cause) in [
            (Attempt::LimitUsers, Errno::ENOENT, &none, None),
            (Attempt::LimitUsers, Errno::EROFS, &none, Some("read-only")),
            (Attempt::LoadFilter, Errno::EINVAL, &none, Some("not a valid BPF")),
            (Attempt::LoadFilter, Errno::EPERM, &none, None),
            (Attempt::NewKeyring, Errno::EDQUOT, &none, Some("kernel.keys.maxkeys")),
            (Attempt::NewKeyring, Errno::ENOMEM, &none, None),
            (Attempt::ChangeIds, Errno::EPERM, &none, Some("CAP_SETUID")),
            (Attempt::ChangeIds, Errno::EINVAL, &none, Some("not mapped")),
            (Attempt::ChangeIds, Errno::EAGAIN, &none, None),
            (Attempt::GuardTerminal, Errno::EINVAL, &none, Some("can be loaded")),
            (files(10), Errno::EPERM, &few, Some("fs.nr_open is 9")),
            (files(9), Errno::EPERM, &few, Some("CAP_SYS_RESOURCE")),
            (Attempt::SetLimit(Resource::AS, 10), Errno::EPERM, &few, Some("CAP_SYS_RESOURCE")),
            (files(10), Errno::EINVAL, &few, None),
        ] {
            let found = explain(attempt, errno, observed);
            let said = found.as_ref().map(|hint| hint.cause.as_ref());
            let right = match (said, cause) {
                (Some(said), Some(cause)) => said.contains(cause),
                (said, cause) => said.is_none() && cause.is_none(),
            };
            assert!(right, "{attempt:?} {errno}: {said:?}");
        }
    }
}
