//! Mounts of new file systems.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::open;
use nix::mount::{MsFlags, mount};
use nix::sys::stat::Mode;

use super::root::{self, DIRECTORY};
use super::target::Target;
use crate::files::path_of;
use crate::sandbox::steps::SetUp;
use crate::sys::{self, MountAttributes};

/// A new file system.
#[derive(Clone, Copy, Debug)]
pub struct FileSystem<'a> {
    /// Its kind, which is also the source that `/proc/mounts` shows.
    pub kind: &'static CStr,
    /// Its options; without a value, flags.
    pub options: &'a [(&'a CStr, &'a CStr)],
    /// The attributes of its mount.
    pub attributes: MountAttributes,
}

impl FileSystem<'_> {
    /// Mounts it on the target; its root.
    ///
    /// # Errors
    /// What the target and the kernel say.
    pub fn mount(&self, target: Target<'_>, state: &SetUp) -> Result<OwnedFd, Errno> {
        self.mount_on(&|| target.open(state))
    }

    /// The same, on what `open` gives. Asks it again where mount(2) has to do: the root of a
    /// mount made that way has to be looked for.
    pub fn mount_on(&self, open: &dyn Fn() -> Result<OwnedFd, Errno>) -> Result<OwnedFd, Errno> {
        self.mount_at(open()?.as_fd(), open)
    }

    /// The same, over the current directory. A mount that is there already is below it. No path
    /// is needed but for mount(2): in a user namespace we may have no way along it.
    pub fn mount_here(&self) -> Result<OwnedFd, Errno> {
        let place = open(c".", DIRECTORY, Mode::empty())?;
        self.mount_at(place.as_fd(), &root::topmost)
    }

    fn mount_at(
        &self,
        place: BorrowedFd<'_>,
        again: &dyn Fn() -> Result<OwnedFd, Errno>,
    ) -> Result<OwnedFd, Errno> {
        match self.attach(place) {
            Err(Errno::ENOSYS | Errno::EPERM) => {
                self.mount_by_path(place)?;
                again()
            }
            attached => attached,
        }
    }

    /// Makes it without mounting it anywhere; its root.
    ///
    /// # Errors
    /// ENOSYS before Linux 5.2.
    pub fn make(&self) -> Result<OwnedFd, Errno> {
        sys::new_file_system(self.kind, self.options, self.attributes)
    }

    fn attach(&self, place: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
        let tree = self.make()?;
        sys::attach_tree(tree.as_fd(), place)?;
        Ok(tree)
    }

    fn mount_by_path(&self, place: BorrowedFd<'_>) -> Result<(), Errno> {
        let mut data = Vec::new();
        for (key, value) in self.options {
            let comma: &[u8] = if data.is_empty() { b"" } else { b"," };
            let equals: &[u8] = if value.is_empty() { b"" } else { b"=" };
            data.extend([comma, key.to_bytes(), equals, value.to_bytes()].concat());
        }
        let data = CString::new(data).map_err(|_| Errno::EINVAL)?;
        let flags = MsFlags::from_bits_truncate(self.attributes.flags());
        let (kind, place) = (Some(self.kind), path_of(place));
        mount(kind, place.as_str(), kind, flags, Some(data.as_c_str()))
    }
}
