//! Looks up who started init, as far as a sandbox depends on it.

use std::os::unix::ffi::OsStringExt;

use nix::unistd::{getcwd, getegid, geteuid};

use crate::accounts::{first_range, maps_all, name_of};
use crate::config::sandbox::{Map, Sandbox};
use crate::plan::Credentials;
use crate::sys;

/// Reads files only when they are needed; a file that cannot be read counts as empty.
pub fn look_up(sandbox: &Sandbox) -> Credentials {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let found = Credentials {
        user,
        group,
        // Unknown rights are no rights: set-user-ID programs may have them.
        capabilities: sys::capabilities().unwrap_or_default().effective,
        groups_denied: sandbox.ids.are_given() && groups_denied(),
        directory: if sandbox.root.is_some() { directory() } else { b"" },
        ..Credentials::default()
    };
    if sandbox.map != Some(Map::Auto) {
        return found;
    }
    let read = |path| std::fs::read(path).unwrap_or_default();
    let passwd = read("/etc/passwd");
    let name = name_of(&passwd, user);
    // subgid(5) goes by the user's name too, not by the group's.
    Credentials {
        users: first_range(&read("/etc/subuid"), name, user),
        groups: first_range(&read("/etc/subgid"), name, user),
        ..found
    }
}

/// Nothing where it has no name: no path is relative to it then.
fn directory() -> &'static [u8] {
    getcwd().map_or(&[], |path| path.into_os_string().into_vec().leak())
}

fn groups_denied() -> bool {
    std::fs::read("/proc/self/setgroups").is_ok_and(|said| said.starts_with(b"deny"))
}

/// Are our ids those of the machine, not of a user namespace below? True also without a
/// /proc that would tell.
pub fn are_global() -> bool {
    std::fs::read_to_string("/proc/self/uid_map").map_or(true, |map| maps_all(&map))
}
