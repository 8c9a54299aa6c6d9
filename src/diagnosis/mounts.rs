//! The rows about mounts in the table of causes. Pure.

use nix::errno::Errno;

use super::{Attempt, FILTER, Hint, NO_FILTER, Observed, UNCONFINED, hint, profile};
use crate::namespaces::{Namespace, Namespaces};

const UNMASK: &str =
    "use Docker's --security-opt systempaths=unconfined, Podman's unmask=ALL, or leave it out";

/// Why an attempt to mount, or to prepare that, failed with `errno`.
pub fn explain(
    attempt: Attempt,
    errno: Errno,
    new: Namespaces,
    observed: &Observed,
) -> Option<Hint> {
    let refused = matches!(errno, Errno::EPERM | Errno::EACCES);
    match attempt {
        Attempt::Propagate | Attempt::MakePrivate
            if errno == Errno::EINVAL && observed.chrooted =>
        {
            hint("the root is not a mount point, as in a chroot", "mount it on itself first")
        }
        Attempt::RejoinPeers if errno == Errno::EINVAL => {
            hint("Linux before 5.15 has no such call", "use --propagation slave or shared")
        }
        Attempt::OpenSource if errno == Errno::ENOENT => {
            hint("it is missing", "use --bind-try or --ro-bind-try if it may be")
        }
        Attempt::OpenSource if errno == Errno::EMFILE => {
            hint("each bind takes two descriptors", "raise the limit with ulimit -n")
        }
        Attempt::Mount | Attempt::MountProc | Attempt::MountSys if target(errno).is_some() => {
            target(errno)
        }
        Attempt::Mount | Attempt::MountProc | Attempt::MountSys if errno == Errno::EACCES => {
            mount_refused(errno, new, observed).or_else(|| {
                hint(
                    "the place is missing or out of reach",
                    "make it, as the owner of the directory",
                )
            })
        }
        Attempt::MountSys if refused => {
            mount_refused(errno, new, observed).or_else(|| mount_sys(new, observed))
        }
        Attempt::Overlay => overlay(errno, new, observed),
        Attempt::PivotRoot if errno == Errno::EINVAL => hint(
            "the current root is not a mount, as in an initramfs or a chroot",
            "use --no-pivot",
        ),
        // Only who may mount comes so far.
        Attempt::PivotRoot if errno == Errno::EPERM && observed.filtered => hint(
            "a seccomp filter blocks it",
            "use --security-opt seccomp=unconfined or --no-pivot",
        ),
        Attempt::Propagate | Attempt::MakePrivate | Attempt::Mount | Attempt::PivotRoot
            if refused =>
        {
            mount_refused(errno, new, observed)
        }
        Attempt::MountProc if refused => {
            mount_refused(errno, new, observed).or_else(|| mount_proc(new, observed))
        }
        _ => None,
    }
}

/// What is wrong with the place of a mount.
fn target(errno: Errno) -> Option<Hint> {
    match errno {
        Errno::ENOENT => {
            hint("the place to mount it on is missing", "make it, or name another place")
        }
        Errno::EROFS => {
            hint("the place to mount it on is missing, and the root is read-only", "make it before")
        }
        Errno::ELOOP => {
            hint("a symbolic link in the path is refused", "name the place that it points to")
        }
        Errno::EISDIR => hint("the source is not a directory", "name a file as the target"),
        Errno::EBUSY => {
            hint("it is the root itself, or has the same mount already", "name another place")
        }
        Errno::ENOTDIR => hint("a part of the path is not a directory", "name another one"),
        _ => None,
    }
}

fn mount_proc(new: Namespaces, observed: &Observed) -> Option<Hint> {
    if new.contains(Namespace::User) && !new.contains(Namespace::Pid) {
        return hint("the PID namespace is not of the new user namespace", "add --pid");
    }
    if observed.no_proc {
        return hint("no complete /proc is visible here", "mount proc on /proc");
    }
    let path = observed.masked_proc.as_ref()?;
    hint(format!("the visible /proc has masked paths, {path} for one"), UNMASK)
}

fn mount_sys(new: Namespaces, observed: &Observed) -> Option<Hint> {
    if new.contains(Namespace::User) && !new.contains(Namespace::Net) {
        return hint("the network namespace is not of the new user namespace", "add --net");
    }
    let path = observed.masked_sys.as_ref()?;
    hint(format!("the visible /sys has masked paths, {path} for one"), UNMASK)
}

/// Why any mount is refused.
fn mount_refused(errno: Errno, new: Namespaces, observed: &Observed) -> Option<Hint> {
    if observed.mount_filtered {
        return hint(FILTER, NO_FILTER);
    }
    if let Some(cause) = profile(errno, observed) {
        return hint(cause, UNCONFINED);
    }
    if !new.contains(Namespace::User) && !observed.nested {
        return hint("it needs CAP_SYS_ADMIN", "add --user");
    }
    None
}

fn overlay(errno: Errno, new: Namespaces, observed: &Observed) -> Option<Hint> {
    match errno {
        Errno::EOVERFLOW => hint(
            "the owner or group of a layer is not mapped",
            "use --map-root-user, --map-auto or --map-users, or a tree of your own",
        ),
        Errno::ENODEV => hint("this kernel has no overlay", "load its module, or leave it out"),
        Errno::EINVAL => hint("the kernel refuses a layer for an overlay", "see the kernel's log"),
        Errno::ELOOP => hint("one layer is in another one, or is named twice", "keep them apart"),
        Errno::ENOENT => {
            hint("a lower layer, or the directory of the upper one, is missing", "make it")
        }
        Errno::ENOTDIR => hint("a layer is not a directory", "name directories"),
        Errno::EPERM | Errno::EACCES => {
            mount_refused(errno, new, observed).or_else(|| old_kernel(errno, observed))
        }
        _ => None,
    }
}

/// Only who could mount comes so far, in a user namespace.
fn old_kernel(errno: Errno, observed: &Observed) -> Option<Hint> {
    let old = errno == Errno::EPERM && observed.old_overlay;
    let cause = "a user namespace can mount an overlay from Linux 5.11 on";
    old.then(|| hint(cause, "run init as root, without --user"))?
}
