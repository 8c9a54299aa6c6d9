//! The status is the main child's. 124 to 127 are init's own.

use crate::support::*;
use std::os::unix::fs::PermissionsExt;

#[test]
fn every_exit_code() {
    for code in 0..=255 {
        init_probe(&[], &["exit", &code.to_string()]).run().expect(code).silent();
    }
    for code in [0, 1, 42, 125, 255] {
        init_probe(&[], &["exit", &code.to_string()]).as_pid1(true).run().expect(code).silent();
    }
}

#[test]
fn death_by_every_deadly_signal() {
    let harmless = [
        libc::SIGCHLD,
        libc::SIGCONT,
        libc::SIGURG,
        libc::SIGWINCH,
        libc::SIGSTOP,
        libc::SIGTSTP,
        libc::SIGTTIN,
        libc::SIGTTOU,
    ];
    for signal in (1..=64).filter(|n| !harmless.contains(n)) {
        let words = ["die", &signal.to_string()].map(str::to_owned);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        init_probe(&[], &words).run().expect(128 + signal).silent();
    }
    init_probe(&[], &["die", "9"]).as_pid1(true).run().expect(137).silent();
}

#[test]
fn remapped() {
    init_probe(&["-e", "143", "-e", "7"], &["exit", "7"]).run().expect(0);
    init_probe(&["-e143"], &["die", "15"]).run().expect(0);
    init_probe(&["-e143"], &["exit", "7"]).run().expect(7);
    init_probe(&[], &["exit", "7"]).env("CONTAINER_INIT_REMAP_EXIT", "1,7").run().expect(0);
    init_probe(&["-e", "1"], &["exit", "7"]).env("CONTAINER_INIT_REMAP_EXIT", "7").run().expect(7);
}

#[test]
fn commands_that_cannot_run() {
    let scratch = Scratch::new();
    let file = |name: &str, text: &str, mode: u32| {
        let path = scratch.executable(name, text.as_bytes());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    let plain = file("plain", "x", 0o644);
    let lost = file("lost", "#!/nonexistent/interpreter\n", 0o755);
    let below = format!("{plain}/x");
    let dir = scratch.path("").to_str().unwrap().to_owned();
    for (command, code, reason) in [
        ("nosuch", 127, "exec nosuch: No such file or directory"),
        ("/nosuch/nosuch", 127, "exec /nosuch/nosuch: No such file or directory"),
        ("", 127, "exec: No such file or directory"),
        (plain.as_str(), 126, "Permission denied"),
        (dir.as_str(), 126, "Permission denied"),
        (below.as_str(), 126, "Not a directory"),
        (lost.as_str(), 127, "No such file or directory"),
    ] {
        for first in [false, true] {
            init(["--", command]).as_pid1(first).run().expect(code).one_line(reason);
        }
    }
}

#[test]
fn a_script_without_an_interpreter_line_is_the_shells() {
    let scratch = Scratch::new();
    let path = scratch.executable("script", b"echo \"$0 $1 $#\"; exit 5\n");
    let path = path.as_str();
    let done = init([path, "a b", "c"]).run().expect(5).silent();
    assert_eq!(done.stdout, format!("{path} a b 2\n"));
    let dir = path.strip_suffix("/script").unwrap();
    let done = init(["script"]).env("PATH", dir).run().expect(5).silent();
    assert_eq!(done.stdout, format!("{path}  0\n"));
}

/// The first bytes of a program for another machine.
const FOREIGN: &str = "\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\0\0";

#[test]
fn a_program_of_another_machine_is_no_script() {
    let scratch = Scratch::new();
    scratch.executable("foreign", FOREIGN.as_bytes());
    let dir = scratch.path("");
    let dir = dir.to_str().unwrap();
    let done = init(["foreign"]).env("PATH", dir).run();
    done.expect(126).one_line("init: exec foreign: Exec format error (it is built for ");
}

/// Without a shell, as in an image of one binary, the message still names the command.
#[test]
fn a_script_without_a_shell_is_found_and_cannot_be_run() {
    if !root() {
        let test = "a_script_without_a_shell_is_found_and_cannot_be_run";
        return skip(test, "needs root, for chroot(2)");
    }
    let scratch = Scratch::new();
    copy_program(&init_path(), &scratch.path("init"));
    scratch.executable("script", b"echo x\n");
    let dir = std::ffi::CString::new(scratch.path("").to_str().unwrap()).unwrap();
    let start = Start::new("/init", ["script"]).env("PATH", "/nosuch:/").before_exec(move || {
        assert_eq!(unsafe { libc::chroot(dir.as_ptr()) }, 0);
    });
    start.run().expect(126).one_line("init: exec script: Exec format error (a script ");
}

#[test]
fn path_is_searched_as_execvp_does() {
    let scratch = Scratch::new();
    let dir = |name: &str, mode: u32| {
        let dir = scratch.path(name);
        std::fs::create_dir(&dir).unwrap();
        let program = dir.join("app");
        make_executable(&program, format!("#!/bin/sh\necho {name}\n").as_bytes());
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(mode)).unwrap();
        dir.to_str().unwrap().to_owned()
    };
    let (locked, open) = (dir("locked", 0o644), dir("open", 0o755));
    let with = |path: &str| init(["app"]).env("PATH", path).run();
    assert_eq!(with(&format!("/nosuch:{locked}:{open}")).expect(0).stdout, "open\n");
    with(&format!("/nosuch:{locked}")).expect(126).one_line("Permission denied");
    with("/nosuch").expect(127).one_line("No such file or directory");
    let long = "x".repeat(300);
    for path in ["/nosuch:/etc/passwd", &long, &format!("{long}:{open}/app")] {
        with(path).expect(127).one_line("No such file or directory");
    }
    assert_eq!(with(&format!("{long}:/etc/passwd:{open}")).expect(0).stdout, "open\n");
    if root() {
        // A directory that we may not search does not show whether it holds the command.
        let closed = scratch.path("closed");
        std::fs::create_dir(&closed).unwrap();
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
        let start = init(["nosuch"]).env("PATH", closed.to_str().unwrap());
        let done = start.before_exec(become_nobody).run();
        done.expect(127).one_line("exec nosuch: No such file or directory");
    }
}

#[test]
fn usage_errors() {
    for (words, text) in [
        (&["--nosuch", "true"][..], "unknown option --nosuch"),
        (&["-Z"], "unknown option -Z"),
        (&[], "no command given"),
        (&["-e"], "option --remap-exit needs a value"),
        (&["--grace-period=-1", "true"], "accepted: a duration"),
        (&["--rewrite", "KILL:TERM", "true"], "option --rewrite: bad value 'KILL:TERM'"),
        (&["--report", "/nonexistent/x", "true"], "open report /nonexistent/x"),
    ] {
        init(words).run().expect(125).one_line(text);
    }
    init(["true"])
        .env("CONTAINER_INIT_TIMEOUT", "soon")
        .run()
        .expect(125)
        .one_line("CONTAINER_INIT_TIMEOUT");
}

#[test]
fn pages_go_to_stdout() {
    for (flag, text) in [("-h", "Usage: init [OPTIONS]"), ("-V", "init "), ("-l", "MIT License")] {
        let done = init([flag]).run().expect(0).silent();
        assert!(done.stdout.contains(text), "{done:?}");
    }
    let version = init(["--version"]).run().stdout;
    let (_, commit) = version.trim_end().split_once(" - git.").expect("dockerd looks for git.SHA");
    assert!(commit.bytes().all(|b| b.is_ascii_alphanumeric()), "{version}");
}

fn become_nobody() {
    unsafe {
        libc::setgid(54321);
        libc::setuid(54321);
    }
}

#[test]
fn no_process_left_to_start() {
    if !root() {
        return skip("no_process_left_to_start", "needs root, to become somebody else");
    }
    let done = init(["true"])
        .before_exec(|| unsafe {
            let limit = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
            libc::setrlimit(libc::RLIMIT_NPROC, &limit);
            // A user with no other process: one more reaches the limit.
            let user = 100_000 + libc::getpid() as libc::uid_t;
            libc::setgid(user);
            libc::setuid(user);
        })
        .run();
    done.expect(125).one_line("(the limit of processes is reached; ");
}
