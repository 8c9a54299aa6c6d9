//! The cgroups that init is in, and whether it can move a process to others (`--join-cgroup`).
//!
//! In: `/proc/self/cgroup`, `/proc/self/mountinfo`, and the rights to `cgroup.procs`. Out: a
//! version, and `Possible`. Moves nothing.

use std::fs;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::statfs::{CGROUP2_SUPER_MAGIC, statfs};
use nix::unistd::{AccessFlags, eaccess};

use super::possible::{Possible, in_child, no};
use crate::diagnosis::Attempt;
use crate::namespaces::Namespaces;

const MOUNT: &str = "/sys/fs/cgroup";

/// By the cgroups of this process, or else by the file system on `/sys/fs/cgroup`.
pub fn version() -> Option<u8> {
    match fs::read_to_string("/proc/self/cgroup") {
        Ok(lines) if !lines.is_empty() => Some(version_of(&lines)),
        _ => {
            let found = statfs(MOUNT).map(|found| found.filesystem_type());
            (found == Ok(CGROUP2_SUPER_MAGIC)).then_some(2)
        }
    }
}

/// Version 2 has one hierarchy, with the number 0 (cgroups(7)).
fn version_of(membership: &str) -> u8 {
    if membership.lines().all(|line| line.starts_with("0::")) { 2 } else { 1 }
}

/// May init write to a `cgroup.procs`: that of its own cgroup, or of one above it? The kernel
/// asks for that one, and for that of the cgroup to enter.
pub fn try_to_enter() -> Possible {
    // A child is moved, which has to be there.
    if let Err((attempt, errno)) = in_child(Namespaces::NONE, &|| Ok(())) {
        return no(attempt, errno, Namespaces::NONE);
    }
    let membership = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut failure = Errno::ENOENT;
    for hierarchy in hierarchies() {
        for directory in above(&hierarchy, &membership) {
            match eaccess(&directory.join("cgroup.procs"), AccessFlags::W_OK) {
                Ok(()) => return Possible::Yes,
                // In another hierarchy.
                Err(Errno::ENOENT) => {}
                Err(errno) => failure = errno,
            }
        }
    }
    no(Attempt::MoveToCgroup, failure, Namespaces::NONE)
}

/// Version 2 has one, version 1 a directory for each.
fn hierarchies() -> Vec<PathBuf> {
    let below = fs::read_dir(MOUNT).into_iter().flatten().flatten().map(|entry| entry.path());
    [PathBuf::from(MOUNT)].into_iter().chain(below).collect()
}

/// Where our cgroups are if they are in this hierarchy, and all above them.
fn above(hierarchy: &Path, membership: &str) -> Vec<PathBuf> {
    let own = membership.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let own = own.chain(["/"]).map(|own| hierarchy.join(own.trim_start_matches('/')));
    let above = own.flat_map(|own| {
        own.ancestors()
            .take_while(|path| path.starts_with(hierarchy))
            .map(PathBuf::from)
            .collect::<Vec<_>>()
    });
    above.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(version_of("0::/user.slice\n"), 2);
        assert_eq!(version_of("3:cpu:/\n0::/\n"), 1);
    }

    #[test]
    fn directories() {
        let found = above(Path::new("/cg/pids"), "8:pids:/b/c\n0::/a:d\n");
        let expected = ["b/c", "b", "", "a:d", "", ""].map(|own| Path::new("/cg/pids").join(own));
        assert_eq!(found, expected);
        assert_eq!(above(Path::new("/cg"), ""), [PathBuf::from("/cg")]);
    }
}
