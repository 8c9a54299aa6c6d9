//! What the options about mounts set.

use super::Given;
use crate::config::sandbox::{self, Layers, Propagation, Sandbox};
use crate::config::spec::Mount;
use crate::config::values;

/// Sets one of them.
pub fn set(sandbox: &mut Sandbox, option: Mount, given: Given) -> Option<()> {
    match option {
        Mount::Propagation => {
            sandbox.propagation = Some(match given.value()? {
                b"private" => Propagation::Private,
                b"slave" => Propagation::Slave,
                b"shared" => Propagation::Shared,
                b"unbindable" => Propagation::Unbindable,
                b"unchanged" => Propagation::Unchanged,
                _ => return None,
            });
        }
        Mount::Root => sandbox.root = Some(values::path(given.value()?)?),
        Mount::ReadOnly => sandbox.read_only = true,
        Mount::Proc => {
            let directory = given.value().unwrap_or(b"/proc");
            sandbox.proc = Some(values::path(directory)?);
        }
        Mount::Sys => sandbox.sys = Some(values::path(given.value().unwrap_or(b"/sys"))?),
        Mount::Dev => sandbox.dev = Some(values::path(given.value().unwrap_or(b"/dev"))?),
        Mount::NoMask => sandbox.no_mask = true,
        Mount::Ephemeral => sandbox.layers = Some(Layers::Ephemeral),
        Mount::Overlay => {
            let Given::Pair(lowers, upper) = given else { return None };
            let lowers = sandbox::values::layers(lowers)?;
            sandbox.layers = Some(Layers::Kept { lowers, upper: values::path(upper)? });
        }
        Mount::NoPivot => sandbox.no_pivot = true,
        Mount::Bind => bind(sandbox, given, false, false)?,
        Mount::RoBind => bind(sandbox, given, true, false)?,
        Mount::BindTry => bind(sandbox, given, false, true)?,
        Mount::RoBindTry => bind(sandbox, given, true, true)?,
        Mount::TmpfsSize => sandbox.tmpfs_size = Some(sandbox::values::size(given.value()?)?),
        Mount::Tmpfs => {
            let target = sandbox::values::target(given.value()?)?;
            let size = sandbox.tmpfs_size.take();
            sandbox.mounts.push(sandbox::Mount::Tmpfs { target, size });
        }
    }
    Some(())
}

fn bind(sandbox: &mut Sandbox, given: Given, read_only: bool, optional: bool) -> Option<()> {
    let Given::Pair(source, target) = given else { return None };
    let (source, target) = (values::path(source)?, sandbox::values::target(target)?);
    sandbox.mounts.push(sandbox::Mount::Bind { source, target, read_only, optional });
    Some(())
}
