//! Who started init, as far as a sandbox depends on it. Plain data.

use super::Refusal;
use super::joins::Door;
use crate::accounts::Subordinate;
use crate::capabilities::CapabilitySet;
use crate::seccomp::Filter;

/// The ids and rights of the process that makes the sandbox.
#[derive(Clone, Copy, Debug, Default)]
pub struct Credentials {
    /// The effective user id.
    pub user: u32,
    /// The effective group id.
    pub group: u32,
    /// Our user 0 is user 0 of the machine, not of a user namespace below it.
    pub has_machine_root: bool,
    /// The effective capabilities.
    pub capabilities: CapabilitySet,
    /// setgroups(2) is denied in our user namespace, and so in those below.
    pub groups_denied: bool,
    /// There is a terminal that the app could put keys into.
    pub has_terminal: bool,
    /// The filters of `--seccomp`.
    pub filters: &'static [Filter],
    /// Where init was started, if relative paths depend on it, and it has a name.
    pub directory: &'static [u8],
    /// Existing namespaces that are to be entered.
    pub doors: &'static [Door],
    /// The user's first range in /etc/subuid.
    pub users: Option<Subordinate>,
    /// The user's first range in /etc/subgid.
    pub groups: Option<Subordinate>,
}

impl Credentials {
    /// The path, as it is from every directory.
    ///
    /// # Errors
    /// It is relative to a directory that has no name. From `/` on it would name something else.
    pub fn absolute(&self, path: &'static [u8]) -> Result<&'static [u8], Refusal> {
        match self.directory {
            _ if path.starts_with(b"/") => Ok(path),
            b"" => Err(Refusal::NoDirectory(path)),
            directory => Ok([directory, b"/", path].concat().leak()),
        }
    }
}
