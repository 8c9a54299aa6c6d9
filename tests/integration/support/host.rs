//! A place where leaked mounts are seen: a mount namespace with shared mounts.

use std::os::fd::AsRawFd;

use super::*;

/// A mount namespace of the test's own with shared mounts: a mount that leaked out of a
/// sandbox would be seen in it, and no other program mounts there.
pub struct Host(Option<Running>);

impl Host {
    pub fn new() -> Host {
        if !root() {
            return Host(None);
        }
        let words = ["--mount", "--propagation", "private", "sh", "-c"];
        let script = "mount --make-rshared / && echo ready && exec sleep 100000";
        let mut run = Start::new("unshare", words.iter().chain(&[script])).start();
        run.expect("ready");
        Host(Some(run))
    }

    /// Its mounts, as mountinfo of proc_pid_mountinfo(5) has them.
    pub fn mounts(&mut self) -> String {
        let Some(run) = &mut self.0 else { return String::new() };
        std::fs::read_to_string(format!("/proc/{}/mountinfo", run.pid())).unwrap()
    }

    /// Asserts that no mount is new. Mounts may be missing: another program that removes a
    /// directory removes the mount on it.
    #[track_caller]
    pub fn has_only(&mut self, before: &str) {
        let mounts = self.mounts();
        let new: Vec<&str> = mounts.lines().filter(|line| !before.contains(line)).collect();
        assert!(new.is_empty(), "{new:#?}");
    }

    /// Runs the program in the namespace, as this user.
    pub fn start(&mut self, user: User, start: Start) -> Start {
        let Some(run) = &mut self.0 else { return user.run(start).unwrap() };
        let namespace = std::fs::File::open(format!("/proc/{}/ns/mnt", run.pid())).unwrap();
        let start = start.before_exec(move || unsafe {
            assert_eq!(libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNS), 0);
        });
        user.run(start).unwrap()
    }
}
