//! What was asked for of a sandbox, as plain data.
//!
//! In: the values of the sandbox options. Out: a `Sandbox`. What depends on who init runs as
//! is left to the planner.

pub mod edits;
mod limits;
pub mod values;

use crate::capabilities::{Capability, CapabilitySet};
use crate::namespaces::{Namespace, Namespaces};
use crate::sys::Strings;
pub use edits::Edit;
pub use limits::{Limit, Resource};

/// Which ids a user namespace has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// Our own to themselves.
    CurrentUser,
    /// Our own to 0.
    Root,
    /// Our own to 0, and our subordinate ones to those from 1 on.
    Auto,
    /// Our own and our subordinate ones to themselves.
    Subids,
    /// As listed.
    Ranges,
}

/// A range of ids of a user namespace, and the ids that it stands for outside
/// (user_namespaces(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRange {
    /// The first one inside.
    pub inside: u32,
    /// The first one outside.
    pub outside: u32,
    /// How many, at least one.
    pub count: u32,
}

/// Which mounts and unmounts pass between the sandbox and the mount namespace in which it was
/// made (mount_namespaces(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// Not at all.
    Private,
    /// From outside to inside.
    Slave,
    /// Between the sandbox and the mount namespaces that are made inside.
    Shared,
    /// Not at all, and nothing of it can be bound again.
    Unbindable,
    /// As it was.
    Unchanged,
}

/// A mount that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mount {
    /// A directory or file of outside.
    Bind {
        /// Its path outside.
        source: &'static [u8],
        /// Its path inside.
        target: &'static [u8],
        /// It can only be read inside.
        read_only: bool,
        /// Nothing is done if the source is missing.
        optional: bool,
    },
    /// An empty directory in memory.
    Tmpfs {
        /// Its path inside.
        target: &'static [u8],
        /// How large it may become, as tmpfs(5) has it.
        size: Option<&'static [u8]>,
    },
}

/// What lies over the directory that becomes `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layers {
    /// A layer in memory.
    Ephemeral,
    /// Layers of the user's.
    Kept {
        /// Those that are read, the topmost first.
        lowers: &'static [&'static [u8]],
        /// The one that is written.
        upper: &'static [u8],
    },
}

/// The ids that a command is to have, as they are inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    /// The user.
    pub user: Option<u32>,
    /// The group.
    pub group: Option<u32>,
    /// The supplementary groups.
    pub groups: Option<Vec<u32>>,
}

impl Ids {
    /// Is there one?
    pub fn are_given(&self) -> bool {
        *self != Ids::default()
    }
}

/// Existing namespaces to enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join {
    /// The value of the option.
    pub word: &'static [u8],
    /// Where they are.
    pub from: JoinFrom,
}

/// Where existing namespaces are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinFrom {
    /// Around this process.
    Process(i32),
    /// A file stands for it.
    File(Namespace, &'static [u8]),
}

/// A file that is to keep a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persist {
    /// The type.
    pub namespace: Namespace,
    /// The file.
    pub file: &'static [u8],
}

/// Everything that was asked for.
#[derive(Clone, Debug, Default)]
pub struct Sandbox {
    /// The new namespaces that options name or imply.
    pub namespaces: Namespaces,
    /// `--unshare-all`: all namespaces but time; the user namespace depends on who init runs as.
    pub unshare_all: bool,
    /// `--unshare-all` leaves the network as it is.
    pub share_net: bool,
    /// Existing namespaces to enter.
    pub joins: Vec<Join>,
    /// Directories of cgroups to enter.
    pub join_cgroups: Vec<&'static [u8]>,
    /// Files that keep new namespaces.
    pub persists: Vec<Persist>,
    /// The ids of the user namespace.
    pub map: Option<Map>,
    /// The user ids of [`Map::Ranges`]; when empty, our own.
    pub users: Vec<IdRange>,
    /// The group ids of [`Map::Ranges`]; when empty, our own.
    pub groups: Vec<IdRange>,
    /// Whether setgroups(2) is allowed in the user namespace.
    pub setgroups: Option<bool>,
    /// What crosses the mount namespace.
    pub propagation: Option<Propagation>,
    /// The directory that becomes `/`.
    pub root: Option<&'static [u8]>,
    /// The mounts of that directory are read-only.
    pub read_only: bool,
    /// What lies over that directory.
    pub layers: Option<Layers>,
    /// The root is moved to `/`, and the old one stays below it.
    pub no_pivot: bool,
    /// Nothing covers dangerous files of the new `/proc` and `/sys`.
    pub no_mask: bool,
    /// Where to mount a new `/sys`.
    pub sys: Option<&'static [u8]>,
    /// Where to mount a new `/dev`.
    pub dev: Option<&'static [u8]>,
    /// Mounts, in the order of the command line.
    pub mounts: Vec<Mount>,
    /// The size of the tmpfs that comes next.
    pub tmpfs_size: Option<&'static [u8]>,
    /// Where to mount a new `/proc`.
    pub proc: Option<&'static [u8]>,
    /// The host name.
    pub hostname: Option<&'static [u8]>,
    /// The NIS domain name.
    pub domainname: Option<&'static [u8]>,
    /// Added to CLOCK_MONOTONIC, in seconds.
    pub monotonic: Option<i64>,
    /// Added to CLOCK_BOOTTIME, in seconds.
    pub boottime: Option<i64>,
    /// Where the command starts.
    pub directory: Option<&'static [u8]>,
    /// This many descriptors from 3 on stay open.
    pub preserve_fds: u32,
    /// exec gives no privileges (PR_SET_NO_NEW_PRIVS).
    pub no_new_privs: bool,
    /// The limits of resources.
    pub limits: Vec<Limit>,
    /// Changes of the environment, in the order of the command line.
    pub edits: Vec<Edit>,
    /// The environment that `--clearenv` has cleared.
    pub cleared: Option<Strings>,
    /// Files with filters of system calls.
    pub seccomp: Vec<&'static [u8]>,
    /// The command may put keys into a terminal.
    pub allow_tiocsti: bool,
    /// The command can make no user namespace.
    pub no_new_user_ns: bool,
    /// The ids of the command.
    pub ids: Ids,
    /// Capabilities that the command is not to have.
    pub cap_drop: CapabilitySet,
    /// Capabilities that the command keeps although they were dropped.
    pub cap_add: CapabilitySet,
}

impl Sandbox {
    /// Whether options ask for a new namespace of this kind. A user namespace may also be made
    /// because init does not run as root.
    pub fn news(&self, namespace: Namespace) -> bool {
        let net = namespace == Namespace::Net && self.unshare_all && !self.share_net;
        self.namespaces.contains(namespace) || net
    }

    /// Root inside may not be root outside, and may see init: as the owner of the machine it
    /// could change the file that init runs from. Is it so?
    pub fn shows_init_to_root(&self) -> bool {
        let shows = |join: &Join| match join.from {
            JoinFrom::Process(_) => true,
            JoinFrom::File(namespace, _) => {
                matches!(namespace, Namespace::Mount | Namespace::Pid | Namespace::User)
            }
        };
        self.root.is_some() || self.joins.iter().any(shows)
    }

    /// What leads from a root that was not pivoted to the old root below it.
    pub const LEADS_BACK: CapabilitySet =
        CapabilitySet::only(Capability::SYS_ADMIN).with(Capability::SYS_CHROOT);

    /// The capabilities to drop and to add, if there are any.
    pub fn capabilities(&self) -> Option<(CapabilitySet, CapabilitySet)> {
        let back = if self.no_pivot { Sandbox::LEADS_BACK } else { CapabilitySet::NONE };
        let drop = self.cap_drop.union(back);
        let none = drop == CapabilitySet::NONE && self.cap_add == CapabilitySet::NONE;
        (!none).then_some((drop, self.cap_add))
    }
}
