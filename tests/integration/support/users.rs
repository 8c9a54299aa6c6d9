//! The users that make sandboxes: root and an ordinary user.

use super::*;

/// Both can make sandboxes on a machine that allows user namespaces.
pub const USERS: [User; 2] = [User::Root, User::Ordinary];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    Root,
    Ordinary,
}

/// The uid of a user that owns no file.
const NOBODY: u32 = 54321;

impl User {
    /// Runs the program as this user; `None` for root when the tests do not run as root.
    pub fn run(self, start: Start) -> Option<Start> {
        match self {
            User::Root => root().then_some(start),
            User::Ordinary if !root() => Some(start),
            User::Ordinary => Some(start.before_exec(|| unsafe {
                libc::setgroups(0, std::ptr::null());
                libc::setresgid(NOBODY, NOBODY, NOBODY);
                libc::setresuid(NOBODY, NOBODY, NOBODY);
            })),
        }
    }
}

/// Runs a case with init and these words, as each user.
pub fn as_each(words: &[&str], mut case: impl FnMut(User, Start)) {
    for user in USERS {
        match user.run(init(words)) {
            Some(start) => case(user, start),
            None => skip("a sandbox of root's", "needs root"),
        }
    }
}

/// Runs a case with init, these options and the probe, as each user.
pub fn probe_as_each(options: &[&str], probe: &[&str], mut case: impl FnMut(User, Start)) {
    let path = probe_path();
    as_each(&[options, &["--", path.to_str().unwrap()], probe].concat(), &mut case);
}

pub fn users() -> impl Iterator<Item = User> {
    USERS.into_iter().filter(|user| *user == User::Ordinary || root())
}
