//! What `--check` finds, as plain data.
//!
//! In: the kernel's answers. Out: `Findings`. Leaves nothing behind.

use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::utsname::uname;
use nix::unistd::{getegid, geteuid, getgid, getpid, getuid};

use super::possible::{Possible, Trial, refused, try_out};
use super::{cgroups, existing, ranges};
use crate::capabilities::{Capability, CapabilitySet};
use crate::namespaces::{Namespace, Namespaces};
use crate::plan::Refusal;
use crate::sandbox::groups_denied;
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
            cgroup: cgroups::version(),
            namespaces: Namespace::ALL.map(|namespace| (namespace, possible(namespace))).into(),
            options: options(),
        }
    }
}

/// Tries the options that are more than a new namespace, in the order of the help.
fn options() -> Vec<(&'static str, Possible)> {
    let mount = Namespaces::only(Namespace::Mount);
    let time = Namespaces::only(Namespace::Time);
    let users = Namespaces::only(Namespace::User);
    let used = |option, new, wanted| (option, try_out(new, Trial::Use(wanted)));
    let app = |option, wanted| (option, try_out(Namespaces::NONE, wanted));
    vec![
        ("join", existing::try_to_enter()),
        ("join-cgroup", cgroups::try_to_enter()),
        ("persist", existing::try_to_keep()),
        ("map-auto", ranges::try_out()),
        used("root", mount, Use::Root),
        used("read-only", mount, Use::ReadOnly),
        used("ephemeral", mount, Use::Ephemeral),
        used("no-pivot", mount, Use::NoPivot),
        used("mount-proc", mount.with(Namespace::Pid), Use::MountProc),
        used("mount-sys", mount, Use::MountSys),
        used("mount-dev", mount, Use::MountDev),
        used("bind", mount, Use::Bind),
        used("tmpfs", mount, Use::Tmpfs),
        ("boottime", try_out(time, Trial::Clocks)),
        app("rlimit", Trial::Limit),
        app("setuid", Trial::Ids),
        ("groups", groups()),
        app("cap-drop", Trial::Capabilities),
        app("seccomp", Trial::Filter),
        ("no-new-user-ns", try_out(users, Trial::LimitUsers)),
    ]
}

/// A map of an ordinary user's own group denies them.
fn groups() -> Possible {
    let may = sys::capabilities().unwrap_or_default().effective.contains(Capability::SETGID);
    if groups_denied() || !may && !geteuid().is_root() {
        return refused(Errno::EPERM, Refusal::GroupsDenied);
    }
    try_out(Namespaces::NONE, Trial::Groups)
}

/// Findings of every kind.
#[cfg(test)]
pub fn sample() -> Findings {
    use crate::diagnosis::Hint;

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
