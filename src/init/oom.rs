//! How often the kernel killed for memory in our cgroup: the `oom_kill` counter of
//! `memory.events` (v2) or `memory.oom_control` (v1, Linux 4.13).

use nix::fcntl::AT_FDCWD;

use super::guard::CGROUP;
use crate::files;
use crate::text::Fixed;

const PATH_MAX: usize = 512;
const READ_MAX: usize = 2048;

/// The file of the counter, and its value at the start.
pub struct Counter {
    path: Fixed<PATH_MAX>,
    before: u64,
}

impl Counter {
    /// Finds the counter and notes its value. A container sees its own cgroup as the root of
    /// the mount; a process of the host finds its cgroup by the path in `/proc/self/cgroup`.
    pub fn find() -> Option<Counter> {
        let mut buffer = [0; READ_MAX];
        let cgroups = files::read(AT_FDCWD, c"/proc/self/cgroup", &mut buffer).unwrap_or_default();
        let v2 = own_path(cgroups, b"").unwrap_or_default();
        let v1 = own_path(cgroups, b"memory").unwrap_or_default();
        [
            ["/sys/fs/cgroup", v2, "/memory.events"],
            ["/sys/fs/cgroup/unified", v2, "/memory.events"],
            ["/sys/fs/cgroup", "", "/memory.events"],
            ["/sys/fs/cgroup/memory", v1, "/memory.oom_control"],
            ["/sys/fs/cgroup/memory", "", "/memory.oom_control"],
        ]
        .into_iter()
        .find_map(|parts| {
            let mut counter = Counter { path: join(parts), before: 0 };
            counter.before = counter.read()?;
            Some(counter)
        })
    }

    /// The number of kills since then; `None` when the counter cannot be read any more.
    pub fn since(&self) -> Option<u64> {
        let attempt = || {
            let _ = self.read();
        };
        let answers = CGROUP.answers(&attempt);
        answers.then(|| self.read()).flatten().map(|kills| kills.saturating_sub(self.before))
    }

    fn read(&self) -> Option<u64> {
        let mut path = self.path;
        let mut buffer = [0; READ_MAX];
        value(files::read(AT_FDCWD, path.as_c_str()?, &mut buffer).ok()?)
    }
}

fn join(parts: [&str; 3]) -> Fixed<PATH_MAX> {
    let mut path = Fixed::new();
    parts.iter().for_each(|part| path.push(part.as_bytes()));
    path
}

/// The path in a line `ID:CONTROLLERS:PATH` of `/proc/self/cgroup` (cgroups(7)) that
/// names `controller`; an empty one is v2's.
pub fn own_path<'a>(cgroups: &'a [u8], controller: &[u8]) -> Option<&'a str> {
    let text = std::str::from_utf8(cgroups).ok()?;
    let path = text.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        controllers.split(',').any(|c| c.as_bytes() == controller).then_some(path)
    })?;
    Some(path.trim_end_matches('/'))
}

/// The number in the line `oom_kill N`.
pub fn value(file: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(file).ok()?;
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_versions() {
        assert_eq!(value(b"low 0\nmax 4\noom 2\noom_kill 3\noom_group_kill 0\n"), Some(3));
        assert_eq!(value(b"oom_kill_disable 0\nunder_oom 0\noom_kill 7\n"), Some(7));
        assert_eq!(value(b"oom_kill_disable 0\n"), None);
        let both = b"4:cpu,memory:/a/b\n1:name=systemd:/c\n0::/d\n";
        assert_eq!(own_path(both, b"memory"), Some("/a/b"));
        assert_eq!(own_path(both, b""), Some("/d"));
        assert_eq!(own_path(b"0::/\n", b""), Some(""));
        assert_eq!(own_path(b"0::/\n", b"memory"), None);
    }

    #[test]
    fn long_paths_are_no_paths() {
        let long = "x".repeat(PATH_MAX);
        assert!(join(["", &long, ""]).as_c_str().is_none());
        assert!(join(["", &long[1..], ""]).as_c_str().is_some());
    }
}
