//! A text that was asked for and cannot be printed ends init as its own failure does, under each name;
//! and while it waits for its reader, a signal ends init.

use crate::support::*;
use std::os::unix::fs::symlink;

#[test]
fn full_and_closed() {
    let scratch = Scratch::new();
    for (name, status, prefix) in [
        ("init", 125, "init: "),
        ("tini", 1, "[FATAL tini ("),
        ("docker-init", 1, "[FATAL tini ("),
        ("dumb-init", 1, "[dumb-init] "),
        ("catatonit", 1, "ERROR (catatonit:"),
        ("pause", 1, "Error: "),
    ] {
        let path = scratch.path(name);
        symlink(init_path(), &path).unwrap();
        let start = |word: &str| Start::new(&path, [word]);
        let check = || start("true").env("CONTAINER_INIT_CHECK", "1");
        for ask in [&|| start("-h"), &check] as [&dyn Fn() -> Start; 2] {
            let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            let closed = || unsafe {
                libc::close(1);
            };
            for (start, reason) in [
                (ask().stdio(1, full), "No space left on device"),
                (ask().before_exec(closed), "Bad file descriptor"),
            ] {
                let done = start.run().expect(status);
                let done = done.one_line(&format!("write stdout: {reason}"));
                assert!(done.stderr.starts_with(prefix), "{done:?}");
            }
        }
    }
}

#[test]
fn a_full_pipe() {
    // Not INT: who starts the tests in the background may have it ignored.
    for option in ["-h", "--check"] {
        let (reader, writer) = pipe();
        fill(&writer);
        let mut run = init([option]).stdio(1, writer).start();
        run.signal(libc::SIGTERM);
        run.finish().expect(143).silent();
        drop(reader);
    }
}
