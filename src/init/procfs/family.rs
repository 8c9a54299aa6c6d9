//! Which processes descend from init.
//!
//! In: the processes of one look. Out: those of them that descend from init. Each process's
//! line is read twice at most, however deep the tree is: what was found out about ancestors is
//! kept until the look is over. It is not kept longer, because numbers are used again.

use nix::errno::Errno;
use nix::unistd::{Pid, getpid};

use super::{Extent, Held, Reach, Wanted, each, find, read_again};
use crate::init::pids::Pids;

/// Ancestors are followed no further than this: reused numbers can make a loop.
const DEPTH_MAX: usize = 1 << 16;
/// Retries when a parent ends while a process's ancestors are looked up.
const ORPHANED_MAX: usize = 16;
/// The number of ancestors in a row of which the answer is kept.
const PATH_MAX: usize = 64;

/// Processes that descend from init, as far as this look has found out.
static DESCENDANTS: Pids = Pids::new();
/// Processes that do not.
static OTHERS: Pids = Pids::new();

/// Calls `visit` with each wanted process that descends from init.
///
/// # Errors
/// As [`each`].
pub fn each_descendant(
    reach: Reach,
    wanted: Wanted<'_>,
    visit: &mut dyn FnMut(&Held),
) -> Result<Extent, Errno> {
    let own = getpid();
    DESCENDANTS.clear();
    OTHERS.clear();
    each(reach, wanted, &mut |held| {
        if descends(held, own) {
            visit(held);
        }
    })
}

fn descends(held: &Held, own: Pid) -> bool {
    let mut parent = held.process.parent;
    for _ in 0..ORPHANED_MAX {
        if let Some(answer) = leads_to(own, parent) {
            keep(held.process.pid, answer);
            return answer;
        }
        // A parent has ended, and its children have got another one.
        match read_again(held) {
            Ok(process) => parent = process.parent,
            Err(_) => return false,
        }
    }
    false
}

/// Is `own` this process or an ancestor of it? `None`: an ancestor has just ended.
fn leads_to(own: Pid, process: Pid) -> Option<bool> {
    let mut path = [None; PATH_MAX];
    let mut at = process;
    let answer = (0..DEPTH_MAX).find_map(|n| {
        let answer = known(own, at);
        if answer.is_none() {
            if let Some(place) = path.get_mut(n % PATH_MAX) {
                *place = Some(at);
            }
            match find(at) {
                Some(process) => at = process.parent,
                None => return Some(None),
            }
        }
        answer.map(Some)
    });
    let answer = answer.unwrap_or(Some(false))?;
    for pid in path.into_iter().flatten() {
        keep(pid, answer);
    }
    Some(answer)
}

fn known(own: Pid, pid: Pid) -> Option<bool> {
    match pid.as_raw() {
        _ if pid == own || DESCENDANTS.contains(pid) => Some(true),
        0 | 1 => Some(false),
        _ => OTHERS.contains(pid).then_some(false),
    }
}

fn keep(pid: Pid, descends: bool) {
    let set = if descends { &DESCENDANTS } else { &OTHERS };
    set.insert(pid);
}
