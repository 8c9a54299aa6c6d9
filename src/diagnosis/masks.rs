//! Mounts that hide a part of `/proc` or `/sys`. In: mountinfo. Out: a path. Pure.

/// A line of `/proc/PID/mountinfo` (proc_pid_mountinfo(5)).
struct Mount<'a> {
    point: &'a str,
    fs_type: &'a str,
}

impl Mount<'_> {
    fn list(mountinfo: &str) -> impl Iterator<Item = Mount<'_>> {
        mountinfo.lines().filter_map(|line| {
            let (fields, rest) = line.split_once(" - ")?;
            let (point, fs_type) = (fields.split(' ').nth(4)?, rest.split(' ').next()?);
            Some(Mount { point, fs_type })
        })
    }
}

/// The kinds of file systems for which the kernel keeps directories empty in `/proc` and
/// `/sys`: they hide nothing there.
const ON_EMPTY: [&str; 13] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "efivarfs",
    "fusectl",
    "pstore",
    "securityfs",
    "selinuxfs",
    "tracefs",
];

/// The first mount below this directory, `/proc/` or `/sys/`, that hides something.
pub fn mask(mountinfo: &str, directory: &str) -> Option<String> {
    let hides = |mount: &Mount<'_>| {
        mount.point.starts_with(directory) && !ON_EMPTY.contains(&mount.fs_type)
    };
    Mount::list(mountinfo).find(hides).map(|mount| mount.point.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks() {
        let docker = "\
            30 29 0:5 / /proc rw,nosuid shared:1 - proc proc rw\n\
            31 30 0:6 / /proc/sys/fs/binfmt_misc rw - binfmt_misc none rw\n\
            32 30 0:7 /null /proc/kcore rw - tmpfs tmpfs rw\n\
            33 29 0:8 / /sys/firmware ro - tmpfs tmpfs ro\n";
        assert_eq!(mask(docker, "/proc/").as_deref(), Some("/proc/kcore"));
        assert_eq!(mask(docker, "/sys/").as_deref(), Some("/sys/firmware"));
        let (plain, _) = docker.split_once("32 30").unwrap();
        assert_eq!(mask(plain, "/proc/"), None);
        assert_eq!(mask("", "/proc/"), None);
    }
}
