//! A file system that never answers: FUSE without a server (fuse(4)).

use std::ffi::CString;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::*;

/// The file system of programs that [`Hang::over`] has started. Whoever looks at it waits
/// until the value is dropped, or SIGKILL comes.
pub struct Hang(File);

impl Hang {
    /// `None`, and a line, where there is no such file system.
    pub fn new(test: &str) -> Option<Hang> {
        let device = File::options().read(true).write(true).open("/dev/fuse").ok();
        if device.is_none() || !root() {
            skip(test, "needs root, and /dev/fuse");
            return None;
        }
        device.map(Hang)
    }

    /// Gives the program descriptor 9, with which a shell in a mount namespace of its own can
    /// put the file system over a directory by [`Hang::MOUNT`].
    pub fn lend(&self, start: Start) -> Start {
        let fd = self.0.as_raw_fd();
        start.before_exec(move || unsafe {
            own_mounts();
            assert_eq!(libc::dup2(fd, 9), 9);
        })
    }

    /// The beginning of a command that ends with the directory.
    pub const MOUNT: &str = "mount -i -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0 none";

    /// Runs the program where this directory is of that file system. To be called once.
    pub fn over(&self, directory: &Path, start: Start) -> Start {
        let at = CString::new(directory.as_os_str().as_bytes()).unwrap();
        let fd = self.0.as_raw_fd();
        let options = format!("fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other");
        let options = CString::new(options).unwrap();
        start.before_exec(move || unsafe {
            own_mounts();
            let fuse = c"fuse".as_ptr();
            let options = options.as_ptr().cast();
            assert_eq!(libc::mount(fuse, at.as_ptr(), fuse, 0, options), 0);
        })
    }
}

/// Nothing that this process mounts is seen outside.
unsafe fn own_mounts() {
    let nothing = std::ptr::null();
    let private = libc::MS_REC | libc::MS_PRIVATE;
    unsafe {
        assert_eq!(libc::unshare(libc::CLONE_NEWNS), 0);
        let made = libc::mount(nothing, c"/".as_ptr(), nothing, private, nothing.cast());
        assert_eq!(made, 0);
    }
}
