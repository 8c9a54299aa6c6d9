//! A root file system for sandboxes: busybox and the probe, in a directory of the test's own.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use super::*;

/// An unpacked root file system. Everybody may write to its top directory, so that an
/// ordinary user's init can make what is missing.
pub struct Rootfs {
    scratch: Scratch,
}

/// The applets that tests use.
const APPLETS: &str = "awk cat chmod chroot cp cut dd echo env false find grep head hostname httpd id kill \
                       ln ls mkdir mount mv nsenter ps pwd readlink rm sed seq setsid sh sleep sort \
                       stat stty tail test timeout touch tr true tty umount uname unshare wc wget";

impl Rootfs {
    /// `None`, with a word about it, when busybox is not installed.
    pub fn new(test: &str) -> Option<Rootfs> {
        if !installed("busybox") {
            skip(test, "needs busybox-static");
            return None;
        }
        let rootfs = Rootfs { scratch: Scratch::new() };
        let root = rootfs.path();
        fs::create_dir_all(root.join("bin")).unwrap();
        copy_program(&which("busybox"), &root.join("bin/busybox"));
        copy_program(&probe_path(), &root.join("bin/probe"));
        for applet in APPLETS.split_whitespace() {
            symlink("busybox", root.join("bin").join(applet)).unwrap();
        }
        fs::set_permissions(&root, PermissionsExt::from_mode(0o777)).unwrap();
        Some(rootfs)
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.scratch.path("root")
    }

    /// The same, as a word of a command line.
    pub fn word(&self) -> String {
        self.path().to_str().unwrap().to_owned()
    }

    /// A place beside it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    /// What a shell prints in this root, run as this user with these options.
    #[track_caller]
    pub fn says(&self, user: User, options: &[&str], script: &str) -> String {
        let root = self.word();
        let words = [&["--root", &root][..], options, &["--", "/bin/sh", "-c", script]].concat();
        let done = user.run(init(words).env("PATH", "/bin")).unwrap().run();
        done.expect(0).silent().stdout.trim().to_owned()
    }

    /// init with this root and these words, as this user.
    pub fn start(&self, user: User, words: &[&str]) -> Start {
        let root = self.word();
        user.run(init([&["--root", &root][..], words].concat()).env("PATH", "/bin")).unwrap()
    }
}
