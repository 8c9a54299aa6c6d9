//! A control group of a test's own (cgroups(7)), by version 1 or 2, whichever has the controller.

use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use super::*;

/// Removed when the value is dropped, with all processes in it.
pub struct Cgroup {
    pub path: PathBuf,
    second: bool,
}

impl Cgroup {
    /// One below another cgroup.
    pub fn new(base: &str) -> Cgroup {
        let path = Path::new(base).join(marker());
        std::fs::create_dir(&path).unwrap();
        let second = path.join("cgroup.type").exists();
        Cgroup { path, second }
    }

    /// One in whichever hierarchy there is.
    pub fn any() -> Cgroup {
        let base = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
        let base = base.into_iter().find(|base| Path::new(base).join("cgroup.procs").exists());
        Cgroup::new(base.unwrap())
    }

    /// Its directory, as a word of a command line.
    pub fn word(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// `None`, and a line, where there is none with the controller.
    pub fn with(test: &str, controller: &str) -> Option<Cgroup> {
        let top = Path::new("/sys/fs/cgroup");
        let first = top.join(controller);
        let second = !first.exists();
        let at = if second { top } else { &first };
        let path = at.join(marker());
        // In version 2 every group can be frozen.
        let enabled = !second || controller == "freezer" || {
            let _ = std::fs::write(top.join("cgroup.subtree_control"), format!("+{controller}"));
            let all = std::fs::read_to_string(top.join("cgroup.subtree_control"));
            all.is_ok_and(|all| all.split_whitespace().any(|one| one == controller))
        };
        if !root() || !enabled || std::fs::create_dir(&path).is_err() {
            skip(test, &format!("needs root, and a cgroup with {controller}"));
            return None;
        }
        Some(Cgroup { path, second })
    }

    fn set(&self, first: &str, second: &str, value: &str) {
        let file = self.path.join(if self.second { second } else { first });
        std::fs::write(&file, value).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    pub fn limit_processes(&self, count: u32) {
        self.set("pids.max", "pids.max", &count.to_string());
    }

    pub fn limit_memory(&self, bytes: u32) {
        self.set("memory.limit_in_bytes", "memory.max", &bytes.to_string());
    }

    pub fn freeze(&self, frozen: bool) {
        let (first, second) = if frozen { ("FROZEN", "1") } else { ("THAWED", "0") };
        self.set("freezer.state", "cgroup.freeze", if self.second { second } else { first });
        let (file, wanted) = match self.second {
            true => ("cgroup.events", if frozen { "frozen 1" } else { "frozen 0" }),
            false => ("freezer.state", first),
        };
        let file = self.path.join(file);
        let text = || std::fs::read_to_string(&file).unwrap();
        until(wanted, || text().contains(wanted));
    }

    /// Moves a process into it.
    pub fn take(&self, pid: i32) {
        std::fs::write(self.path.join("cgroup.procs"), pid.to_string()).unwrap();
    }

    /// Starts the program in it.
    pub fn start(&self, start: Start) -> Start {
        let procs = std::fs::File::options().write(true).open(self.path.join("cgroup.procs"));
        let procs = procs.unwrap();
        start.before_exec(move || unsafe {
            assert_eq!(libc::write(procs.as_raw_fd(), c"0".as_ptr().cast(), 1), 1);
        })
    }

    /// The processes in it.
    pub fn processes(&self) -> Vec<i32> {
        let text = std::fs::read_to_string(self.path.join("cgroup.procs")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        for (file, value) in [("freezer.state", "THAWED"), ("cgroup.freeze", "0")] {
            let file = self.path.join(file);
            if file.exists() {
                let _ = std::fs::write(file, value);
            }
        }
        // A group with a dying process is busy.
        let removed = holds_within(DEADLINE, || {
            for pid in self.processes() {
                unsafe { libc::kill(pid, libc::SIGKILL) };
            }
            std::fs::remove_dir(&self.path).is_ok()
        });
        if !removed {
            show(&format!("{} stays behind\n", self.path.display()));
        }
    }
}
