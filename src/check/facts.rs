//! What is asked of the kernel, in plain data.

use nix::sys::prctl;
use nix::unistd::{getegid, geteuid, getgid, getpid, getuid};

use super::attempt::{Possible, Use, attempt};
use crate::capabilities::CapabilitySet;
use crate::namespaces::{Namespace, Namespaces};
use crate::sys;

/// CGROUP2_SUPER_MAGIC (statfs(2)).
const CGROUP2: u64 = 0x6367_7270;

/// What was found.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Our number in our PID namespace.
    pub pid: i32,
    /// Do orphans come to us already (PR_GET_CHILD_SUBREAPER)?
    pub subreaper: bool,
    /// Could they?
    pub may_be_subreaper: bool,
    /// Real and effective user.
    pub uids: [u32; 2],
    /// Real and effective group.
    pub gids: [u32; 2],
    /// The capabilities that permission checks look at.
    pub effective: CapabilitySet,
    /// Those that can be made effective.
    pub permitted: CapabilitySet,
    /// Those that a program can have at all.
    pub bounding: CapabilitySet,
    /// Does exec give us no privileges?
    pub no_new_privs: bool,
    /// How seccomp restricts us; `None` when the kernel has no seccomp.
    pub seccomp: Option<i32>,
    /// The kernel's release.
    pub kernel: Vec<u8>,
    /// The version of the cgroups that we are in; `None` when it is not to be seen.
    pub cgroup: Option<u8>,
    /// For each type of namespace: can we make one?
    pub namespaces: Vec<(Namespace, Possible)>,
    /// Can a new `/proc` be mounted, in new PID and mount namespaces?
    pub mount_proc: Possible,
}

impl Facts {
    /// Asks for everything. Nothing is left behind.
    pub fn find() -> Facts {
        let subreaper = prctl::get_child_subreaper().unwrap_or(false);
        let may_be_subreaper = prctl::set_child_subreaper(true).is_ok();
        let _ = prctl::set_child_subreaper(subreaper);
        let possible = |namespace| attempt(Namespaces::only(namespace), Use::Enter);
        let capabilities = sys::capabilities();
        let proc = Namespaces::only(Namespace::Pid).with(Namespace::Mount);
        Facts {
            pid: getpid().as_raw(),
            subreaper,
            may_be_subreaper,
            uids: [getuid().as_raw(), geteuid().as_raw()],
            gids: [getgid().as_raw(), getegid().as_raw()],
            effective: capabilities.effective,
            permitted: capabilities.permitted,
            bounding: sys::bounding_set(),
            no_new_privs: sys::no_new_privs(),
            seccomp: sys::seccomp_mode().ok(),
            kernel: sys::kernel_release(),
            cgroup: cgroup_version(),
            namespaces: Namespace::ALL.map(|namespace| (namespace, possible(namespace))).into(),
            mount_proc: attempt(proc, Use::MountProc),
        }
    }
}

/// By our own membership, or else by what is mounted.
fn cgroup_version() -> Option<u8> {
    match std::fs::read_to_string("/proc/self/cgroup") {
        Ok(lines) if !lines.is_empty() => Some(version_of(&lines)),
        _ => (sys::file_system(c"/sys/fs/cgroup") == Ok(CGROUP2)).then_some(2),
    }
}

/// Version 2 has one hierarchy, with the number 0 (cgroups(7)).
fn version_of(membership: &str) -> u8 {
    if membership.lines().all(|line| line.starts_with("0::")) { 2 } else { 1 }
}

/// Facts of every kind.
#[cfg(test)]
pub fn sample() -> Facts {
    use crate::capabilities::{Capability, CapabilitySet};
    use crate::diagnosis::Hint;
    use nix::errno::Errno;

    let hint = Hint { cause: "a cause".into(), remedy: "a remedy".into() };
    let no = Possible::No { errno: Errno::EPERM, hint: Some(hint) };
    let few = CapabilitySet(1 << 5).with(Capability::SYS_ADMIN);
    let most = CapabilitySet::named().without(CapabilitySet(1 << 24));
    Facts {
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
        mount_proc: Possible::No { errno: Errno::EINVAL, hint: None },
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
