//! What becomes of the app's file system. In: what was asked for. Out: ordered steps, between
//! the namespaces and the end of the set-up of outer's child. Pure.

use super::{Credentials, Description, Refusal};
use crate::config::sandbox::{Layers, Mount, Propagation, Sandbox};
use crate::diagnosis::Attempt;

/// A step of outer's child about mounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Have no umask: what is made for mounts has the mode that is asked for.
    ClearUmask,
    /// Open the source of a bind.
    OpenSource {
        /// Its path outside.
        path: &'static [u8],
        /// It may be missing.
        optional: bool,
    },
    /// Make the current directory a mount point with a copy of its mounts.
    TakeRoot {
        /// All of the copy is read-only.
        read_only: bool,
    },
    /// Make the current directory a mount point with an overlay that keeps nothing.
    TakeEphemeral,
    /// Make the current directory a mount point with an overlay.
    TakeLayers {
        /// The layers that are read, the topmost first.
        lowers: &'static [&'static [u8]],
        /// The layer that is written.
        upper: &'static [u8],
    },
    /// Remember with which mounts outside the mount of the current directory shares what is
    /// mounted in it.
    NotePeers,
    /// Let a mount on this place stay inside: the mount that holds the place becomes a slave, and
    /// the new root, where it is to share again, private.
    MakePrivate(&'static [u8]),
    /// Mount a new `/proc` here.
    MountProc(&'static [u8]),
    /// Mount a new `/sys` here.
    MountSys(&'static [u8]),
    /// Make a new `/dev`.
    MountDev {
        /// Its path.
        directory: &'static [u8],
        /// With the message queues of the new IPC namespace.
        queues: bool,
    },
    /// Bind the next open source.
    Bind {
        /// Its path inside.
        target: &'static [u8],
        /// It can only be read there.
        read_only: bool,
    },
    /// Mount an empty tmpfs.
    Tmpfs {
        /// Its path.
        target: &'static [u8],
        /// Its size, as tmpfs(5) has it.
        size: Option<&'static [u8]>,
    },
    /// Cover what user 0 of the machine could change through `/proc` and `/sys`.
    Mask,
    /// Make the new root `/`, and let go of the old one.
    EnterRoot,
    /// Move the new root to `/`, over the old one.
    MoveRoot,
    /// Share again with the mounts that were noted.
    RejoinPeers,
    /// Have the umask that init was started with.
    RestoreUmask,
}

impl Step {
    /// What a message says of the step, and what it is to the search for a cause.
    pub fn describe(self) -> Description {
        let (operation, object, cause): (_, &[u8], _) = match self {
            Step::ClearUmask | Step::RestoreUmask => ("set the umask", b"", None),
            Step::OpenSource { path, .. } => ("open for a bind", path, Some(Attempt::OpenSource)),
            Step::TakeRoot { .. } => ("copy the mounts of", b"the new root", Some(Attempt::Mount)),
            Step::TakeEphemeral => ("lay an overlay over", b"the new root", Some(Attempt::Overlay)),
            Step::TakeLayers { upper, .. } => {
                ("lay an overlay with", upper, Some(Attempt::Overlay))
            }
            Step::MakePrivate(place) => {
                ("keep inside what is mounted on", place, Some(Attempt::MakePrivate))
            }
            Step::MountProc(directory) => ("mount proc on", directory, Some(Attempt::MountProc)),
            Step::MountSys(directory) => ("mount sysfs on", directory, Some(Attempt::MountSys)),
            Step::MountDev { directory, .. } => {
                ("make devices in", directory, Some(Attempt::Mount))
            }
            Step::Bind { target, .. } => ("bind on", target, Some(Attempt::Mount)),
            Step::Tmpfs { target, .. } => ("mount tmpfs on", target, Some(Attempt::Mount)),
            Step::Mask => ("mask", b"/proc", Some(Attempt::Mount)),
            Step::EnterRoot => ("pivot_root", b"", Some(Attempt::PivotRoot)),
            Step::MoveRoot => ("move the root", b"", Some(Attempt::Mount)),
            Step::NotePeers => ("look at the mount of", b"the new root", Some(Attempt::Mount)),
            Step::RejoinPeers => ("share mounts with outside", b"", Some(Attempt::RejoinPeers)),
        };
        Description { operation, object, cause }
    }
}

/// What the steps depend on beside the options.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// There is a new IPC namespace.
    pub queues: bool,
    /// A user of the sandbox is user 0 of outside.
    pub owns_machine: bool,
}

/// The mounts of the sandbox, and where each goes. Those of init come first: they are made
/// before the old root goes, because a user namespace gets EPERM afterwards. None of them
/// covers another: the place that is less deep comes first.
fn mounts(sandbox: &Sandbox, queues: bool) -> impl Iterator<Item = (&'static [u8], Step)> {
    let depth =
        |path: &[u8]| path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).count();
    let mut own = [
        sandbox.proc.map(|directory| (directory, Step::MountProc(directory))),
        sandbox.sys.map(|directory| (directory, Step::MountSys(directory))),
        sandbox.dev.map(|directory| (directory, Step::MountDev { directory, queues })),
    ];
    own.sort_by_key(|mount| mount.map_or(0, |(directory, _)| depth(directory)));
    let listed = sandbox.mounts.iter().map(|mount| match *mount {
        Mount::Bind { target, read_only, .. } => (target, Step::Bind { target, read_only }),
        Mount::Tmpfs { target, size } => (target, Step::Tmpfs { target, size }),
    });
    own.into_iter().flatten().chain(listed)
}

/// What comes before the new root where the mounts of outside are shared: they are not to have
/// it on them.
fn before_root(sandbox: &Sandbox) -> impl Iterator<Item = Step> {
    let old = sandbox.no_pivot.then_some(Step::MakePrivate(b"/"));
    [stays_peer(sandbox).then_some(Step::NotePeers), Some(Step::MakePrivate(b".")), old]
        .into_iter()
        .flatten()
}

/// An overlay is a mount of init's own, which shares with nobody.
fn stays_peer(sandbox: &Sandbox) -> bool {
    sandbox.layers.is_none()
}

fn take_root(sandbox: &Sandbox, found: &Credentials) -> Result<Step, Refusal> {
    Ok(match sandbox.layers {
        None => Step::TakeRoot { read_only: sandbox.read_only },
        Some(Layers::Ephemeral) => Step::TakeEphemeral,
        Some(Layers::Kept { lowers, upper }) => {
            let lowers: Result<Vec<_>, _> =
                lowers.iter().map(|path| found.absolute(path)).collect();
            Step::TakeLayers { lowers: lowers?.leak(), upper: found.absolute(upper)? }
        }
    })
}

/// The steps, first to last.
///
/// # Errors
/// A path that leads nowhere.
pub fn steps(
    sandbox: &Sandbox,
    found: &Credentials,
    known: Circumstances,
) -> Result<Vec<Step>, Refusal> {
    let root = sandbox.root.is_some();
    let mut steps = Vec::new();
    // Before the first mount: the caller's view.
    for mount in &sandbox.mounts {
        if let Mount::Bind { source, optional, .. } = *mount {
            // outer has moved to the root.
            let path = if root { found.absolute(source)? } else { source };
            steps.push(Step::OpenSource { path, optional });
        }
    }
    let leaks = sandbox.propagation == Some(Propagation::Unchanged);
    if root && leaks {
        steps.extend(before_root(sandbox));
    }
    steps.extend(root.then(|| take_root(sandbox, found)).transpose()?);
    // pivot_root(2) takes no root that is shared.
    steps.extend((root && leaks).then_some(Step::MakePrivate(b"/")));
    for (target, step) in mounts(sandbox, known.queues) {
        // What is mounted on a shared mount appears outside. No other propagation leaves
        // mounts shared with outside.
        steps.extend(leaks.then_some(Step::MakePrivate(target)));
        steps.push(step);
    }
    let masked = root && !sandbox.no_mask && (sandbox.proc.is_some() || sandbox.sys.is_some());
    steps.extend((masked && known.owns_machine).then_some(Step::Mask));
    let enter = if sandbox.no_pivot { Step::MoveRoot } else { Step::EnterRoot };
    steps.extend(root.then_some(enter));
    // When the old root is gone: what is unmounted with it stays outside.
    steps.extend((root && leaks && stays_peer(sandbox)).then_some(Step::RejoinPeers));
    if !steps.is_empty() {
        steps.insert(0, Step::ClearUmask);
        steps.push(Step::RestoreUmask);
    }
    Ok(steps)
}
