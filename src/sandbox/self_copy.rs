//! init as a copy of itself in memory.
//!
//! Root in a new root file system could change the file that init runs from through
//! `/proc/PID/exe`: make it set-user-ID, or write other code into it, and whoever starts init
//! next runs that (CVE-2019-5736). So init, as root, runs from a sealed memfd first.
//!
//! In: the facts of the start. Out: the same facts, in a process that runs from the copy.
//! What an exec would lose goes along as the last bytes of the memfd, behind the program.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, SealFlag, fcntl, open};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::prctl;
use nix::sys::sendfile::sendfile;
use nix::sys::stat::{Mode, fstat};
use nix::unistd::{Whence, execve, lseek};

use super::Failed;
use crate::diagnosis::Attempt;
use crate::files;
use crate::messages::Error;
use crate::namespaces::Namespaces;
use crate::plan::{Description, Facts};
use crate::signals::SignalSet;
use crate::sys::{self, Strings};

const COPY: Description =
    Description { operation: "copy init into memory", object: b"", cause: Some(Attempt::CopySelf) };

const SELF: &str = "/proc/self/exe";

/// Set-user-ID bits and other code need a change of the file.
const SEALS: SealFlag = SealFlag::F_SEAL_SEAL
    .union(SealFlag::F_SEAL_SHRINK)
    .union(SealFlag::F_SEAL_GROW)
    .union(SealFlag::F_SEAL_WRITE);

/// The signal mask, whether SIGCHLD was ignored, and the process's name (PR_SET_NAME).
type State = [u8; 8 + 1 + 16];

/// Goes on as a sealed copy, with the same words and environment; returns in the copy, with the facts of the start. Does nothing
/// unless init is root.
///
/// # Errors
/// There is no `/proc`, no memory, or memory may not be run (`vm.memfd_noexec`, AppArmor).
pub fn become_copy(facts: &Facts, args: Strings, env: Strings) -> Result<Facts, Error> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(*facts);
    }
    let own = go_on(facts, args, env).map_err(|errno| {
        let new = Namespaces::NONE;
        Failed::new(COPY, errno).explain(new)
    })?;
    Ok(own)
}

/// Could init go on as a copy?
///
/// # Errors
/// As [`become_copy`].
pub fn can_copy() -> Result<(), Errno> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    let program = open(SELF, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    copy(program.as_fd(), &State::default())?;
    // AppArmor may forbid to run what has no path. The kernel asks it before it sees that this is no
    // program; of four letters, it looks for no module that could run them.
    let none = memory()?;
    files::write_all(none.as_fd(), b"none")?;
    let path = CString::new(files::path_of(none.as_fd())).map_err(|_| Errno::EINVAL)?;
    let Err(errno) = execve::<&CStr, &CStr>(&path, &[&path], &[]);
    if errno == Errno::ENOEXEC { Ok(()) } else { Err(errno) }
}

fn go_on(facts: &Facts, args: Strings, env: Strings) -> Result<Facts, Errno> {
    let program = open(SELF, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    if is_copy(program.as_fd())? {
        return facts_of(program.as_fd(), facts);
    }
    let copy = copy(program.as_fd(), &state_of(facts)?)?;
    // A path, where an empty one beside the descriptor would do: TOMOYO (Debian 11's kernel) looks
    // for /dev/fd then, which a container need not have.
    let path = CString::new(files::path_of(copy.as_fd())).map_err(|_| Errno::EINVAL)?;
    Err(sys::exec(&path, args, env))
}

/// Another answer than EINVAL, which is that of any other file, may be a filter's: to take the
/// copy for the original would lose the signal mask.
fn is_copy(program: BorrowedFd<'_>) -> Result<bool, Errno> {
    match fcntl(program, FcntlArg::F_GET_SEALS).map(SealFlag::from_bits_truncate) {
        Err(Errno::EINVAL) => Ok(false),
        seals => Ok(seals?.contains(SEALS)),
    }
}

/// A sealed memfd with the program and what follows it.
fn copy(program: BorrowedFd<'_>, state: &State) -> Result<OwnedFd, Errno> {
    let copy = memory()?;
    let size = fstat(program)?.st_size;
    let mut left = usize::try_from(size).map_err(|_| Errno::EFBIG)?;
    while left > 0 {
        match sendfile(&copy, program, None, left)? {
            0 => return Err(Errno::EIO),
            copied => left = left.saturating_sub(copied),
        }
    }
    files::write_all(copy.as_fd(), state)?;
    fcntl(&copy, FcntlArg::F_ADD_SEALS(SEALS))?;
    Ok(copy)
}

/// A file in memory that can be run.
fn memory() -> Result<OwnedFd, Errno> {
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    match memfd_create(c"init", flags | MFdFlags::from_bits_retain(MFD_EXEC)) {
        // Linux before 6.3: all of them can be run.
        Err(Errno::EINVAL) => memfd_create(c"init", flags),
        made => made,
    }
}

/// linux/memfd.h.
const MFD_EXEC: u32 = 0x10;

fn state_of(facts: &Facts) -> Result<State, Errno> {
    let mut state = State::default();
    let name = prctl::get_name()?;
    let parts =
        [&facts.mask.0.to_ne_bytes()[..], &[u8::from(facts.child_ignored)], name.to_bytes()];
    for (place, byte) in state.iter_mut().zip(parts.concat()) {
        *place = byte;
    }
    Ok(state)
}

/// The facts of the process that made this copy. An exec has changed its name, too.
fn facts_of(copy: BorrowedFd<'_>, facts: &Facts) -> Result<Facts, Errno> {
    let mut state = State::default();
    let length = i64::try_from(state.len()).map_err(|_| Errno::EINVAL)?;
    lseek(copy, -length, Whence::SeekEnd)?;
    if nix::unistd::read(copy, &mut state)? != state.len() {
        return Err(Errno::EIO);
    }
    let [a, b, c, d, e, f, g, h, ignored, name @ ..] = state;
    let name: Vec<u8> = name.into_iter().take_while(|byte| *byte != 0).collect();
    prctl::set_name(&CString::new(name).map_err(|_| Errno::EINVAL)?)?;
    let mask = SignalSet(u64::from_ne_bytes([a, b, c, d, e, f, g, h]));
    Ok(Facts { mask, child_ignored: ignored != 0, ..*facts })
}
