//! Where a report can go: to a file that the app writes to as well; and where it cannot.

use std::fs;
use std::os::unix::net::UnixListener;

use crate::support::*;

#[test]
fn to_stdout_and_stderr_behind_what_the_app_says() {
    for (fd, path, script) in
        [(1, "/dev/stdout", "echo said; exit 5"), (2, "/dev/stderr", "echo said >&2; exit 5")]
    {
        let scratch = Scratch::new();
        let log = scratch.path("log");
        fs::write(&log, "from before\n").unwrap();
        let file = fs::OpenOptions::new().append(true).open(&log).unwrap();
        init(["--report", path, "sh", "-c", script]).stdio(fd, file).run().expect(5);
        let text = fs::read_to_string(&log).unwrap();
        assert!(text.starts_with("said\n{") && text.ends_with("}\n"), "{text}");
    }
}

#[test]
fn what_leads_to_nothing_is_named() {
    let scratch = Scratch::new();
    let path = scratch.path("socket");
    let socket = UnixListener::bind(&path).unwrap();
    for (path, cause) in
        [(path.to_str().unwrap(), "it is a socket"), ("/dev/tty", "there is no terminal")]
    {
        let start = init(["--report", path, "true"]).before_exec(|| unsafe {
            libc::setsid();
        });
        let done = start.run().expect(125);
        done.one_line(&format!("open report {path}: No such device or address ({cause})"));
    }
    drop(socket);
}
