//! The environment that the app of a sandbox gets.

use crate::support::*;

const ENV: &str = "/usr/bin/env";

/// Starts init with an environment of two variables and the test's marker, which has to go along.
fn edited(user: User, options: &[&str], command: &[&str]) -> Option<Start> {
    let own = init_path();
    let words = [&["-i", "PATH=/nosuch", "SECRET=s3cret"][..], &[own.to_str().unwrap()]].concat();
    let mark = marker();
    let marked = format!("INIT_TEST_MARKER={mark}");
    let words = [&words[..1], &[&marked], &words[1..], options, &["--"], command].concat();
    Some(user.run(Start::new(ENV, words))?.marked(&mark))
}

#[test]
fn changes_in_the_order_of_the_command_line() {
    for user in users() {
        for (options, expected) in [
            (&["--clearenv"][..], &[][..]),
            (&["--clearenv", "--keepenv", "SECRET"], &["SECRET=s3cret"]),
            (&["--clearenv", "--keepenv", "NOSUCH"], &[]),
            (&["--setenv", "SECRET", "x", "--clearenv"], &[]),
            (&["--clearenv", "--setenv", "A", "1", "--setenv", "A", "2=3"], &["A=2=3"]),
            (&["--clearenv", "--setenv", "SECRET", "x", "--keepenv", "SECRET"], &["SECRET=s3cret"]),
            (&["--setenv", "A", "-1", "--unsetenv", "SECRET"], &["PATH=/nosuch", "A=-1"]),
            (&["--unsetenv=PATH", "--unsetenv=NOSUCH"], &["SECRET=s3cret"]),
        ] {
            for more in [&[][..], &["--uts"], &["--pid"], &["--time"]] {
                let options = [options, more].concat();
                let Some(start) = edited(user, &options, &[ENV]) else { continue };
                let done = start.run().expect(0).silent();
                let ours = |line: &&str| !line.starts_with("INIT_TEST_MARKER");
                let found: Vec<_> = done.stdout.lines().filter(ours).collect();
                assert_eq!(found, expected, "{options:?}");
            }
        }
    }
}

/// No namespace is needed.
#[test]
fn the_callers_namespaces_stay() {
    let script = "readlink /proc/self/ns/user; echo $A";
    for user in users() {
        let words = ["--setenv", "A", "1", "--rlimit", "core=0", "--", "sh", "-c", script];
        let done = user.run(init(words)).unwrap().run().expect(0).silent();
        let own = std::fs::read_link("/proc/self/ns/user").unwrap();
        assert_eq!(done.stdout, format!("{}\n1\n", own.display()));
    }
}

/// A command is looked for in the app's own PATH, and without one in the usual places.
#[test]
fn the_path_is_the_apps_own() {
    let scratch = Scratch::new();
    scratch.executable("only-here", b"#!/bin/sh\nexit 9\n");
    let here = scratch.path("");
    std::fs::set_permissions(&here, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let here = here.to_str().unwrap();
    for user in users() {
        let found = edited(user, &["--setenv", "PATH", here], &["only-here"]);
        let Some(found) = found else { continue };
        found.run().expect(9).silent();
        let default = edited(user, &["--clearenv"], &["sh", "-c", "exit 8"]).unwrap();
        default.run().expect(8).silent();
        let none = edited(user, &["--setenv", "A", "1"], &["sh"]).unwrap();
        none.run().expect(127).one_line("it is in no directory of PATH, /nosuch");
    }
}

/// `--expand-env` sees what the command will see.
#[test]
fn words_are_expanded_by_the_new_environment() {
    for user in users() {
        let options = ["--clearenv", "--setenv", "A", "1", "--expand-env"];
        let command = ["/bin/echo", "$A", "${SECRET:-none}"];
        let done = edited(user, &options, &command).unwrap().run().expect(0).silent();
        assert_eq!(done.stdout, "1 none\n");
    }
}

#[test]
fn pwd_names_the_directory() {
    for user in users() {
        let options = ["--clearenv", "--setenv", "PWD", "/nosuch", "--chdir", "/usr"];
        let done = edited(user, &options, &[ENV]).unwrap().run().expect(0).silent();
        assert_eq!(done.stdout, "PWD=/usr\n");
    }
}

/// What `--clearenv` took is not in inner's memory either: `/proc/1/environ` would show it.
#[test]
fn nothing_cleared_is_left_in_inner() {
    if !root() {
        return skip("nothing_cleared_is_left_in_inner", "needs root, to read inner's environment");
    }
    for topology in ["--pid", "--time"] {
        let options = [topology, "--clearenv", "--keepenv", "PATH"];
        let probe = probe_path();
        let command = [probe.to_str().unwrap(), "signals"];
        let mut run = edited(User::Root, &options, &command).unwrap().start();
        run.expect("ready");
        let outer = run.pid();
        let inner = children(outer)[0];
        let read = |pid: i32| {
            let text = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
            String::from_utf8_lossy(&text).replace('\0', " ").trim().to_owned()
        };
        assert_eq!(read(children(inner)[0]), "PATH=/nosuch");
        assert_eq!(read(inner), "");
        assert!(read(outer).contains("SECRET=s3cret"), "outside it is the caller's");
        run.signal(libc::SIGTERM);
        run.finish().expect(0);
    }
}

#[test]
fn names_that_are_none() {
    for words in [&["--unsetenv", "A=1"][..], &["--unsetenv="], &["--setenv", "", "x"]] {
        let words = [words, &["true"]].concat();
        init(words).run().expect(125).one_line("(accepted: the name of a variable");
    }
    let alone = init(["--keepenv", "A", "true"]).run().expect(125);
    alone.one_line("--keepenv needs --clearenv");
}
