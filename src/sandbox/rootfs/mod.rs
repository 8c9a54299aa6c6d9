//! What the app sees as its file system, in the new mount namespace: one module for each
//! part.
//!
//! In: the steps of `plan::mounts`. Out: mounts, or the kernel's error. Paths of the command
//! line are resolved once, to a descriptor (`target`), and mounts are attached to that.

mod bind;
mod dev;
mod fresh;
mod mask;
mod overlay;
pub mod peers;
mod proc;
pub mod read_only;
mod root;
mod sysfs;
mod target;
mod tmpfs;

use nix::errno::Errno;
use nix::unistd::chdir;

use crate::diagnosis::Attempt;
use crate::plan::mounts::Step;
use crate::sandbox::steps::SetUp;
use crate::sys;
pub use bind::Source;
pub use root::NewRoot;

/// What can be tried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Nothing.
    Enter,
    /// A new root.
    Root,
    /// The same, read-only.
    ReadOnly,
    /// The same, without pivot_root(2).
    NoPivot,
    /// An overlay.
    Ephemeral,
    /// A new `/proc`.
    MountProc,
    /// A new `/sys`.
    MountSys,
    /// A new `/dev`.
    MountDev,
    /// A bind.
    Bind,
    /// A tmpfs.
    Tmpfs,
}

/// Tries something out in a mount namespace that is of no other use; what was tried last.
pub fn try_out(wanted: Use) -> (Attempt, Result<(), Errno>) {
    let state = &mut SetUp::default();
    match wanted {
        Use::Enter => (Attempt::Mount, Ok(())),
        Use::Root | Use::ReadOnly | Use::NoPivot => {
            let taken = chdir(c"/").and_then(|()| root::take(wanted == Use::ReadOnly, state));
            match taken {
                Err(errno) => (Attempt::Mount, Err(errno)),
                Ok(()) if wanted == Use::NoPivot => (Attempt::Mount, root::move_to(state)),
                Ok(()) => (Attempt::PivotRoot, root::enter(state)),
            }
        }
        Use::Ephemeral => (Attempt::Overlay, overlay::try_out()),
        Use::MountProc => (Attempt::MountProc, proc::set_up(b"/proc", state)),
        Use::MountSys => (Attempt::MountSys, sysfs::set_up(b"/sys", state)),
        Use::Bind => {
            let bound = bind::open_source(b"/", false, state)
                .and_then(|()| bind::set_up(b"/proc", true, state));
            (Attempt::Mount, bound)
        }
        Use::Tmpfs => (Attempt::Mount, tmpfs::set_up(b"/proc", None, state)),
        Use::MountDev => (Attempt::Mount, dev::set_up(b"/dev", false, state)),
    }
}

/// Runs a step.
///
/// # Errors
/// What the kernel says.
pub fn set_up(step: Step, state: &mut SetUp) -> Result<(), Errno> {
    match step {
        Step::ClearUmask => state.umask = Some(sys::set_umask(0)?),
        Step::OpenSource { path, optional } => bind::open_source(path, optional, state)?,
        Step::TakeRoot { read_only } => root::take(read_only, state)?,
        Step::TakeEphemeral => overlay::set_up_ephemeral(state)?,
        Step::TakeLayers { lowers, upper } => overlay::set_up_layers(lowers, upper, state)?,
        Step::NotePeers => peers::note(state)?,
        Step::MakePrivate(place) => peers::make_private(place, state)?,
        Step::MountProc(directory) => proc::set_up(directory, state)?,
        Step::MountSys(directory) => sysfs::set_up(directory, state)?,
        Step::MountDev { directory, queues } => dev::set_up(directory, queues, state)?,
        Step::Bind { target, read_only } => bind::set_up(target, read_only, state)?,
        Step::Tmpfs { target, size } => tmpfs::set_up(target, size, state)?,
        Step::Mask => mask::set_up(state)?,
        Step::MoveRoot => root::move_to(state)?,
        Step::EnterRoot => root::enter(state)?,
        Step::RejoinPeers => peers::rejoin(state)?,
        Step::RestoreUmask => drop(state.umask.take().map(sys::set_umask).transpose()?),
    }
    Ok(())
}
