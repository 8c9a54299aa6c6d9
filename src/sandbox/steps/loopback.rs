//! The network namespace: its loopback device (network_namespaces(7)).

use nix::errno::Errno;

use super::SetUp;
use crate::sys;

/// Brings `lo` up; the kernel then gives it 127.0.0.1 and ::1.
///
/// # Errors
/// EPERM without CAP_NET_ADMIN over the network namespace.
pub fn set_up(_: &mut SetUp) -> Result<(), Errno> {
    sys::raise_loopback()
}
