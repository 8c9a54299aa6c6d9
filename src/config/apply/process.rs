//! What the options about the command's process set.

use super::Given;
use crate::capabilities::CapabilitySet;
use crate::config::sandbox::{self, Edit, Limit, Sandbox, edits};
use crate::config::spec::{Privilege, Process, Variable};
use crate::config::values;

/// Sets one of them.
pub fn set(sandbox: &mut Sandbox, option: Process, given: Given) -> Option<()> {
    let value = || given.value();
    match option {
        Process::Chdir | Process::Wd => {
            sandbox.directory = Some(values::path(value()?)?);
        }
        Process::PreserveFds => sandbox.preserve_fds = sandbox::values::count(value()?)?,
        Process::Rlimit => sandbox.limits.push(Limit::parse(value()?)?),
    }
    Some(())
}

/// Sets one of those about the environment.
pub fn set_variable(sandbox: &mut Sandbox, option: Variable, given: Given) -> Option<()> {
    let name = || edits::name(given.value()?);
    sandbox.edits.push(match option {
        Variable::Clear => Edit::Clear,
        Variable::Keep => Edit::Keep(name()?),
        Variable::Unset => Edit::Unset(name()?),
        Variable::Set => {
            let Given::Pair(name, value) = given else { return None };
            Edit::Set(edits::name(name)?, value)
        }
    });
    Some(())
}

/// Sets one of those about privileges.
pub fn set_privilege(sandbox: &mut Sandbox, option: Privilege, given: Given) -> Option<()> {
    let value = || given.value();
    match option {
        Privilege::Setuid => sandbox.ids.user = Some(sandbox::values::id(value()?)?),
        Privilege::Setgid => sandbox.ids.group = Some(sandbox::values::id(value()?)?),
        Privilege::Groups => sandbox.ids.groups = Some(sandbox::values::ids(value()?)?),
        Privilege::NoNewPrivs => sandbox.no_new_privs = true,
        Privilege::Seccomp => sandbox.seccomp.push(values::path(value()?)?),
        Privilege::NoNewUserNs => sandbox.no_new_user_ns = true,
        Privilege::AllowTiocsti => sandbox.allow_tiocsti = true,
        Privilege::CapDrop => {
            sandbox.cap_drop = sandbox.cap_drop.union(CapabilitySet::parse(value()?)?);
        }
        Privilege::CapAdd => {
            sandbox.cap_add = sandbox.cap_add.union(CapabilitySet::parse(value()?)?);
        }
    }
    Some(())
}
