//! The user namespace: its ids (user_namespaces(7)).

use std::fmt::Write;

use log::info;
use nix::errno::Errno;
use nix::unistd::Pid;

use super::plan::Ids;
use super::procfile;
use crate::Run;
use crate::config::sandbox::IdRange;
use crate::exit::Ended;
use crate::plan::helper;
use crate::spawn::spawn;
use crate::sys::{self, Strings};

/// More is not quoted of what a program says.
const SAID_MAX: usize = 512;

/// Forbids setgroups(2) in the user namespace of `pid`.
///
/// # Errors
/// EPERM once its groups are mapped.
pub fn deny_setgroups(pid: Pid) -> Result<(), Errno> {
    procfile::write(&format!("/proc/{pid}/setgroups\0"), "deny")
}

/// Maps the ids of the user namespace of `pid`.
///
/// # Errors
/// EPERM for ids that are not ours to map.
pub fn map(pid: Pid, ids: Ids, ranges: &[IdRange]) -> Result<(), Errno> {
    let file = match ids {
        Ids::Users => "uid_map",
        Ids::Groups => "gid_map",
    };
    let mut lines = String::new();
    for IdRange { inside, outside, count } in ranges {
        // A string takes everything.
        let _ = writeln!(lines, "{inside} {outside} {count}");
    }
    procfile::write(&format!("/proc/{pid}/{file}\0"), &lines)
}

/// Takes the ids 0, and leaves the groups of outside where that is allowed.
///
/// # Errors
/// EINVAL when they are not mapped.
pub fn become_root() -> Result<(), Errno> {
    match sys::leave_groups() {
        Err(Errno::EPERM) => info!("setgroups is denied here: the groups of outside stay"),
        left => left?,
    }
    sys::set_group(0)?;
    sys::set_user(0)
}

/// Has newuidmap(1) or newgidmap(1) map them: set-user-ID programs that know which
/// ranges are ours.
///
/// # Errors
/// ENOENT when it is not installed; EPERM and what it said when it refuses.
pub fn have_mapped(
    run: &Run,
    pid: Pid,
    ids: Ids,
    ranges: &[IdRange],
) -> Result<(), (Errno, Option<String>)> {
    let program = match ids {
        Ids::Users => "newuidmap",
        Ids::Groups => "newgidmap",
    };
    let mut words = vec![program.to_owned(), pid.to_string()];
    let numbers = ranges.iter().flat_map(|range| [range.inside, range.outside, range.count]);
    words.extend(numbers.map(|number| number.to_string()));
    let silent = |errno| (errno, None);
    let [ours, theirs] = sys::socket_pair().map_err(silent)?;
    let plan = helper(Strings::leak(&words), theirs, &run.facts, run.config.path);
    let started = spawn(&plan, run.env);
    sys::close(theirs);
    let mut buffer = [0; SAID_MAX];
    let said = started.map(|pid| (sys::read_all(ours, &mut buffer), sys::reap(pid)));
    sys::close(ours);
    match said.map_err(|failure| silent(failure.errno()))? {
        (_, Some(Ended::Exited(0))) => Ok(()),
        (said, _) => {
            let text = String::from_utf8_lossy(said.trim_ascii()).replace('\n', "; ");
            Err((Errno::EPERM, Some(text).filter(|text| !text.is_empty())))
        }
    }
}
