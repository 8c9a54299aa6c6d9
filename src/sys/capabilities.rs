//! Capabilities of this process (capabilities(7)).

use std::ffi::c_int;

use nix::errno::Errno;

use super::check;
use crate::capabilities::{Capability, CapabilitySet};

/// The sets that capget(2) tells and capset(2) takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// In force.
    pub effective: CapabilitySet,
    /// May be put in force.
    pub permitted: CapabilitySet,
    /// Kept over exec as far as the file agrees.
    pub inheritable: CapabilitySet,
}

/// _LINUX_CAPABILITY_VERSION_3 and our own process.
const HEADER: [u32; 2] = [0x2008_0522, 0];

/// The sets of this process (capget(2)).
///
/// # Errors
/// None by the kernel; a seccomp filter may refuse the call.
pub fn capabilities() -> Result<Capabilities, Errno> {
    // Twice three words: the lower halves first.
    let mut data = [[0_u32; 3]; 2];
    // SAFETY: both arrays have the kernel's layout.
    check(unsafe { libc::syscall(libc::SYS_capget, &mut { HEADER }, &mut data) })?;
    let [low, high] = data;
    let whole = |low: u32, high: u32| CapabilitySet(u64::from(low) | u64::from(high) << 32);
    let [effective, permitted, inheritable] = low;
    let [high_effective, high_permitted, high_inheritable] = high;
    Ok(Capabilities {
        effective: whole(effective, high_effective),
        permitted: whole(permitted, high_permitted),
        inheritable: whole(inheritable, high_inheritable),
    })
}

/// Sets the sets of this process (capset(2)).
///
/// # Errors
/// EPERM for a capability that is not permitted.
pub fn set_capabilities(new: &Capabilities) -> Result<(), Errno> {
    let low = |set: CapabilitySet| set.0 as u32;
    let high = |set: CapabilitySet| (set.0 >> 32) as u32;
    let Capabilities { effective, permitted, inheritable } = *new;
    let data = [
        [low(effective), low(permitted), low(inheritable)],
        [high(effective), high(permitted), high(inheritable)],
    ];
    // SAFETY: both arrays have the kernel's layout, and the call only reads them.
    check(unsafe { libc::syscall(libc::SYS_capset, &HEADER, &data) }).map(drop)
}

/// Can exec give this capability (PR_CAPBSET_READ)? `None` when the kernel does not know it.
///
/// # Errors
/// None by the kernel; a seccomp filter may refuse the call.
pub fn is_bounding(capability: Capability) -> Result<Option<bool>, Errno> {
    let number = c_int::from(capability.number());
    // SAFETY: no memory is involved.
    match check(unsafe { libc::prctl(libc::PR_CAPBSET_READ, number, 0, 0, 0) }.into()) {
        Err(Errno::EINVAL) => Ok(None),
        answer => Ok(Some(answer? == 1)),
    }
}

/// All that exec can give, of the capabilities that have a name here.
pub fn bounding_set() -> CapabilitySet {
    let is_bounding = |one: &Capability| is_bounding(*one) == Ok(Some(true));
    let bounding = CapabilitySet::named().iter().filter(is_bounding);
    bounding.fold(CapabilitySet::NONE, CapabilitySet::with)
}

/// Keeps exec from ever giving this capability (PR_CAPBSET_DROP).
///
/// # Errors
/// EPERM without CAP_SETPCAP, EINVAL for a capability that the kernel does not know.
pub fn drop_bounding(capability: Capability) -> Result<(), Errno> {
    let number = c_int::from(capability.number());
    // SAFETY: no memory is involved.
    check(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, number, 0, 0, 0) }.into()).map(drop)
}

/// Empties the ambient set: exec then keeps no capability for a program whose file has none
/// (PR_CAP_AMBIENT_CLEAR_ALL).
///
/// # Errors
/// EINVAL before Linux 4.3.
pub fn clear_ambient() -> Result<(), Errno> {
    let clear = libc::PR_CAP_AMBIENT_CLEAR_ALL;
    // SAFETY: no memory is involved.
    check(unsafe { libc::prctl(libc::PR_CAP_AMBIENT, clear, 0, 0, 0) }.into()).map(drop)
}

/// Adds a capability to the ambient set (PR_CAP_AMBIENT_RAISE).
///
/// # Errors
/// EPERM when the capability is not both permitted and inheritable.
pub fn raise_ambient(capability: Capability) -> Result<(), Errno> {
    let (raise, number) = (libc::PR_CAP_AMBIENT_RAISE, c_int::from(capability.number()));
    // SAFETY: no memory is involved.
    check(unsafe { libc::prctl(libc::PR_CAP_AMBIENT, raise, number, 0, 0) }.into()).map(drop)
}
