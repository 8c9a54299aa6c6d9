//! `--check` tells the truth about namespaces and cgroups that exist, and about files that keep
//! namespaces.

use std::fs;
use std::os::unix::fs::chown;
use std::process::Command;

use serde_json::Value;

use crate::support::places::*;
use crate::support::*;

/// What `--check` says of the option in that place, where `init` with these words does it for
/// real: that it works, or the same error and cause.
#[track_caller]
fn agrees(option: &str, place: &dyn Fn(&[&str]) -> Start, words: &[&str]) -> Value {
    let found = place(&["--check=json"]).run().expect(0).silent().stdout;
    let found: Value = serde_json::from_str(&found).unwrap();
    let answer = &found[option];
    let done = place(&[words, &["--", &own(), "-V"]].concat()).run();
    let expected = if answer["possible"] == true { 0 } else { 125 };
    assert_eq!(done.code(), expected, "{answer}\n{done:?}");
    if let Some(cause) = answer["cause"].as_str() {
        done.one_line(cause);
    }
    answer.clone()
}

fn here(words: &[&str]) -> Start {
    init(words)
}

/// In a mount namespace of the test's own, whatever is mounted.
fn apart(words: &[&str]) -> Start {
    after("true", &["-m"], &own(), words)
}

#[test]
fn namespaces_that_are_entered() {
    let no_setns =
        |words: &[&str]| init(words).before_exec(|| refuse(&[libc::SYS_setns], libc::EPERM));
    let old =
        |words: &[&str]| init(words).before_exec(|| refuse(&[libc::SYS_pidfd_open], libc::ENOSYS));
    let no_proc = |words: &[&str]| after("umount -l /proc", &["-m"], &own(), words);
    for user in users() {
        let sandbox = Sandbox::start(user, &["--pid", "--uts"]);
        let join = ["--join", &sandbox.pid()];
        let as_user = |start: Start| user.run(start).unwrap();
        let answer = agrees("join", &|words| as_user(here(words)), &join);
        assert_eq!(answer["needs_user"], user == User::Ordinary, "{answer}");
        if answer["needs_user"] == true {
            let uts = format!("uts=/proc/{}/ns/uts", sandbox.app);
            as_user(init(["--join", &uts, "true"])).run().expect(125);
        }
        let answer = agrees("join", &|words| as_user(no_setns(words)), &join);
        assert_eq!(answer["cause"], "a seccomp filter blocks it", "{user:?}");
        let answer = agrees("join", &|words| as_user(old(words)), &join);
        assert_eq!(answer["cause"], "Linux before 5.3 has no such call", "{user:?}");
        if root() {
            let answer = agrees("join", &no_proc, &join);
            assert!(answer["cause"].as_str().unwrap().contains("/proc, and no /proc is mounted"));
        }
    }
}

#[test]
fn cgroups_that_are_entered() {
    if !root() {
        return skip("cgroups_that_are_entered", "needs root, to make cgroups");
    }
    let cgroup = Cgroup::any();
    let join = ["--join-cgroup", cgroup.word()];
    assert_eq!(agrees("join_cgroup", &here, &join)["possible"], true);
    let user = |words: &[&str]| ordinary(init(words));
    let answer = agrees("join_cgroup", &user, &join);
    assert!(
        answer["cause"].as_str().unwrap().contains("you may not write to the cgroup"),
        "{answer}"
    );
    let read_only = "mount --make-rprivate / && grep ' /sys/fs/cgroup' /proc/self/mountinfo | cut -d ' ' -f 5 | \
        while read at; do mount -o remount,bind,ro \"$at\"; done";
    let read_only = |words: &[&str]| after(read_only, &["-m"], &own(), words);
    let answer = agrees("join_cgroup", &read_only, &join);
    assert_eq!(answer["cause"], "cgroups are mounted read-only here");
    // One that was given to the user, who is in it.
    for file in ["", "cgroup.procs"] {
        chown(cgroup.path.join(file), Some(54321), Some(54321)).unwrap();
    }
    let enter = format!("echo $$ >{}/cgroup.procs", cgroup.word());
    let within = |words: &[&str]| {
        let ids = ["--reuid=54321", "--regid=54321", "--clear-groups", &own()];
        after(&enter, &["-m"], "setpriv", &[&ids, words].concat())
    };
    assert_eq!(agrees("join_cgroup", &within, &join)["possible"], true);
    // No directory can be opened, or there can be no channel to the child that is to be moved.
    for most in [0, 3, 4] {
        let limited = |words: &[&str]| init(words).before_exec(move || limit_files(most));
        let answer = agrees("join_cgroup", &limited, &join);
        let expected = (&libc::EMFILE.into(), &Value::Null);
        assert_eq!((&answer["errno"], &answer["cause"]), expected, "{most}");
    }
}

fn limit_files(most: u64) {
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
}

#[test]
fn files_that_keep_namespaces() {
    let scratch = Scratch::new();
    let file = scratch.path("uts");
    fs::write(&file, "").unwrap();
    let keep = ["--persist", &format!("uts={}", file.display())];
    let user = |words: &[&str]| ordinary(init(words));
    assert_eq!(agrees("persist", &user, &keep)["errno"], libc::EPERM);
    // It is root, but not of the mounts that it sees.
    let nested = |words: &[&str]| ordinary(after("true", &["-Ur"], &own(), words));
    let answer = agrees("persist", &nested, &keep);
    assert_eq!(answer["cause"], "a mount outside needs CAP_SYS_ADMIN");
    if !root() {
        return skip("files_that_keep_namespaces", "needs root, to mount outside");
    }
    assert_eq!(agrees("persist", &apart, &keep)["possible"], true);
    let no_proc = |words: &[&str]| after("umount -l /proc", &["-m"], &own(), words);
    let missing = "init does this through /proc, and no /proc is mounted";
    assert_eq!(agrees("persist", &no_proc, &keep)["cause"], missing);
    let strange = |words: &[&str]| init([&["--pid", "--", &*own()], words].concat());
    let cause = "/proc is of another PID namespace";
    assert_eq!(agrees("persist", &strange, &keep)["cause"], cause);
    assert_eq!(agrees("no_new_user_ns", &strange, &["-q", "--no-new-user-ns"])["cause"], cause);
    let chroot = Scratch::new();
    let inside = format!("{}{}", chroot.path("").display(), own());
    assert!(Command::new("install").args(["-D", &own(), &inside]).status().unwrap().success());
    let dir = chroot.path("").to_str().unwrap().to_owned();
    let keep = ["--persist=uts=/uts"];
    let proc = format!("mkdir -p {dir}/proc && mount -t proc none {dir}/proc");
    for (set_up, cause) in [("true", Some(missing)), (&*proc, None)] {
        let place =
            |words: &[&str]| after(set_up, &["-m"], "chroot", &[&[&*dir, &own()], words].concat());
        let answer = agrees("persist", &place, &keep);
        assert_eq!(
            (answer["cause"].as_str(), answer["possible"] == true),
            (cause, cause.is_none())
        );
    }
}

/// The numbers of the visible `/proc` need not be those of our PID namespace.
#[test]
fn a_process_is_found_in_a_proc_of_outside() {
    for user in users() {
        let sandbox = Sandbox::start(user, &["--pid", "--uts", "--hostname=box"]);
        let join = ["--join", &sandbox.pid(), "hostname"];
        let said = |start: Start| user.run(start).unwrap().run().expect(0).silent().stdout;
        assert_eq!(said(init(join)), "box\n", "{user:?}");
        if !root() {
            continue;
        }
        // Nothing to be entered must not mean that nothing is to be entered.
        let words = [&own(), "--join", &sandbox.pid(), "hostname"];
        let ids = ["--reuid=54321", "--regid=54321", "--clear-groups"];
        let words = [&ids[..], &words].concat();
        let gone = after("umount -l /proc", &["-m"], "setpriv", &words).run().expect(125);
        gone.one_line("No such file or directory (init looks at processes through /proc, and no ");
    }
    // A process in a PID namespace below, whose numbers the /proc of outside does not have.
    let script = "\"$0\" -q --uts --hostname=below -- sh -c 'echo $$; exec sleep 1000' | \
        { read pid && \"$0\" -q --join $pid hostname; kill $pid; }";
    let below = ["-Urpf", "sh", "-c", script, &own()];
    let done = ordinary(Start::new("unshare", below)).run().expect(0);
    assert_eq!(done.stdout, "below\n", "{done:?}");
}
