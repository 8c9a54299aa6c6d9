//! Facts about this system that may explain why a step failed.
//!
//! In: `/proc`, `/etc` and a few system calls that change nothing. Out: `Observed`. A file
//! that is missing or unreadable counts as no fact. Called only after a failure.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::stat::stat;
use nix::sys::statfs::{PROC_SUPER_MAGIC, statfs};
use nix::sys::utsname::uname;
use nix::unistd::{AccessFlags, eaccess, geteuid};

use super::kernel::is_before;
use super::masks::mask;
use crate::accounts::{id_ranges, maps_all, name_of};
use crate::capabilities::Capability;
use crate::files;
use crate::init::procfs::has_our_numbers;
use crate::namespaces::{Namespace, Namespaces};
use crate::plan::outer::Ids;
use crate::sandbox::groups_denied;
use crate::seccomp::guard;
use crate::sys::{self, BadCall};
use crate::text::Printable;

/// The seccomp mode in which a filter decides.
const FILTER_MODE: i32 = 2;
/// Where init runs them.
const MAPPERS: [&str; 4] =
    ["/usr/bin/newuidmap", "/usr/bin/newgidmap", "/bin/newuidmap", "/bin/newgidmap"];
/// The set-user-ID bit (inode(7)).
const S_ISUID: u32 = 0o4000;

/// What was observed. `false` and `None`: nothing that would explain a failure.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// A seccomp filter refuses to create the namespaces that were asked for.
    pub creation_filtered: bool,
    /// There is a seccomp filter.
    pub filtered: bool,
    /// A seccomp filter refuses mount(2).
    pub mount_filtered: bool,
    /// A seccomp filter refuses setns(2).
    pub join_filtered: bool,
    /// `kernel.unprivileged_userns_clone`, on Debian's kernels.
    pub userns_clone: Option<u64>,
    /// `user.max_*_namespaces`, in the order of [`Namespace::ALL`].
    pub limits: [Option<u64>; Namespace::ALL.len()],
    /// Types of namespaces that this kernel lacks.
    pub missing: Namespaces,
    /// Our root is not the root of our mount namespace.
    pub chrooted: bool,
    /// We are root without CAP_SETFCAP, which mapping user 0 takes (Linux 5.12).
    pub weak_root: bool,
    /// We are in a user namespace that does not map our user.
    pub unmapped: bool,
    /// We are in a user namespace that does not map all ids.
    pub nested: bool,
    /// setgroups(2) is denied in our user namespace.
    pub groups_denied: bool,
    /// `kernel.apparmor_restrict_unprivileged_userns` is on.
    pub apparmor_restricts: bool,
    /// The AppArmor profile that confines us.
    pub apparmor_profile: Option<String>,
    /// We may not even look at our own namespaces: a profile of AppArmor without the flag
    /// attach_disconnected forbids each file that is on no mount.
    pub disconnected: bool,
    /// `vm.memfd_noexec`: at 2, no memory file can be run.
    pub memfd_noexec: Option<u64>,
    /// `fs.nr_open`: no limit of open files may be higher.
    pub files_max: Option<u64>,
    /// We may not read our own executable.
    pub unreadable: bool,
    /// exec gives us no privileges.
    pub no_new_privs: bool,
    /// This newuidmap(1) or newgidmap(1) gets no privileges by its exec.
    pub weak_mapper: Option<&'static str>,
    /// There is no proc on `/proc`.
    pub no_proc: bool,
    /// The proc on `/proc` is of another PID namespace.
    pub strange_proc: bool,
    /// Something is mounted on this part of `/proc`.
    pub masked_proc: Option<String>,
    /// Something is mounted on this part of `/sys`.
    pub masked_sys: Option<String>,
    /// There are mounts with peers, besides those of files that keep namespaces.
    pub shared_mounts: bool,
    /// The kernel is older than Linux 5.11: overlays are not for user namespaces.
    pub old_overlay: bool,
    /// This file of subordinate ids is a FIFO or the like.
    pub no_regular_file: Option<&'static str>,
    /// This file of subordinate ids cannot be read.
    pub unread_ids: Option<(&'static str, Errno)>,
    /// Our name in /etc/passwd.
    pub user: Option<String>,
}

impl Observed {
    /// Reads the facts, after a step failed for which the namespaces `new` were wanted.
    pub fn collect(new: Namespaces) -> Observed {
        let mounts = read("/proc/self/mountinfo");
        let ids = read("/proc/self/uid_map");
        let filter = sys::seccomp_mode() == Ok(FILTER_MODE) && !is_only_guarded();
        let no_proc = statfs(c"/proc").map(|found| found.filesystem_type()) != Ok(PROC_SUPER_MAGIC);
        Observed {
            creation_filtered: filter && creation_filtered(new),
            filtered: filter,
            mount_filtered: filter && filtered(BadCall::Mount),
            join_filtered: filter && filtered(BadCall::Join),
            userns_clone: number("/proc/sys/kernel/unprivileged_userns_clone"),
            limits: Namespace::ALL.map(|namespace| {
                number(&format!("/proc/sys/user/max_{}_namespaces", namespace.kernel_name()))
            }),
            missing: if no_proc { Namespaces::NONE } else { missing() },
            chrooted: chrooted(),
            weak_root: geteuid().is_root()
                && !sys::capabilities().unwrap_or_default().effective.contains(Capability::SETFCAP),
            unmapped: !no_proc && !maps(&ids, geteuid().as_raw()),
            nested: !no_proc && !maps_all(&ids),
            groups_denied: groups_denied(),
            apparmor_restricts: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
                .is_some_and(|value| value != 0),
            apparmor_profile: enforced_profile(),
            disconnected: stat(c"/proc/self/ns/uts") == Err(Errno::EACCES),
            memfd_noexec: number("/proc/sys/vm/memfd_noexec"),
            files_max: number("/proc/sys/fs/nr_open"),
            unreadable: !no_proc && eaccess(c"/proc/self/exe", AccessFlags::R_OK).is_err(),
            no_new_privs: prctl::get_no_new_privs().unwrap_or(false),
            weak_mapper: MAPPERS.into_iter().find(is_weak),
            no_proc,
            strange_proc: has_our_numbers() == Err(Errno::ESRCH),
            masked_proc: mask(&mounts, "/proc/"),
            shared_mounts: mounts
                .lines()
                .any(|line| line.contains(" shared:") && !line.contains(" - nsfs ")),
            masked_sys: mask(&mounts, "/sys/"),
            old_overlay: uname().is_ok_and(|names| is_before(names.release().as_bytes(), 5, 11)),
            no_regular_file: [Ids::Users, Ids::Groups]
                .map(Ids::subordinate_file)
                .into_iter()
                .find(|path| fs::metadata(path).is_ok_and(|found| !found.is_file())),
            unread_ids: [Ids::Users, Ids::Groups].map(Ids::subordinate_file).into_iter().find_map(
                |path| match files::read_regular(path.as_bytes(), 1) {
                    Ok(_) | Err(Errno::ENOENT) => None,
                    Err(errno) => Some((path, errno)),
                },
            ),
            user: name_of(read("/etc/passwd").as_bytes(), geteuid().as_raw())
                .map(|name| Printable(name).to_string()),
        }
    }

    /// Why newuidmap(1) or newgidmap(1) would fail, as far as can be seen.
    pub fn mapper_fails(&self) -> Option<Errno> {
        let missing = |name: &str| {
            MAPPERS.iter().all(|path| !path.ends_with(name) || fs::metadata(path).is_err())
        };
        if missing("newuidmap") || missing("newgidmap") {
            return Some(Errno::ENOENT);
        }
        (self.no_new_privs || self.weak_mapper.is_some()).then_some(Errno::EPERM)
    }

    /// The limit of a type of namespaces, where it can be read.
    pub fn limit(&self, namespace: Namespace) -> Option<u64> {
        let at = Namespace::ALL.iter().position(|other| *other == namespace)?;
        self.limits.get(at).copied().flatten()
    }
}

/// Is the file there, without anything that gives privileges (execve(2))?
fn is_weak(path: &&str) -> bool {
    let is_root_s = |found: &fs::Metadata| found.uid() == 0 && found.mode() & S_ISUID != 0;
    fs::metadata(path).is_ok_and(|found| !is_root_s(&found))
        && !sys::has_capabilities(path.as_bytes())
}

fn read(path: &str) -> String {
    let text = files::read_regular(path.as_bytes(), usize::MAX).ok().flatten();
    text.and_then(|text| String::from_utf8(text).ok()).unwrap_or_default()
}

fn number(path: &str) -> Option<u64> {
    read(path).trim().parse().ok()
}

/// Is the guard of an outer sandbox the one filter (Linux 5.9 counts them)?
fn is_only_guarded() -> bool {
    let status = read("/proc/self/status");
    let count = status.lines().find_map(|line| line.strip_prefix("Seccomp_filters:"));
    let guarded = Err(Errno::from_raw(guard::ANSWER));
    sys::make_bad_ioctl(guard::QUESTION) == guarded && count.is_none_or(|count| count.trim() == "1")
}

/// Does a seccomp filter answer this call? The kernel's own answer is known, so another
/// answer is a filter's.
pub fn filtered(call: BadCall) -> bool {
    let kernels = match call {
        BadCall::Clone(_) | BadCall::Unshare(_) => Errno::EINVAL,
        BadCall::Mount | BadCall::Exec => Errno::EFAULT,
        BadCall::Join => Errno::EBADF,
    };
    sys::make_bad_call(call) != Err(kernels)
}

fn creation_filtered(new: Namespaces) -> bool {
    let clone = new.without(Namespace::Time);
    filtered(BadCall::Clone(clone.flags()))
        || new.contains(Namespace::Time) && filtered(BadCall::Unshare(Namespace::Time.flag()))
}

fn missing() -> Namespaces {
    let file = |namespace: &Namespace| format!("/proc/self/ns/{}", namespace.kernel_name());
    let missing = |namespace: &Namespace| fs::symlink_metadata(file(namespace)).is_err();
    Namespace::ALL.into_iter().filter(missing).fold(Namespaces::NONE, Namespaces::with)
}

/// In a chroot our root need not be a mount point. If it is, the root of a PID 1 in the
/// same mount namespace differs from ours, for a user who may look at that.
fn chrooted() -> bool {
    let elsewhere = || {
        let same_mounts =
            fs::read_link("/proc/1/ns/mnt").ok()? == fs::read_link("/proc/self/ns/mnt").ok()?;
        let place = |path: &str| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        Some(same_mounts && place("/proc/1/root/")? != place("/")?)
    };
    sys::is_mount_point(c"/") == Some(false) || elsewhere() == Some(true)
}

/// Does a user namespace with this `uid_map` map the user?
fn maps(map: &str, uid: u32) -> bool {
    id_ranges(map).any(|(first, count)| uid.checked_sub(first).is_some_and(|n| n < count))
}

/// The AppArmor profile that confines us, if it is enforced.
pub fn enforced_profile() -> Option<String> {
    profile(&read("/proc/self/attr/apparmor/current"))
}

/// The name of the profile, if it is enforced: `NAME (enforce)`.
fn profile(current: &str) -> Option<String> {
    current.trim().strip_suffix(" (enforce)").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_maps() {
        for (map, uid, has) in [
            ("         0          0 4294967295\n", 1000, true),
            ("0 100000 65536\n", 65535, true),
            ("0 100000 65536\n", 65536, false),
            ("0 1000 1\n1 100000 65536\n", 7, true),
            ("1000 1000 1\n", 0, false),
            ("", 0, false),
        ] {
            assert_eq!(maps(map, uid), has, "{map:?} {uid}");
        }
    }

    #[test]
    fn profiles() {
        assert_eq!(profile("docker-default (enforce)\n").as_deref(), Some("docker-default"));
        for harmless in ["unconfined\n", "x (complain)\n", ""] {
            assert_eq!(profile(harmless), None);
        }
    }

    #[test]
    fn nothing_is_wrong_here() {
        let observed = Observed::collect(Namespaces::NONE.with(Namespace::User));
        assert!(!observed.no_proc && !observed.unreadable && !observed.unmapped);
        assert!(observed.limit(Namespace::Mount).is_some(), "{observed:?}");
    }
}
