//! What `--check` finds, as plain data.
//!
//! In: the kernel's answers. Out: `Findings`. Leaves nothing behind.

use std::os::unix::ffi::OsStrExt;

use nix::sys::prctl;
use nix::sys::statfs::{CGROUP2_SUPER_MAGIC, statfs};
use nix::sys::utsname::uname;
use nix::unistd::{getegid, geteuid, getgid, getpid, getuid};

use super::possible::{Possible, Trial, try_out};
use super::ranges;
use crate::capabilities::CapabilitySet;
use crate::namespaces::{Namespace, Namespaces};
use crate::sandbox::rootfs::Use;
use crate::sys;

/// What this system is and allows.
#[derive(Clone, Debug)]
pub struct Findings {
    /// init's pid in its PID namespace.
    pub pid: i32,
    /// Is init a subreaper already (PR_GET_CHILD_SUBREAPER)?
    pub subreaper: bool,
    /// Can init become a subreaper?
    pub may_be_subreaper: bool,
    /// Real and effective user.
    pub uids: [u32; 2],
    /// Real and effective group.
    pub gids: [u32; 2],
    /// The effective capabilities, which permission checks look at.
    pub effective: CapabilitySet,
    /// The permitted capabilities, which can be made effective.
    pub permitted: CapabilitySet,
    /// The bounding set: the capabilities that an exec can give.
    pub bounding: CapabilitySet,
    /// Is no_new_privs set?
    pub no_new_privs: bool,
    /// The mode of seccomp; `None` when the kernel has no seccomp.
    pub seccomp: Option<i32>,
    /// The kernel's release.
    pub kernel: Vec<u8>,
    /// The version of init's cgroup hierarchy; `None` when it cannot be seen.
    pub cgroup: Option<u8>,
    /// For each type of namespaces: can init make one?
    pub namespaces: Vec<(Namespace, Possible)>,
    /// For other options, each with the namespaces that it needs: can init do it?
    pub options: Vec<(&'static str, Possible)>,
}

impl Findings {
    /// Asks the kernel for everything.
    pub fn collect() -> Findings {
        let subreaper = prctl::get_child_subreaper().unwrap_or(false);
        let may_be_subreaper = prctl::set_child_subreaper(true).is_ok();
        let _ = prctl::set_child_subreaper(subreaper);
        let enter = Trial::Use(Use::Enter);
        let possible = |namespace| try_out(Namespaces::only(namespace), enter);
        let capabilities = sys::capabilities().unwrap_or_default();
        let mount = Namespaces::only(Namespace::Mount);
        let mounts = [
            ("root", mount, Use::Root),
            ("ephemeral", mount, Use::Ephemeral),
            ("mount-proc", mount.with(Namespace::Pid), Use::MountProc),
            ("mount-sys", mount, Use::MountSys),
            ("mount-dev", mount, Use::MountDev),
            ("bind", mount, Use::Bind),
            ("tmpfs", mount, Use::Tmpfs),
        ];
        let mounts = mounts.map(|(option, new, wanted)| (option, try_out(new, Trial::Use(wanted))));
        let app = [("setuid", Trial::Ids), ("rlimit", Trial::Limit), ("seccomp", Trial::Filter)];
        let app = app.map(|(option, wanted)| (option, try_out(Namespaces::NONE, wanted)));
        let users = Namespaces::only(Namespace::User);
        let limit_users = ("no-new-user-ns", try_out(users, Trial::LimitUsers));
        let ranges = ("map-auto", ranges::try_out());
        Findings {
            pid: getpid().as_raw(),
            subreaper,
            may_be_subreaper,
            uids: [getuid().as_raw(), geteuid().as_raw()],
            gids: [getgid().as_raw(), getegid().as_raw()],
            effective: capabilities.effective,
            permitted: capabilities.permitted,
            bounding: sys::bounding_set(),
            no_new_privs: prctl::get_no_new_privs().unwrap_or(false),
            seccomp: sys::seccomp_mode().ok(),
            kernel: uname().map_or(Vec::new(), |names| names.release().as_bytes().to_vec()),
            cgroup: cgroup_version(),
            namespaces: Namespace::ALL.map(|namespace| (namespace, possible(namespace))).into(),
            options: mounts.into_iter().chain([ranges, limit_users]).chain(app).collect(),
        }
    }
}

/// By the cgroups of this process, or else by the file system on `/sys/fs/cgroup`.
fn cgroup_version() -> Option<u8> {
    match std::fs::read_to_string("/proc/self/cgroup") {
        Ok(lines) if !lines.is_empty() => Some(version_of(&lines)),
        _ => {
            let found = statfs(c"/sys/fs/cgroup").map(|found| found.filesystem_type());
            (found == Ok(CGROUP2_SUPER_MAGIC)).then_some(2)
        }
    }
}

/// Version 2 has one hierarchy, with the number 0 (cgroups(7)).
fn version_of(membership: &str) -> u8 {
    if membership.lines().all(|line| line.starts_with("0::")) { 2 } else { 1 }
}

/// Findings of every kind.
#[cfg(test)]
pub fn sample() -> Findings {
    use crate::capabilities::{Capability, CapabilitySet};
    use crate::diagnosis::Hint;
    use nix::errno::Errno;

    let hint = Hint { cause: "a cause".into(), remedy: "a remedy".into() };
    let no = Possible::No { errno: Errno::EPERM, hint: Some(hint) };
    let few = CapabilitySet(1 << 5).with(Capability::SYS_ADMIN);
    let most = CapabilitySet::named().without(CapabilitySet(1 << 24));
    Findings {
        pid: 7,
        subreaper: false,
        may_be_subreaper: true,
        uids: [1000, 0],
        gids: [1000, 1000],
        effective: few,
        permitted: few,
        bounding: most,
        no_new_privs: false,
        seccomp: Some(2),
        kernel: b"6.18.1".to_vec(),
        cgroup: Some(2),
        namespaces: vec![
            (Namespace::User, no.clone()),
            (Namespace::Pid, no),
            (Namespace::Mount, Possible::Yes),
            (Namespace::Net, Possible::WithUser),
        ],
        options: vec![
            ("root", Possible::Yes),
            ("mount-proc", Possible::No { errno: Errno::EINVAL, hint: None }),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cgroup_versions() {
        assert_eq!(version_of("0::/user.slice\n"), 2);
        assert_eq!(version_of("3:cpu:/\n0::/\n"), 1);
    }
}
