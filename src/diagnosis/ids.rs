//! The rows about ids of a user namespace in the table of causes. Pure.

use nix::errno::Errno;

use super::{Hint, Observed, apparmor, hint};
use crate::sys;

/// Why no subordinate range was found in `file`.
pub fn find_range(file: &str, observed: &Observed) -> Option<Hint> {
    if observed.no_regular_file == Some(file) {
        return hint(format!("{file} is not a regular file"), "replace it with a regular file");
    }
    if let Some((_, errno)) = observed.unread_ids.filter(|(path, _)| *path == file) {
        let remedy = match errno {
            Errno::EMFILE => "raise RLIMIT_NOFILE",
            _ => "make it readable",
        };
        return hint(format!("{file} cannot be read: {}", sys::describe(errno)), remedy);
    }
    let Some(user) = &observed.user else {
        return hint(
            format!("{file} has no line for you"),
            "add a line with your number as the name",
        );
    };
    hint(
        format!("{file} has no line for {user}"),
        format!("usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"),
    )
}

/// Why newuidmap or newgidmap did not map.
pub fn run_mapper(errno: Errno, observed: &Observed) -> Option<Hint> {
    if errno == Errno::ENOENT {
        return hint("newuidmap and newgidmap are not installed", "install the package uidmap");
    }
    if errno == Errno::ETIMEDOUT {
        return None;
    }
    if observed.no_new_privs {
        return hint(
            "no_new_privs disables its set-user-ID bit",
            "start init without no_new_privs",
        );
    }
    let mapper = observed.weak_mapper.as_ref()?;
    hint(
        format!("{mapper} has no set-user-ID bit and no capabilities"),
        format!("chmod u+s {mapper}, or install the package uidmap again"),
    )
}

/// Why the kernel refused a map.
pub fn map(errno: Errno, observed: &Observed) -> Option<Hint> {
    match errno {
        Errno::EACCES if observed.unreadable => {
            hint("you may not read this executable", "make it readable with chmod +r")
        }
        Errno::EACCES | Errno::EPERM if observed.apparmor_restricts => apparmor(),
        Errno::EPERM if observed.weak_root => hint(
            "mapping user 0 needs CAP_SETFCAP",
            "use --cap-add SETFCAP, or start as another user",
        ),
        Errno::EPERM => {
            hint("you may not map an id", "use --map-auto, or ids of your range in /etc/subuid")
        }
        Errno::EINVAL => hint("ranges overlap, or are too many", "leave some out"),
        Errno::ENOENT if observed.no_proc => {
            hint("init maps ids through /proc, and no /proc is mounted", "mount proc on /proc")
        }
        Errno::EROFS => {
            hint("init maps ids through /proc, and /proc is read-only", "mount it read-write")
        }
        _ => None,
    }
}
