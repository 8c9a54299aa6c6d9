//! What is worth a word before a sandbox is made. In: what was asked for, found and planned. Out:
//! lines of the log.

use log::{info, warn};

use super::credentials;
use crate::config::sandbox::{Propagation, Sandbox};
use crate::namespaces::Namespace;
use crate::plan::outer::Step;
use crate::plan::{Credentials, SandboxPlan, Topology, app};

/// Says it.
pub fn log(sandbox: &Sandbox, found: &Credentials, plan: &SandboxPlan) {
    if plan.topology == Topology::Pid1 && sandbox.proc.is_none() && sandbox.root.is_none() {
        info!("--pid without --mount-proc: /proc shows the processes of outside");
    }
    if sandbox.propagation == Some(Propagation::Unchanged) {
        warn!("--propagation unchanged: what is mounted inside may appear outside");
    }
    if plan
        .app
        .steps
        .iter()
        .any(|step| matches!(step, app::Step::User { .. } | app::Step::Group(_)))
        && !plan.app.steps.iter().any(|step| matches!(step, app::Step::Groups(_)))
    {
        info!("setgroups is denied here: the groups of outside stay");
    }
    let guards = |step| matches!(step, app::Step::GuardTerminal);
    if found.has_terminal && !sandbox.allow_tiocsti && !plan.app.steps.iter().any(guards) {
        info!("no guard of the terminal: it needs CAP_SYS_ADMIN, --user or --no-new-privs");
    }
    let maps_root = |step: &Step| match step {
        Step::MapIds(_, ranges) => ranges.iter().any(|range| range.outside == 0),
        Step::Print(_)
        | Step::DenySetgroups
        | Step::HaveIdsMapped(..)
        | Step::MoveToCgroup(_)
        | Step::Persist(_) => false,
    };
    if found.user == 0
        && plan.namespaces.contains(Namespace::User)
        && plan.outer.iter().any(maps_root)
        && credentials::are_global()
    {
        warn!("--user as root: the command owns the files of root (--map-users maps others)");
    }
}
