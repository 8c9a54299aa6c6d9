//! Files that keep namespaces: a mount of `/proc/PID/ns/TYPE` on the file, outside
//! (namespaces(7)).

use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, unlink};

use crate::config::sandbox::Persist;
use crate::init::procfs::has_our_numbers;
use crate::namespaces::Namespace;

/// What was done, so that it can be undone when no app comes of it.
#[derive(Debug, Default)]
pub struct Kept(Vec<One>);

#[derive(Debug)]
struct One {
    file: &'static [u8],
    made: bool,
    mounted: bool,
}

impl Kept {
    /// Lets the file keep the namespace that `child` is in, or is about to put its children in.
    ///
    /// # Errors
    /// What open(2) and mount(2) list. EINVAL for a mount namespace on a mount that has peers:
    /// its own copy of that mount would hold it.
    pub fn keep(&mut self, Persist { namespace, file }: Persist, child: Pid) -> Result<(), Errno> {
        has_our_numbers()?;
        let made = create(file)?;
        self.0.push(One { file, made, mounted: false });
        let name = match namespace {
            // inner stays in the old one.
            Namespace::Time => "time_for_children",
            other => other.kernel_name(),
        };
        let source = format!("/proc/{child}/ns/{name}");
        let nothing: Option<&[u8]> = None;
        mount(Some(source.as_str()), file, nothing, MsFlags::MS_BIND, nothing)?;
        if let Some(one) = self.0.last_mut() {
            one.mounted = true;
        }
        Ok(())
    }

    /// Leaves things as they were.
    pub fn undo(self) {
        for One { file, made, mounted } in self.0 {
            if mounted {
                let _ = umount2(file, MntFlags::MNT_DETACH);
            }
            if made {
                let _ = unlink(file);
            }
        }
    }
}

/// Makes the file if it is missing. Was it?
fn create(file: &[u8]) -> Result<bool, Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
    match open(file, flags, Mode::from_bits_truncate(0o444)).map(drop::<OwnedFd>) {
        Ok(()) => Ok(true),
        Err(Errno::EEXIST) => Ok(false),
        Err(errno) => Err(errno),
    }
}
