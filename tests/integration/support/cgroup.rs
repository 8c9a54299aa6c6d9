//! A cgroup of a test's own.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// A cgroup below one that is there; its directory goes with it.
pub struct Cgroup(pub PathBuf);

impl Cgroup {
    pub fn new(base: &str) -> Cgroup {
        let path = Path::new(base).join(marker());
        fs::create_dir(&path).unwrap();
        Cgroup(path)
    }

    /// In whichever hierarchy there is.
    pub fn any() -> Cgroup {
        let base = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
        let base = base.into_iter().find(|base| Path::new(base).join("cgroup.procs").exists());
        Cgroup::new(base.unwrap())
    }

    /// The same, as a word of a command line.
    pub fn word(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        holds_within(DEADLINE, || fs::remove_dir(&self.0).is_ok());
    }
}
