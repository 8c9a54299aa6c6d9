//! The capabilities that the app starts with (capabilities(7)).

use nix::errno::Errno;

use crate::capabilities::{Capability, CapabilitySet};
use crate::sys::{self, Capabilities};

/// Lets no exec ever give these capabilities.
///
/// # Errors
/// EPERM without CAP_SETPCAP.
pub fn bound(dropped: CapabilitySet) -> Result<(), Errno> {
    for capability in dropped.iter() {
        match sys::is_bounding(capability)? {
            Some(true) => sys::drop_bounding(capability)?,
            Some(false) => {}
            None if is_past_last(capability)? => break,
            None => return Err(Errno::EINVAL),
        }
    }
    Ok(())
}

/// Gives up the capabilities in `drop` that are not in `add`. Makes the capabilities in `add`
/// ambient, so that programs of other users than root keep them.
///
/// # Errors
/// EPERM when we do not have a capability to add.
pub fn drop_and_add(drop: CapabilitySet, add: CapabilitySet) -> Result<(), Errno> {
    sys::clear_ambient()?;
    let (new, ambient) = sets(&sys::capabilities()?, drop, add);
    sys::set_capabilities(&new)?;
    ambient.iter().try_for_each(sys::raise_ambient)
}

/// Is the kernel's last capability before this one, which it says that it does not know? A
/// filter may have said so in its place: the kernel's numbers begin at 0 and have no gap.
fn is_past_last(unknown: Capability) -> Result<bool, Errno> {
    let next = unknown.next().map_or(Ok(None), sys::is_bounding)?;
    Ok(next.is_none() && sys::is_bounding(Capability::CHOWN)?.is_some())
}

/// What is left of `now`, and which capabilities become ambient.
fn sets(
    now: &Capabilities,
    drop: CapabilitySet,
    add: CapabilitySet,
) -> (Capabilities, CapabilitySet) {
    // ALL means all that we have.
    let add = if add == CapabilitySet::ALL { now.permitted } else { add };
    let dropped = drop.without(add);
    let permitted = now.permitted.without(dropped);
    let inheritable = now.inheritable.without(dropped).union(add);
    (Capabilities { effective: permitted, permitted, inheritable }, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drop_comes_first_then_add() {
        let set = CapabilitySet;
        let now = Capabilities {
            effective: set(0b0111),
            permitted: set(0b0111),
            inheritable: set(0b0001),
        };
        let (all, none) = (CapabilitySet::ALL, CapabilitySet::NONE);
        for (drop, add, permitted, inheritable, ambient) in [
            (none, none, 0b0111, 0b0001, 0b0000),
            (all, none, 0b0000, 0b0000, 0b0000),
            (all, set(0b0010), 0b0010, 0b0010, 0b0010),
            (none, set(0b0100), 0b0111, 0b0101, 0b0100),
            (set(0b0011), set(0b0001), 0b0101, 0b0001, 0b0001),
            (all, all, 0b0111, 0b0111, 0b0111),
            // We do not have it: the kernel will refuse it.
            (all, set(0b1000), 0b0000, 0b1000, 0b1000),
        ] {
            let permitted = set(permitted);
            let inheritable = set(inheritable);
            let expected = Capabilities { effective: permitted, permitted, inheritable };
            assert_eq!(sets(&now, drop, add), (expected, set(ambient)), "{drop:?} {add:?}");
        }
    }
}
