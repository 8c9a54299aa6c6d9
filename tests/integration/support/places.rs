//! Places where a sandbox cannot be made, or not as asked.

use std::path::PathBuf;
use std::process::Command;

use crate::support::*;

/// Covers a part of every mounted proc: the kernel allows a new one as long as a single
/// mounted proc is whole.
pub const MASK_EVERY_PROC: &str = "grep ' - proc ' /proc/self/mountinfo | cut -d ' ' -f 5 | \
                                   while read at; do mount -t tmpfs none \"$at/tty\"; done";

/// The path of init as text.
pub fn own() -> String {
    init_path().to_str().unwrap().to_owned()
}

/// Runs the program as an ordinary user instead of root.
pub fn ordinary(start: Start) -> Start {
    User::Ordinary.run(start).unwrap()
}

/// Runs `set_up` in a shell in new namespaces of unshare(1); then the shell execs the program.
pub fn after(set_up: &str, namespaces: &[&str], program: &str, words: &[&str]) -> Start {
    let script = format!("{set_up} && exec \"$@\"");
    let shell = ["--", "sh", "-c", &script, "sh", program];
    Start::new("unshare", [namespaces, &shell, words].concat())
}

/// A directory with nothing but init in it, as `/init`.
pub fn root_directory() -> Scratch {
    let empty = Scratch::new();
    // Another process copies: a child that another test forks meanwhile would inherit our
    // descriptor for writing, and exec of a file that is open for writing is ETXTBSY.
    let copied = Command::new("cp").arg(init_path()).arg(empty.path("init")).status();
    assert!(copied.unwrap().success());
    empty
}

/// A copy of init that ordinary users may run but not read.
pub fn unreadable_copy() -> (Scratch, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let scratch = root_directory();
    let copy = scratch.path("init");
    std::fs::set_permissions(&copy, PermissionsExt::from_mode(0o711)).unwrap();
    (scratch, copy)
}
