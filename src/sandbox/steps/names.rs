//! The UTS namespace: its names (uts_namespaces(7)).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use nix::unistd::sethostname;

use super::SetUp;
use crate::sys;

/// Sets the host name.
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN over the UTS namespace.
pub fn set_up_host(name: &[u8], _: &mut SetUp) -> Result<(), Errno> {
    sethostname(OsStr::from_bytes(name))
}

/// Sets the NIS domain name.
///
/// # Errors
/// As [`set_up_host`].
pub fn set_up_domain(name: &[u8], _: &mut SetUp) -> Result<(), Errno> {
    sys::set_domainname(name)
}
