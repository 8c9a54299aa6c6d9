//! Who the app of a sandbox is: user, groups, capabilities.

use super::ids::as_ann;
use crate::support::places::{after, ordinary, own};
use crate::support::*;

/// A field of `/proc/PID/status`, with one blank between the words.
fn field(status: &str, name: &str) -> String {
    let line = status.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap();
    line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

/// Asserts what the status says; an empty expectation is not looked at.
#[track_caller]
fn is(status: &str, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(field(status, name), *value, "{name}\n{status}");
    }
}

const NONE: &str = "0000000000000000";
const CAT: [&str; 3] = ["--", "cat", "/proc/self/status"];
const NET_RAW: &str = "0000000000002000";

#[test]
fn root_starts_as_somebody_else() {
    if !root() {
        return skip("root_starts_as_somebody_else", "needs root");
    }
    let own = std::fs::read_to_string("/proc/self/status").unwrap();
    let bounding = field(&own, "CapBnd");
    for more in [&[][..], &["--pid"], &["--uts"], &["--time"], &["--pid", "--preserve-fds=1"]] {
        let run = |options: &[&str]| {
            let words = [more, options, &CAT].concat();
            init(words).run().expect(0).silent().stdout
        };
        let found = run(&["--setuid=7", "--setgid=8", "--groups=9,10"]);
        is(&found, &[("Uid", "7 7 7 7"), ("Gid", "8 8 8 8"), ("Groups", "9 10")]);
        let none = [("CapEff", NONE), ("CapPrm", NONE), ("CapAmb", NONE), ("CapInh", NONE)];
        is(&found, &none);
        is(&found, &[("CapBnd", &bounding), ("NoNewPrivs", "0")]);
        let found = run(&["--setuid=7"]);
        is(&found, &[("Uid", "7 7 7 7"), ("Gid", "0 0 0 0"), ("Groups", "")]);
        let found = run(&["--groups=0,5"]);
        is(&found, &[("Uid", "0 0 0 0"), ("Groups", "0 5"), ("CapEff", &bounding)]);
        // A capability that is added is kept over the change of user.
        let found = run(&["--setuid=7", "--setgid=8", "--cap-drop=ALL", "--cap-add=NET_RAW"]);
        let kept = ["CapEff", "CapPrm", "CapAmb", "CapInh", "CapBnd"].map(|set| (set, NET_RAW));
        is(&found, &kept);
        is(&found, &[("Uid", "7 7 7 7"), ("Gid", "8 8 8 8")]);
        let found = run(&["--setuid=7", "--cap-add=NET_RAW"]);
        is(&found, &[("CapEff", NET_RAW), ("CapAmb", NET_RAW), ("CapBnd", &bounding)]);
    }
}

#[test]
fn an_ordinary_user_inside() {
    let [user, group] = ["Uid", "Gid"].map(|name| {
        let done = ordinary(Start::new("cat", ["/proc/self/status"])).run();
        field(&done.stdout, name).split(' ').next().unwrap().to_owned()
    });
    let users = format!("--map-users=1000:{user}:1");
    let groups = format!("--map-groups=7:{group}:1");
    let ids = ["--setuid=1000", "--setgid=7", "--cap-add=NET_RAW"];
    for more in ["--pid", "--uts"] {
        let words = [&[&*users, &groups, more], &ids[..], &CAT].concat();
        let done = ordinary(init(&words)).run().expect(0).silent();
        let kept = [("CapEff", NET_RAW), ("CapAmb", NET_RAW), ("Uid", "1000 1000 1000 1000")];
        is(&done.stdout, &kept);
        is(&done.stdout, &[("Gid", "7 7 7 7")]);
        let done = ordinary(init([&["-v"], &words[..]].concat())).run().expect(0);
        let line = "setgroups is denied here: the groups of outside stay";
        assert!(done.stderr.contains(line), "{done:?}");
    }
    // Options about ids imply a user namespace.
    let refused = ordinary(init(["--setuid=1000", "true"])).run().expect(125);
    let remedy = format!("--setuid: 1000 is not mapped inside; use --map-users 1000:{user}:1");
    refused.one_line(&remedy);
    let refused = ordinary(init(["--setgid=7", "true"])).run().expect(125);
    refused.one_line(&format!("--setgid: 7 is not mapped inside; use --map-groups 7:{group}:1"));
    let refused = ordinary(init(["--map-root-user", "--groups=0", "true"])).run().expect(125);
    refused.one_line("--groups: setgroups is denied inside; use --map-auto");
    // To start as root does not help where the command line denies it.
    let denied = ["--map-root-user", "--setgroups=deny", "--groups=0", "true"];
    init(denied).run().expect(125).one_line(", without --setgroups deny");
}

#[test]
fn a_user_of_the_range() {
    let options = ["--map-auto", "--setuid=7", "--setgid=8", "--groups=9"];
    for more in ["--pid", "--uts"] {
        let words = [&options[..], &[more], &CAT].concat();
        let done = as_ann("a_user_of_the_range", "ann:100000:65536\n", "/usr/bin:/bin", &words);
        let Some(done) = done else { return };
        let found = done.expect(0).silent().stdout;
        is(&found, &[("Uid", "7 7 7 7"), ("Gid", "8 8 8 8"), ("Groups", "9"), ("CapEff", NONE)]);
        // outer, which is somebody else outside, ends it all the same.
        let words =
            [&options[..], &[more, "-q", "--timeout=100ms", "--", "sleep", "1000"]].concat();
        let done = as_ann("a_user_of_the_range", "ann:100000:65536\n", "/usr/bin:/bin", &words);
        done.unwrap().expect(124);
    }
}

/// The change of ids takes the parent-death signal back.
#[test]
fn the_app_dies_with_outer() {
    if !root() {
        return skip("the_app_dies_with_outer", "needs root, to become somebody else");
    }
    for options in [&["--uts", "--setuid=7"][..], &["--setgid=8"], &["--pid", "--setuid=7"]] {
        let mark = marker();
        let mut run = init_probe(options, &["signals"]).marked(&mark).start();
        run.expect("ready");
        run.signal(libc::SIGKILL);
        until("nobody is left", || marked(&mark).is_empty());
        run.finish();
    }
}

#[test]
fn what_is_missing_is_named() {
    if !root() {
        return skip("what_is_missing_is_named", "needs root");
    }
    let weak = |set: &str, words: &[&str]| {
        let sets = [format!("--bounding-set=-{set}"), format!("--inh-caps=-{set}")];
        let before = [&*sets[0], &sets[1], &own()].map(str::to_owned);
        Start::new("setpriv", before.iter().map(String::as_str).chain(words.iter().copied()))
    };
    let needs = "Operation not permitted (it needs CAP_SETUID and CAP_SETGID; ";
    let done = weak("setuid", &["--setuid=7", "true"]).run().expect(125);
    done.one_line(&format!("init: setuid: {needs}"));
    let done = weak("setgid", &["--setuid=7", "true"]).run().expect(125);
    done.one_line(&format!("init: setgroups: {needs}"));
    for options in [&[][..], &["--pid", "--setuid=7"]] {
        let adds = [options, &["--cap-add=SYSLOG", "true"]].concat();
        let done = weak("syslog", &adds).run().expect(125);
        done.one_line("init: set capabilities: Operation not permitted (init has no CAP_SYSLOG; ");
        let drops = [options, &["--cap-drop=SYSLOG", "true"]].concat();
        let done = weak("setpcap", &drops).run().expect(125);
        done.one_line("init: set capabilities: Operation not permitted (init has no CAP_SETPCAP; ");
    }
    // In a user namespace that lacks the id, and in one that denies setgroups(2).
    let done = after("true", &["-Ur"], &own(), &["--setuid=7", "true"]).run().expect(125);
    done.one_line("init: setuid: Invalid argument (the id is not mapped in this user namespace; ");
    let denied = after("true", &["-Ur"], &own(), &["--groups=0", "true"]);
    ordinary(denied).run().expect(125).one_line("--groups: setgroups is denied inside; ");
}

/// `nproc` counts for the new user, and the kernel compares at the exec.
#[test]
fn a_user_with_too_many_processes() {
    if !root() {
        return skip("a_user_with_too_many_processes", "needs root, to become another user");
    }
    let user = own_user().to_string();
    let mut other = init_probe(&["--setuid", &user], &["signals"]).start();
    other.expect("ready");
    for more in ["--pid", "--uts"] {
        let done = init([more, "--setuid", &user, "--rlimit=nproc=0", "true"]).run().expect(126);
        let cause = "(the user has reached the limit of 0 processes; raise RLIMIT_NPROC";
        done.one_line("init: exec true: Resource temporarily unavailable").one_line(cause);
    }
    other.signal(libc::SIGTERM);
    other.finish().expect(0);
}

/// The cause of a failed exec is looked for with the app's own rights.
#[test]
fn a_file_that_only_root_may_run() {
    if !root() {
        return skip("a_file_that_only_root_may_run", "needs root");
    }
    let scratch = Scratch::new();
    let file = scratch.executable("private", b"#!/bin/sh\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode;
    std::fs::set_permissions(scratch.path(""), mode(0o755)).unwrap();
    std::fs::set_permissions(&file, mode(0o700)).unwrap();
    for more in ["--pid", "--uts", "--time"] {
        let done = init([more, "--setuid=7", &file]).run().expect(126);
        done.one_line("Permission denied (it is not executable by user 7; chmod a+x ");
    }
}

/// An ordinary user's sandbox denies setgroups(2), also to who enters it.
#[test]
fn who_enters_where_groups_are_denied() {
    for user in users() {
        let sandbox = Sandbox::start(User::Ordinary, &["--pid"]);
        let run = |words: &[&str]| user.run(init(words)).unwrap().run();
        let join = ["--join", &sandbox.pid()];
        let own = if root() { 54321 } else { unsafe { libc::geteuid() } };
        let own = format!("--setuid={own}");
        run(&[&join[..], &[&own, "true"]].concat()).expect(0).silent();
        let groups = run(&[&join[..], &["--groups=54321", "true"]].concat()).expect(125);
        groups.one_line("init: --groups: setgroups is denied inside; ");
        // The file does not tell before it is entered.
        let file = format!("user=/proc/{}/ns/user", sandbox.app);
        let done = run(&["--join", &file, &own, "true"]).expect(125);
        done.one_line("init: setgroups: Operation not permitted (setgroups is denied inside; ");
    }
}
