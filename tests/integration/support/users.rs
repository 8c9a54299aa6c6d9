//! The users that make sandboxes: root and an ordinary user.

use std::sync::atomic::{AtomicU32, Ordering};

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

/// A uid that no other process has.
pub fn own_user() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    // A pid has at most 22 bits (pid_max of proc(5)).
    1 << 30 | (next % 256) << 22 | std::process::id()
}

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

    /// Gives root's program a real user of its own, for tests that queue signals: see
    /// [`Start::with_own_user`]. It keeps root's rights, which are the effective user's. What is
    /// queued in a new user namespace also counts for the effective user, up to the limit that
    /// the namespace's maker had.
    pub fn with_own_queue(self, start: Start) -> Start {
        if self == User::Ordinary || !root() {
            return start;
        }
        let own = own_user();
        start.before_exec(move || unsafe {
            libc::setresuid(own, 0, 0);
            let most =
                libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
            libc::setrlimit(libc::RLIMIT_SIGPENDING, &most);
        })
    }

    /// Can signals be queued in its user namespaces? Those of root count for root, whatever the
    /// real user is. If not, says so.
    pub fn can_queue(self, test: &str) -> bool {
        let can = self == User::Ordinary || !root() || signal_queue_has_room();
        if !can {
            show(&format!("SKIPPED a queued signal in {test}: root's signal queue is full\n"));
        }
        can
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
