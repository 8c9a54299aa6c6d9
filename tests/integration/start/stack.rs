//! The main child starts on init's own stack, in init's memory.

use crate::support::*;

/// In bytes. Without optimisation frames are several times as large as in a release.
const STACK: u64 = 64 * 1024;

/// Below a stack lies the kernel's guard gap: a process that needs more than the limit is
/// killed by SIGSEGV.
fn small_stack() {
    let limit = libc::rlimit { rlim_cur: STACK, rlim_max: STACK };
    unsafe { libc::setrlimit(libc::RLIMIT_STACK, &limit) };
}

/// The deepest path through the code: a PATH with the longest possible entries, and a script
/// without `#!`.
#[test]
fn a_small_stack_is_enough() {
    let scratch = Scratch::new();
    scratch.executable("script", b"exit 5\n");
    let long = format!("/{}", "x/".repeat(2000));
    let path = format!("{long}:{long}:{}", scratch.path("").display());
    for first in [false, true] {
        let start = init(["--new-session", "script"]).env("PATH", &path);
        start.as_pid1(first).before_exec(small_stack).run().expect(5).silent();
        let start = init(["nosuchcommand"]).env("PATH", &path);
        start.as_pid1(first).before_exec(small_stack).run().expect(127).one_line("No such file");
    }
}
