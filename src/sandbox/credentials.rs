//! Looks up who started init, as far as a sandbox depends on it.

use std::os::unix::ffi::OsStringExt;

use nix::errno::Errno;
use nix::sys::stat::stat;
use nix::unistd::{getcwd, getegid, geteuid};

use crate::accounts::{first_range, maps_all, name_of};
use crate::config::sandbox::{Map, Sandbox};
use crate::files;
use crate::plan::outer::Maps;
use crate::plan::{Credentials, Refusal};
use crate::seccomp::guard;
use crate::sys;

/// As many of the preserved descriptors are looked at.
const DESCRIPTORS_MAX: u32 = 64;

/// Reads files only when they are needed; a file that cannot be read counts as empty.
pub fn look_up(sandbox: &Sandbox) -> Credentials {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let found = Credentials {
        user,
        group,
        has_machine_root: has_machine_root(),
        // Unknown rights are no rights: set-user-ID programs may have them.
        capabilities: sys::capabilities().unwrap_or_default().effective,
        has_terminal: !sandbox.allow_tiocsti && needs_guard(sandbox.preserve_fds),
        groups_denied: sandbox.ids.are_given() && groups_denied(),
        directory: if sandbox.root.is_some() { directory() } else { b"" },
        ..Credentials::default()
    };
    if !matches!(sandbox.map, Some(Map::Auto | Map::Subids)) {
        return found;
    }
    let read = |path: &str| {
        let text = files::read_regular(path.as_bytes(), usize::MAX);
        text.ok().flatten().unwrap_or_default()
    };
    let passwd = read("/etc/passwd");
    let name = name_of(&passwd, user);
    // subgid(5) goes by the user's name too, not by the group's.
    Credentials {
        users: first_range(&read("/etc/subuid"), name, user),
        groups: first_range(&read("/etc/subgid"), name, user),
        ..found
    }
}

/// Have we subordinate ranges?
///
/// # Errors
/// Those that we have not.
pub fn find_ranges() -> Result<(), Refusal> {
    let sandbox = Sandbox { map: Some(Map::Auto), ..Sandbox::default() };
    Maps::of(&sandbox, &look_up(&sandbox)).map(drop)
}

/// Nothing where it has no name: it is gone, or out of reach from our root.
fn directory() -> &'static [u8] {
    getcwd().map_or(&[], |path| path.into_os_string().into_vec().leak())
}

/// Has the app a terminal, its controlling one or a descriptor of its own, and nothing that
/// guards it?
fn needs_guard(preserved: u32) -> bool {
    let open = (0..3 + preserved.min(DESCRIPTORS_MAX)).any(sys::is_terminal);
    let answer = sys::make_bad_ioctl(guard::QUESTION);
    (open || has_controlling_terminal()) && answer != Err(Errno::from_raw(guard::ANSWER))
}

/// /dev/tty leads to it, here or in a /dev of the sandbox. True also without a /proc that would
/// tell.
fn has_controlling_terminal() -> bool {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return true };
    // proc_pid_stat(5): the name, in parentheses, is the second of the fields; the terminal is
    // the seventh.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    fields.split_whitespace().nth(4) != Some("0")
}

/// Is setgroups(2) denied in our user namespace?
pub fn groups_denied() -> bool {
    denies_groups("self")
}

/// Is it denied in that of the process with this name in `/proc`?
pub fn denies_groups(process: &str) -> bool {
    let file = format!("/proc/{process}/setgroups");
    std::fs::read(file).is_ok_and(|said| said.starts_with(b"deny"))
}

/// Is our user 0 user 0 of the machine? That one owns `/proc/sys`, and has no name in a user
/// namespace that does not map it. True also without a /proc that would tell.
fn has_machine_root() -> bool {
    stat(c"/proc/sys").map_or(true, |found| found.st_uid == 0)
}

/// Are our ids those of the machine, not of a user namespace below? True also without a
/// /proc that would tell.
pub fn are_global() -> bool {
    std::fs::read_to_string("/proc/self/uid_map").map_or(true, |map| maps_all(&map))
}
