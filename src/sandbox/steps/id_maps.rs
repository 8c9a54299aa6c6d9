//! The user namespace: its ids (user_namespaces(7)). outer writes the maps, the child takes
//! the ids.

use std::borrow::Cow;
use std::ffi::CString;
use std::fmt::Write;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

use log::info;
use nix::errno::Errno;
use nix::unistd::Pid;

use super::SetUp;
use crate::config::sandbox::IdRange;
use crate::exit::Ended;
use crate::files;
use crate::init::procfs::has_our_numbers;
use crate::plan::app::helper;
use crate::plan::outer::Ids;
use crate::sandbox::Decided;
use crate::sandbox::patience::{self, HURRY};
use crate::signals::Signal;
use crate::spawn::spawn;
use crate::sys::{self, Strings};

/// How many bytes of a program's words are quoted at most.
const SAID_MAX: usize = 512;

/// How long a program may take that maps ids: it looks at files which may hang.
const PATIENCE: Duration = Duration::from_secs(10);

/// Forbids setgroups(2) in the user namespace of `pid`.
///
/// # Errors
/// EPERM once its groups are mapped.
pub fn deny_setgroups(pid: Pid) -> Result<(), Errno> {
    write(pid, "setgroups", "deny")
}

/// Maps the ids of the user namespace of `pid`.
///
/// # Errors
/// EPERM for ids that are not ours to map.
pub fn map(pid: Pid, ids: Ids, ranges: &[IdRange]) -> Result<(), Errno> {
    write(pid, file(ids), &lines(ranges))
}

/// The file of a process with the map of these ids.
pub fn file(ids: Ids) -> &'static str {
    match ids {
        Ids::Users => "uid_map",
        Ids::Groups => "gid_map",
    }
}

/// The lines of such a file.
pub fn lines(ranges: &[IdRange]) -> String {
    let mut lines = String::new();
    for IdRange { inside, outside, count } in ranges {
        // A string takes everything.
        let _ = writeln!(lines, "{inside} {outside} {count}");
    }
    lines
}

/// Writes a file of the process with one write(2), as user_namespaces(7) wants it.
fn write(pid: Pid, file: &str, text: &str) -> Result<(), Errno> {
    has_our_numbers()?;
    let path = CString::new(format!("/proc/{pid}/{file}")).map_err(|_| Errno::EINVAL)?;
    files::write_once(&path, text.as_bytes())
}

/// Takes the ids 0, and drops the supplementary groups of outside where that is allowed.
///
/// # Errors
/// EINVAL when an id 0 is not mapped.
pub fn become_root(state: &mut SetUp) -> Result<(), Errno> {
    state.files_are_roots = true;
    sys::set_group(0)?;
    match sys::set_groups(&[]) {
        Err(Errno::EPERM) => info!("setgroups is denied here: the groups of outside stay"),
        left => left?,
    }
    sys::set_user(0)
}

/// The same in a user namespace that somebody else has made, which may have no such ids.
///
/// # Errors
/// None, unless a filter refuses it.
pub fn become_root_if_mapped(state: &mut SetUp) -> Result<(), Errno> {
    match become_root(state) {
        Err(Errno::EINVAL) => Ok(()),
        done => done,
    }
}

/// Has newuidmap(1) or newgidmap(1) write the map: set-user-ID programs that know which
/// ranges are ours.
///
/// # Errors
/// ENOENT when the program is not installed; EPERM, with the program's words, when it
/// refuses; ETIMEDOUT when it hangs.
pub(in crate::sandbox) fn have_mapped(
    decided: &Decided<'_>,
    pid: Pid,
    ids: Ids,
    ranges: &[IdRange],
) -> Result<(), (Errno, Option<Cow<'static, str>>)> {
    let program = match ids {
        Ids::Users => "newuidmap",
        Ids::Groups => "newgidmap",
    };
    let mut words = vec![program.to_owned(), pid.to_string()];
    let numbers = ranges.iter().flat_map(|range| [range.inside, range.outside, range.count]);
    words.extend(numbers.map(|number| number.to_string()));
    let silent = |errno| (errno, None);
    has_our_numbers().map_err(silent)?;
    let [ours, theirs] = sys::socket_pair().map_err(silent)?;
    let Decided { facts, plan, .. } = *decided;
    let (words, stderr) = (Strings::leak(&words), theirs.as_raw_fd());
    let helper = helper(words, stderr, PATIENCE, facts, plan.app.environment);
    let started = spawn(&helper, facts.own);
    drop(theirs);
    let pid = started.map_err(|failure| silent(failure.errno()))?;
    let ended = patience::wait(pid, PATIENCE).map_err(silent)?;
    if ended.is_none() {
        let _ = sys::kill(Pid::from_raw(-pid.as_raw()), Signal::KILL);
        let _ = patience::wait(pid, HURRY);
    }
    let mut buffer = [0; SAID_MAX];
    let said = said(ours.as_fd(), &mut buffer);
    match ended {
        Some(Ended::Exited(0)) => Ok(()),
        Some(_) => Err((Errno::EPERM, said)),
        None => Err((Errno::ETIMEDOUT, said.or(Some("it did not end, and was killed".into())))),
    }
}

/// What the program has said. Not up to the end of it: its children may live on.
fn said(from: BorrowedFd<'_>, buffer: &mut [u8]) -> Option<Cow<'static, str>> {
    let count = sys::receive(from, buffer).ok()?;
    let said = String::from_utf8_lossy(buffer.get(..count)?.trim_ascii()).replace('\n', "; ");
    Some(said).filter(|said| !said.is_empty()).map(Cow::Owned)
}
