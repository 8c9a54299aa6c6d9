//! What the options about new namespaces set: which there are, and what they start with.

use super::Given;
use crate::config::sandbox::{Map, Sandbox, values};
use crate::config::spec::{Existing, IdMap, Initial, Namespace};
use crate::config::values::path;
use crate::namespaces::Namespace as Kind;

/// Sets one of them.
pub fn set(sandbox: &mut Sandbox, option: Namespace) -> Option<()> {
    let kind = match option {
        Namespace::Pid => Kind::Pid,
        Namespace::Mount => Kind::Mount,
        Namespace::Uts => Kind::Uts,
        Namespace::Ipc => Kind::Ipc,
        Namespace::Net => Kind::Net,
        Namespace::User => Kind::User,
        Namespace::Cgroup => Kind::Cgroup,
        Namespace::Time => Kind::Time,
        Namespace::All => {
            sandbox.unshare_all = true;
            return Some(());
        }
        Namespace::ShareNet => {
            sandbox.share_net = true;
            return Some(());
        }
        // As it always is.
        Namespace::Fork | Namespace::KillChild => return Some(()),
    };
    sandbox.namespaces = sandbox.namespaces.with(kind);
    Some(())
}

/// Sets one of those about existing namespaces and cgroups.
pub fn set_existing(sandbox: &mut Sandbox, option: Existing, given: Given) -> Option<()> {
    let value = given.value()?;
    match option {
        Existing::Join => sandbox.joins.push(values::join(value)?),
        Existing::JoinCgroup => sandbox.join_cgroups.push(path(value)?),
        Existing::Persist => {
            let persist = values::persist(value)?;
            sandbox.namespaces = sandbox.namespaces.with(persist.namespace);
            sandbox.persists.push(persist);
        }
    }
    Some(())
}

/// Sets one of those about ids.
pub fn set_ids(sandbox: &mut Sandbox, option: IdMap, given: Given) -> Option<()> {
    let range = || values::range(given.value()?);
    sandbox.map = Some(match option {
        IdMap::CurrentUser => Map::CurrentUser,
        IdMap::Root => Map::Root,
        IdMap::Auto => Map::Auto,
        IdMap::Subids => Map::Subids,
        IdMap::Users => {
            sandbox.users.push(range()?);
            Map::Ranges
        }
        IdMap::Groups => {
            sandbox.groups.push(range()?);
            Map::Ranges
        }
        IdMap::Setgroups => {
            sandbox.setgroups = Some(match given.value()? {
                b"allow" => true,
                b"deny" => false,
                _ => return None,
            });
            return Some(());
        }
    });
    Some(())
}

/// Sets one of those about host names and clocks.
pub fn set_initial(sandbox: &mut Sandbox, option: Initial, given: Given) -> Option<()> {
    let value = given.value()?;
    match option {
        Initial::Hostname => sandbox.hostname = Some(values::name(value)?),
        Initial::Domainname => sandbox.domainname = Some(values::name(value)?),
        Initial::Monotonic => sandbox.monotonic = Some(values::seconds(value)?),
        Initial::Boottime => sandbox.boottime = Some(values::seconds(value)?),
    }
    Some(())
}
