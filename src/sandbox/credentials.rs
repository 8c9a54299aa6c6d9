//! Who we are, as far as a plan depends on it.

use nix::unistd::{getegid, geteuid};

use super::plan::Credentials;
use super::subordinate::{first_range, name_of};
use crate::config::sandbox::{Map, Sandbox};
use crate::sys;

/// Looks it up. Files are read only when they are needed; one that cannot be read is as
/// good as empty.
pub fn look_up(sandbox: &Sandbox) -> Credentials {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let found = Credentials {
        user,
        group,
        capabilities: sys::capabilities().effective,
        ..Credentials::default()
    };
    if sandbox.map != Some(Map::Auto) {
        return found;
    }
    let read = |path| std::fs::read(path).unwrap_or_default();
    let passwd = read("/etc/passwd");
    let name = name_of(&passwd, user);
    // Both files go by the user: a group's own name is no matter (subgid(5)).
    Credentials {
        users: first_range(&read("/etc/subuid"), name, user),
        groups: first_range(&read("/etc/subgid"), name, user),
        ..found
    }
}
