//! Who makes sandboxes: root, and an ordinary user.

use super::*;

/// Both have everything they need on a machine that allows user namespaces.
pub const USERS: [User; 2] = [User::Root, User::Ordinary];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    Root,
    Ordinary,
}

/// A user that no file belongs to.
const NOBODY: u32 = 54321;

impl User {
    /// Runs it as this user; `None` when that cannot be, or there is no sandbox for it.
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

/// init with these words, as each user.
pub fn as_each(words: &[&str], mut case: impl FnMut(User, Start)) {
    for user in USERS {
        match user.run(init(words)) {
            Some(start) => case(user, start),
            None => skip("a sandbox of root's", "needs root"),
        }
    }
}

/// init with these options, running the probe with those words, as each user.
pub fn probe_as_each(options: &[&str], probe: &[&str], mut case: impl FnMut(User, Start)) {
    let path = probe_path();
    as_each(&[options, &["--", path.to_str().unwrap()], probe].concat(), &mut case);
}

pub fn users() -> impl Iterator<Item = User> {
    USERS.into_iter().filter(|user| *user == User::Ordinary || root())
}
