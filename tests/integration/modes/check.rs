//! `--check` tells the truth on the machine, in containers and in sandboxes.

use serde_json::Value;

use crate::support::engine::engine;
use crate::support::places::*;
use crate::support::*;

const TYPES: [&str; 8] = ["user", "pid", "mount", "uts", "ipc", "net", "cgroup", "time"];

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn found(start: Start) -> Value {
    parse(&start.run().expect(0).silent().stdout)
}

/// Asserts that an answer is no, with this reason.
#[track_caller]
fn no(answer: &Value, errno: i32, cause: &str) {
    assert_eq!((&answer["possible"], &answer["errno"]), (&false.into(), &errno.into()), "{answer}");
    let found = answer["cause"].as_str().unwrap_or_default();
    assert!(found.contains(cause), "{cause:?} is not in {answer}");
    assert!(!answer["remedy"].as_str().unwrap_or_default().is_empty(), "{answer}");
}

/// Compares with unshare(1): it can make the namespaces that `--check` names, and no others.
#[test]
fn agrees_with_unshare() {
    type Place<'a> = (&'a str, &'a dyn Fn(&str, &[&str]) -> Start);
    let limited = "echo 0 >/proc/sys/user/max_user_namespaces; \
                   echo 0 >/proc/sys/user/max_ipc_namespaces";
    let places: [Place<'_>; 4] = [
        ("as we are", &|program, words| Start::new(program, words)),
        ("an ordinary user", &|program, words| ordinary(Start::new(program, words))),
        ("limited", &|program, words| ordinary(after(limited, &["-Ur"], program, words))),
        ("unmapped", &|program, words| ordinary(after("true", &["-U"], program, words))),
    ];
    for (place, start) in places {
        let found = found(start(&own(), &["--check=json"]));
        for namespace in TYPES {
            let answer = &found["namespaces"][namespace];
            let option = format!("--{namespace}");
            let user = ["--user", "--map-current-user"];
            let can = |words: &[&str]| {
                start("unshare", &[words, &[&option, "true"]].concat()).run().code() == 0
            };
            let (alone, around) = (can(&[]), can(&user));
            let expected = match (alone, around && namespace != "user") {
                (true, _) => (Value::from(true), Value::from(false)),
                (false, true) => (Value::from(true), Value::from(true)),
                (false, false) => (Value::from(false), Value::Null),
            };
            let said = (answer["possible"].clone(), answer["needs_user"].clone());
            assert_eq!(said, expected, "{place} {namespace} {answer}");
        }
    }
}

/// Asserts that sandbox mode can make what `--check` names, and nothing else. `start` gets the
/// words for init; `init` is its path in that place.
fn sandboxes(place: &str, init: &str, start: &dyn Fn(&[&str]) -> Start) {
    let found = found(start(&["--check=json"]));
    let mut rows: Vec<_> = TYPES
        .map(|namespace| (vec![format!("--{namespace}")], &found["namespaces"][namespace]))
        .into();
    let words = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
    rows.push((words(&["--pid", "--mount-proc"]), &found["mount_proc"]));
    let sys = &found["mount_sys"];
    let alone = start(&["--mount-sys", "--", init, "-V"]).run().code() == 0;
    let net = if alone { &[][..] } else { &["--net"] };
    rows.push((words(&[net, &["--mount-sys"]].concat()), sys));
    rows.push((words(&["--mount-dev"]), &found["mount_dev"]));
    rows.push((words(&["--root", "/"]), &found["root"]));
    rows.push((words(&["--bind", "/", "/proc"]), &found["bind"]));
    rows.push((words(&["--tmpfs", "/proc"]), &found["tmpfs"]));
    for (option, name) in [
        ("--rlimit=core=0", "rlimit"),
        ("--boottime=1", "boottime"),
        ("--cap-drop=SYS_ADMIN", "cap_drop"),
        (&*format!("--groups={}", found["egid"]), "groups"),
    ] {
        rows.push((words(&[option]), &found[name]));
    }
    for (option, name) in [("--read-only", "read_only"), ("--no-pivot", "no_pivot")] {
        rows.push((words(&["--root", "/", option]), &found[name]));
    }
    for (options, answer) in rows {
        let user = (answer["needs_user"] == true).then_some("--user");
        let options = options.iter().map(String::as_str).chain(user);
        let words: Vec<_> = options.chain(["--", init, "-V"]).collect();
        let done = start(&words).run();
        let expected = if answer["possible"] == true { 0 } else { 125 };
        assert_eq!(done.code(), expected, "{place}: {answer}\n{done:?}");
        if let Some(cause) = answer["cause"].as_str() {
            assert!(done.stderr.contains(cause), "{place}: {cause:?} is not said\n{done:?}");
        }
    }
}

#[test]
fn agrees_with_the_sandbox() {
    let init = own();
    let plain = |words: &[&str]| Start::new(&init, words);
    sandboxes("here", &init, &plain);
    sandboxes("an ordinary user", &init, &|words| ordinary(plain(words)));
    let limited = "echo 0 >/proc/sys/user/max_user_namespaces";
    let limited = |words: &[&str]| ordinary(after(limited, &["-Ur"], &init, words));
    sandboxes("limited", &init, &limited);
    let masked = |words: &[&str]| {
        let words = [&["-Urm", &init], words].concat();
        ordinary(after(MASK_EVERY_PROC, &["-Urm"], "unshare", &words))
    };
    sandboxes("masked", &init, &masked);
    if !root() {
        return skip("agrees_with_the_sandbox", "needs root, for a chroot and without /proc");
    }
    let no_proc = |words: &[&str]| after("umount -l /proc", &["-m"], &init, words);
    sandboxes("without /proc", &init, &no_proc);
    let root = root_directory();
    let dir = root.path("").to_str().unwrap().to_owned();
    for user in ["0:0", "54321:54321"] {
        let user = format!("--userspec={user}");
        let inside =
            |words: &[&str]| Start::new("chroot", [&[&user, &*dir, "/init"], words].concat());
        sandboxes("a chroot", "/init", &inside);
    }
}

#[test]
fn reasons() {
    let limited = "echo 0 >/proc/sys/user/max_user_namespaces";
    let found_limit = found(ordinary(after(limited, &["-Ur"], &own(), &["--check=json"])));
    no(&found_limit["namespaces"]["user"], libc::ENOSPC, "user.max_user_namespaces is 0");
    let unmapped = found(ordinary(after("true", &["-U"], &own(), &["--check=json"])));
    no(&unmapped["namespaces"]["net"], libc::EPERM, "not mapped in this user namespace");
    // A mount that was made outside the user namespace cannot be removed in it.
    let nested = ["-Urm", &own(), "--check=json"];
    let masked = found(ordinary(after(MASK_EVERY_PROC, &["-Urm"], "unshare", &nested)));
    no(&masked["mount_proc"], libc::EPERM, "/proc has masked paths, /proc/tty for one");
    assert_eq!(masked["namespaces"]["pid"]["possible"], true, "{masked}");
}

/// Options about what the app may do.
#[test]
fn what_confines_the_app() {
    let user = found(ordinary(init(["--check=json"])));
    for (option, with_user) in
        [("setuid", true), ("rlimit", false), ("seccomp_filter", false), ("no_new_user_ns", false)]
    {
        let answer = &user[option];
        assert_eq!((&answer["possible"], &answer["needs_user"]), (&true.into(), &with_user.into()));
    }
    let filtered = |call: libc::c_long| {
        found(ordinary(init(["--check=json"])).before_exec(move || refuse(&[call], libc::ENOSYS)))
    };
    assert_eq!(filtered(libc::SYS_prlimit64)["rlimit"]["errno"], libc::ENOSYS);
    assert_eq!(filtered(libc::SYS_prctl)["seccomp_filter"]["errno"], libc::ENOSYS);
    if !root() {
        return skip("what_confines_the_app", "needs root, to become somebody else");
    }
    let root = found(init(["--check=json"]));
    assert_eq!(root["setuid"]["needs_user"], false, "{root}");
    let limited = "echo 0 >/proc/sys/user/max_user_namespaces";
    let start = after(limited, &["-Ur"], &own(), &["--check=json"]);
    no(&found(ordinary(start))["setuid"], libc::ENOSPC, "user.max_user_namespaces is 0");
}

#[test]
fn without_proc() {
    if !root() {
        return skip("without_proc", "needs root, to unmount it");
    }
    let words = ["--check=json"];
    let gone = found(after("umount -l /proc", &["-m"], &own(), &words));
    assert_eq!(gone["namespaces"]["pid"]["possible"], true, "{gone}");
    no(&gone["namespaces"]["user"], libc::ENOENT, "/proc, and no /proc is mounted");
    assert_eq!(gone["mount_proc"]["possible"], true, "{gone}");
    assert_eq!(gone["seccomp"], "none");
}

#[test]
fn in_a_chroot() {
    if !root() {
        return skip("in_a_chroot", "needs root");
    }
    let root = root_directory();
    let dir = root.path("").to_str().unwrap().to_owned();
    let inside = |user: &str, form| {
        Start::new("chroot", [&format!("--userspec={user}"), &*dir, "/init", form])
    };
    for user in ["0:0", "54321:54321"] {
        let found = found(inside(user, "--check=json"));
        no(&found["namespaces"]["user"], libc::EPERM, "in a chroot");
        assert_eq!(found["namespaces"]["net"]["possible"], user == "0:0", "{found}");
    }
    let table = inside("54321:54321", "--check").run().expect(0).silent().stdout;
    assert!(table.contains("--net         no, as --user\n"), "{table}");
}

#[test]
fn an_executable_that_is_not_ours_to_read() {
    if !root() {
        return skip("an_executable_that_is_not_ours_to_read", "needs root");
    }
    let (_scratch, copy) = unreadable_copy();
    let found = found(ordinary(Start::new(copy, ["--check=json"])));
    no(&found["namespaces"]["user"], libc::EACCES, "may not read this executable");
}

#[test]
fn the_other_facts() {
    let here = found(init(["--check=json"]));
    assert_eq!(here["pid_1"], false);
    assert_eq!((&here["subreaper"], &here["can_be_subreaper"]), (&false.into(), &true.into()));
    let first = found(init(["--check=json"]).as_pid1(true));
    assert_eq!((&first["pid_1"], &first["pid"]), (&true.into(), &1.into()));
    let user = found(ordinary(init(["--check=json"]).before_exec(|| unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1), 0);
    })));
    assert_eq!((&user["no_new_privs"], &user["subreaper"]), (&true.into(), &true.into()));
    assert_eq!(user["capabilities"]["effective"], Value::Array(Vec::new()), "{user}");
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert_eq!(user["kernel"], kernel.trim());
}

#[test]
fn nothing_is_run_and_nothing_is_left() {
    // In a mount namespace of the test's own, because other programs mount meanwhile. A mount
    // goes when another program removes its directory.
    let look = "grep -v ' /tmp/' /proc/self/mountinfo; readlink /proc/self/ns/*";
    let script =
        format!("before=$({look}); \"$@\"; after=$({look}); test \"$before\" = \"$after\"");
    for form in ["--check", "--check=json"] {
        let words = ["-Urm", "sh", "-c", &script, "sh", &own(), form];
        let done = Start::new("unshare", words).run().expect(0).silent();
        assert!(!done.stdout.is_empty(), "{done:?}");
    }
    let by_variable =
        init(["/nosuch"]).env("CONTAINER_INIT_CHECK", "json").run().expect(0).silent();
    assert_eq!(parse(&by_variable.stdout)["pid_1"], false);
}

#[test]
fn in_containers() {
    let Some(engine) = engine("in_containers") else { return };
    let look = |options: &[&str]| {
        let container =
            engine.start_container(&[options, &["-e", "CONTAINER_INIT_CHECK=json"]].concat(), &[]);
        assert_eq!(container.wait(), 0, "{}", container.logs());
        parse(&container.logs())
    };
    for options in [&[][..], &["--user=1000:1000", "--cap-drop=ALL"]] {
        let default = look(options);
        assert_eq!((&default["pid_1"], &default["seccomp"]), (&true.into(), &"filter".into()));
        for namespace in TYPES {
            no(&default["namespaces"][namespace], libc::EPERM, "a seccomp filter blocks it");
        }
        no(&default["mount_proc"], libc::EPERM, "a seccomp filter blocks it");
    }
    let admin = look(&["--cap-add=SYS_ADMIN"]);
    // The filter forbids pivot_root(2), and Docker mounts the cgroups read-only.
    no(&admin["root"], libc::EPERM, "a seccomp filter blocks it");
    no(&admin["join_cgroup"], libc::EROFS, "cgroups are mounted read-only here");
    for option in ["no_pivot", "join", "persist", "cap_drop"] {
        assert_eq!(admin[option]["possible"], true, "{admin}");
    }
    for namespace in TYPES {
        assert_eq!(admin["namespaces"][namespace]["possible"], true, "{admin}");
    }
    assert_eq!(admin["mount_proc"]["possible"], true, "{admin}");
    let unconfined = look(&["--security-opt=seccomp=unconfined", "--user=1000:1000"]);
    assert_eq!(unconfined["namespaces"]["net"]["needs_user"], true, "{unconfined}");
    no(&unconfined["mount_proc"], libc::EPERM, "/proc has masked paths");
    let whole = look(&[
        "--security-opt=seccomp=unconfined",
        "--security-opt=systempaths=unconfined",
        "--user=1000:1000",
    ]);
    assert_eq!(whole["mount_proc"]["needs_user"], true, "{whole}");
}
