//! What init refuses by itself, before there is a child. In: why. Out: what a message says of
//! it. Pure.

use std::borrow::Cow;

use nix::errno::Errno;

use super::Description;
use super::outer::Ids;
use crate::diagnosis;
use crate::namespaces::Namespace;

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The user has no subordinate range of these ids, which this option maps.
    NoRange(Ids, &'static str),
    /// The kernel allows no setgroups(2) with an unprivileged single-id map.
    SetgroupsDenied,
    /// `--no-pivot` takes these capabilities.
    NoPivotNeeds,
    /// The ids are not in the map of the new user namespace, but our own could be.
    Unmapped {
        /// Users or groups.
        ids: Ids,
        /// The option that asks for one.
        option: &'static str,
        /// The id.
        id: u32,
        /// Our own id.
        own: u32,
    },
    /// setgroups(2) is denied, and groups were asked for.
    GroupsDenied,
    /// A namespace of this type cannot be new and an existing one.
    JoinsNew(Namespace),
    /// Of each type there is one namespace.
    JoinsTwice(Namespace),
    /// New namespaces would belong to the user namespace of outside.
    JoinsUser,
    /// A time namespace needs an init, which would be a stranger in the PID namespace.
    JoinsPid,
    /// This path is relative to a directory that has no name.
    NoDirectory(&'static [u8]),
    /// To mount outside takes CAP_SYS_ADMIN outside.
    PersistNeedsAdmin,
}

impl Refusal {
    /// What a message says of the refusal, the error that stands for it, and, where that is
    /// known without a look around, the remedy.
    pub fn describe(self) -> (Description, Errno, Option<Cow<'static, str>>) {
        match self {
            Refusal::NoRange(ids, operation) => {
                let cause = Some(diagnosis::Attempt::FindRange(ids.subordinate_file()));
                let description = Description { operation, object: b"", cause };
                (description, Errno::UnknownErrno, None)
            }
            Refusal::SetgroupsDenied => {
                let operation = "allow setgroups";
                let remedy = "a map of nothing but our own group denies them; use --map-auto";
                let description = Description { operation, object: b"", cause: None };
                (description, Errno::EPERM, Some(remedy.into()))
            }
            Refusal::NoPivotNeeds => refused(
                "--cap-add with --no-pivot",
                b"",
                "CAP_SYS_ADMIN and CAP_SYS_CHROOT would lead out of the root",
            ),
            Refusal::JoinsNew(both) => refused(
                "--join, and a new namespace of type",
                both.name().as_bytes(),
                "leave one of them out",
            ),
            Refusal::JoinsTwice(twice) => {
                refused("--join, twice for type", twice.name().as_bytes(), "leave one of them out")
            }
            Refusal::Unmapped { ids, option, id, own } => {
                let map = ids.map_option();
                let reason = format!("{id} is not mapped inside; use {map} {id}:{own}:1");
                refused(option, b"", reason)
            }
            Refusal::GroupsDenied => {
                let reason = "setgroups is denied inside; use --map-auto, or start as root, without \
                              --setgroups deny";
                refused("--groups", b"", reason)
            }
            Refusal::JoinsUser => refused(
                "--join of a user namespace, and new namespaces",
                b"",
                "run a second init inside that makes them",
            ),
            Refusal::JoinsPid => refused(
                "--join of a PID namespace, and --time",
                b"",
                "run a second init inside with --time",
            ),
            Refusal::NoDirectory(path) => {
                let reason =
                    "it is relative to a directory that is gone or out of reach; name it from / on";
                refused("find", path, reason)
            }
            Refusal::PersistNeedsAdmin => {
                let reason =
                    "it mounts outside, which needs CAP_SYS_ADMIN there; start init as root";
                refused("--persist", b"", reason)
            }
        }
    }
}

/// What init refuses by itself, and why.
fn refused(
    operation: &'static str,
    object: &'static [u8],
    reason: impl Into<Cow<'static, str>>,
) -> (Description, Errno, Option<Cow<'static, str>>) {
    (Description { operation, object, cause: None }, Errno::UnknownErrno, Some(reason.into()))
}
