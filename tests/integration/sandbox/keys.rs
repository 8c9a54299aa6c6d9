//! The caller's session keyring (keyrings(7)): its keys are not the app's.

use crate::support::places::ordinary;
use crate::support::*;

/// Gives the program a session keyring with a key in it.
fn with_key(start: Start) -> Start {
    start.before_exec(|| assert!(add_keys(1)))
}

/// Adds keys to a new session keyring; false when that is too many. Another failure counts not.
fn add_keys(count: u8) -> bool {
    let nothing: *const u8 = std::ptr::null();
    let session = libc::KEY_SPEC_SESSION_KEYRING;
    let mut name = *b"init-test\0\0";
    unsafe {
        libc::syscall(libc::SYS_keyctl, libc::KEYCTL_JOIN_SESSION_KEYRING, nothing);
        (0..count).all(|n| {
            name[9] = n;
            let (kind, name) = (c"user".as_ptr(), name.as_ptr());
            libc::syscall(libc::SYS_add_key, kind, name, c"secret".as_ptr(), 6, session) != -1
                || *libc::__errno_location() != libc::EDQUOT
        })
    }
}

#[test]
fn the_callers_keys_stay_outside() {
    for (options, reads) in [
        (&["--chdir=/"][..], true),
        (&["--no-new-privs"], true),
        (&["--user"], false),
        (&["--user", "--pid"], false),
        (&["--time", "--cap-drop=ALL"], false),
        (&["--cap-drop=NET_RAW"], false),
        (&["--root=/"], false),
    ] {
        probe_as_each(&[&["-q"], options].concat(), &["key"], |user, start| {
            let done = with_key(start).run().expect(0).silent();
            let expected = if reads { "secret\n" } else { "Required key not available" };
            assert!(done.stdout.starts_with(expected), "{user:?} {options:?} {}", done.stdout);
        });
    }
    // The plain init hands everything on.
    let done = with_key(init_probe(&[], &["key"])).run().expect(0).silent();
    assert_eq!(done.stdout, "secret\n");
}

#[test]
fn a_user_with_too_many_keys() {
    if !root() {
        return skip("a_user_with_too_many_keys", "needs root, for a user with no other key");
    }
    for topology in ["--pid", "--uts"] {
        // Of a user that had keys, the kernel is still collecting some.
        let user = own_user();
        let start = init(["--user", topology, "true"]).before_exec(move || {
            unsafe { libc::setresuid(user, user, user) };
            add_keys(u8::MAX);
        });
        let done = start.run().expect(125);
        done.one_line("init: new session keyring: Quota exceeded (the user has as many keys");
    }
    ordinary(init(["--user", "true"])).run().expect(0).silent();
}
