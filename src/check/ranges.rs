//! Can our subordinate ids be mapped here (`--map-auto`, `--map-subids`)?
//!
//! In: /etc/subuid, /etc/subgid, newuidmap(1) and newgidmap(1). Out: `Possible`. Runs neither of
//! them.

use nix::errno::Errno;

use super::possible::{self, Possible, Trial, no};
use crate::capabilities::{Capability, CapabilitySet};
use crate::diagnosis::{Attempt, Observed};
use crate::namespaces::{Namespace, Namespaces};
use crate::plan::Refusal;
use crate::sandbox::find_ranges;
use crate::sandbox::rootfs::Use;
use crate::sys;

/// As far as can be seen.
pub fn try_out() -> Possible {
    let user = Namespaces::only(Namespace::User);
    let possible = possible::try_out(user, Trial::Use(Use::Enter));
    if possible != Possible::Yes {
        return possible;
    }
    if let Err(Refusal::NoRange(ids, _)) = find_ranges() {
        return no(Attempt::FindRange(ids.subordinate_file()), Errno::ENOENT, user);
    }
    let both = CapabilitySet::only(Capability::SETUID).with(Capability::SETGID);
    let effective = sys::capabilities().unwrap_or_default().effective;
    if effective.intersection(both) == both {
        return Possible::Yes;
    }
    match Observed::collect(user).mapper_fails() {
        Some(errno) => no(Attempt::RunMapper, errno, user),
        None => Possible::Yes,
    }
}
