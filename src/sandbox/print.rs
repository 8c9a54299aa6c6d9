//! What `-vv` prints of a sandbox, in the form that lsns(8) and nsenter(1) take: the inodes of
//! its namespaces and the app's number outside. In: a process. Out: messages. What cannot be
//! read is left out.

use std::fs::{read_link, read_to_string};

use log::{Level, debug, log_enabled};
use nix::unistd::Pid;

use crate::init::procfs::has_our_numbers;
use crate::namespaces::{Namespace, Namespaces};
use crate::plan::inner::Step;
use crate::plan::{SandboxPlan, Topology};

/// The namespaces of outer's child that are new.
pub fn namespaces(child: Pid, new: Namespaces) {
    if log_enabled!(Level::Debug) {
        let all: Vec<String> = new.iter().filter_map(|namespace| inode(child, namespace)).collect();
        debug!("new namespaces: {}", all.join(" "));
    }
}

/// The app, once it runs, and its time namespace, which no process was in before.
pub fn app(child: Pid, plan: &SandboxPlan) {
    if !log_enabled!(Level::Debug) {
        return;
    }
    let Some(app) = find(child, plan.topology) else { return };
    let time = inode(app, Namespace::Time).filter(|_| unshares_time(plan));
    let place = time.map_or(String::new(), |time| format!(", in {time}"));
    debug!("outside, the app is process {app}{place}");
}

fn unshares_time(plan: &SandboxPlan) -> bool {
    plan.inner.contains(&Step::UnshareTime)
}

/// `type:[inode]` (namespaces(7)).
fn inode(pid: Pid, namespace: Namespace) -> Option<String> {
    has_our_numbers().ok()?;
    let link = read_link(format!("/proc/{pid}/ns/{}", namespace.kernel_name())).ok()?;
    Some(link.to_str()?.to_owned())
}

/// The app's number: an inner that has just started it has no other child.
fn find(child: Pid, topology: Topology) -> Option<Pid> {
    match topology {
        Topology::Direct => Some(child),
        Topology::Pid1 | Topology::Subreaper => {
            let children = read_to_string(format!("/proc/{child}/task/{child}/children")).ok()?;
            let number = children.split_whitespace().next()?.parse().ok()?;
            Some(Pid::from_raw(number))
        }
    }
}
