//! The ids of a sandbox's user namespace.

use crate::support::*;

/// Runs init as a user with these lines in /etc/subuid and /etc/subgid, in a mount namespace of
/// the test's own. newuidmap(1) also needs the user's name.
pub fn as_ann(test: &str, ranges: &str, path: &str, words: &[&str]) -> Option<Finished> {
    let init = init_path();
    ann_runs(test, ranges, path, &[&[init.to_str().unwrap()], words].concat())
}

/// The same with any program.
fn ann_runs(test: &str, ranges: &str, path: &str, words: &[&str]) -> Option<Finished> {
    if !root() || !installed("newuidmap") {
        skip(test, "needs root, and newuidmap");
        return None;
    }
    let scratch = Scratch::new();
    let file = |name: &str, text: &str| {
        std::fs::write(scratch.path(name), text).unwrap();
        format!("mount --bind '{}' /etc/{name} && ", scratch.path(name).display())
    };
    let mut script = file("subuid", ranges) + &file("subgid", ranges);
    script += &file("passwd", "root:x:0:0::/:/bin/sh\nann:x:54321:54321::/:/bin/sh\n");
    script += &file("group", "root:x:0:\nann:x:54321:\n");
    script += "exec setpriv --reuid=54321 --regid=54321 --clear-groups env PATH=\"$0\" \"$@\"";
    let before = ["--mount", "--propagation", "private", "sh", "-c", &script, path];
    Some(Start::new("unshare", [&before[..], words].concat()).run())
}

const RANGE: &str = "ann:100000:65536\n";
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

#[test]
fn a_range_of_ones_own() {
    let test = "a_range_of_ones_own";
    let script = "cd /proc/self; cat uid_map gid_map; id -u; id -G; cat setgroups";
    for options in [&["--map-auto"][..], &["--map-auto", "--pid", "--mount-proc"]] {
        let words = [options, &["--", "sh", "-c", script]].concat();
        let Some(done) = as_ann(test, RANGE, PATH, &words) else { return };
        let found = done.expect(0).silent().stdout;
        let words: Vec<&str> = found.split_whitespace().collect();
        let map = ["0", "54321", "1", "1", "100000", "65536"];
        assert_eq!(words, [&map[..], &map, &["0", "0", "allow"]].concat());
    }
    // The kernel allows the change to the mapped users.
    let words = ["--map-auto", "--", "setpriv", "--reuid=7", "--regid=8", "--clear-groups", "id"];
    let Some(done) = as_ann(test, RANGE, PATH, &words) else { return };
    assert!(done.expect(0).silent().stdout.starts_with("uid=7 gid=8"));
}

/// Files keep their owners' numbers.
#[test]
fn a_range_to_itself() {
    let test = "a_range_to_itself";
    let script = "cat /proc/self/uid_map /proc/self/gid_map; id -u; id -G";
    for options in [&["--map-subids"][..], &["--map-subids", "--pid", "--mount-proc"]] {
        let words = [options, &["--", "sh", "-c", script]].concat();
        let Some(done) = as_ann(test, RANGE, PATH, &words) else { return };
        let found = done.expect(0).silent().stdout;
        let words: Vec<&str> = found.split_whitespace().collect();
        let map = ["54321", "54321", "1", "100000", "100000", "65536"];
        assert_eq!(words, [&map[..], &map, &["54321", "54321"]].concat());
    }
    let words = ["--map-subids", "--setuid=100007", "--setgid=100008", "--", "id", "-u"];
    let Some(done) = as_ann(test, RANGE, PATH, &words) else { return };
    assert_eq!(done.expect(0).silent().stdout, "100007\n");
    let Some(done) = as_ann(test, "bob:1:5\n", PATH, &["--map-subids", "true"]) else { return };
    done.expect(125).one_line("init: --map-subids: /etc/subuid has no line for ann; ");
}

/// Lines that are none are passed over, whatever they are; none of them gives an id.
#[test]
fn hostile_lines() {
    let test = "hostile_lines";
    let long = "9".repeat(100_000);
    let bad = format!(
        "ann:-1:65536\nann:4294967295:1\nann:{long}:5\n{long}\nann:100000:{long}\nann:7\0:5\n\
         ann:18446744073709651616:65536\nann:100000:4294967295\nann:100000:0\n\0\0\n:::\nann"
    );
    let map = ["--map-auto", "--", "cat", "/proc/self/uid_map"];
    let Some(done) = as_ann(test, &bad, PATH, &map) else { return };
    done.expect(125).one_line("init: --map-auto: /etc/subuid has no line for ann; ");
    let Some(done) = as_ann(test, &format!("{bad}\n{RANGE}"), PATH, &map) else { return };
    let found = done.expect(0).silent().stdout;
    let words: Vec<&str> = found.split_whitespace().collect();
    assert_eq!(words, ["0", "54321", "1", "1", "100000", "65536"]);
    // unshare(1) takes the first line, whatever it is: it gives up, or maps no range and says
    // nothing.
    let theirs = ["unshare", "--map-root-user", "--map-auto", "cat", "/proc/self/uid_map"];
    for line in ["ann:-1:65536", "ann:100000:0", "ann:4294967295:1", "ann:100000x:5"] {
        let lines = format!("{line}\n{RANGE}");
        let Some(done) = ann_runs(test, &lines, PATH, &theirs) else { return };
        assert!(!done.stdout.contains("65536"), "{line} {done:?}");
        let Some(done) = as_ann(test, &lines, PATH, &map) else { return };
        assert!(done.expect(0).silent().stdout.contains("65536"), "{line}");
    }
    // All there are: our own is among them, and the kernel takes no id twice.
    let Some(done) = as_ann(test, "ann:1:4294967294\n", PATH, &map) else { return };
    done.expect(125).one_line("init: newuidmap: ");
}

/// `--check` tells who has a range.
#[test]
fn check_looks_for_a_range() {
    let test = "check_looks_for_a_range";
    let check = ["--check=json"];
    let Some(done) = as_ann(test, RANGE, PATH, &check) else { return };
    let yes = "\"map_auto\":{\"possible\":true,\"needs_user\":false}";
    let found = done.expect(0).silent().stdout;
    assert!(found.contains(yes), "{found}");
    let Some(done) = as_ann(test, "bob:1:5\n", PATH, &check) else { return };
    let found = done.expect(0).silent().stdout;
    let no = "\"map_auto\":{\"possible\":false,\"errno\":2,\"error\":\"No such file or \
              directory\",\"cause\":\"/etc/subuid has no line for ann\"";
    assert!(found.contains(no), "{found}");
}

/// What cannot be read need not be without a line.
#[test]
fn a_file_that_cannot_be_read_is_named() {
    let limited = init(["--map-auto", "true"]).before_exec(|| {
        let limit = libc::rlimit { rlim_cur: 3, rlim_max: 3 };
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
    });
    limited.run().expect(125).one_line(
        "init: --map-auto: /etc/subuid cannot be read: No file descriptors available; raise ",
    );
}

#[test]
fn what_is_not_allowed_is_named() {
    let test = "what_is_not_allowed_is_named";
    let words = ["--setgroups", "allow", "/bin/true"];
    let Some(done) = as_ann(test, RANGE, PATH, &words) else { return };
    done.expect(125).one_line("allow setgroups: Operation not permitted (a map of nothing but");
    let Some(done) = as_ann(test, RANGE, PATH, &["--user", "1000"]) else { return };
    done.expect(127).one_line(
        "exec 1000: No such file or directory (--user takes no value; use --setuid 1000)",
    );
}

#[test]
fn root_maps_what_it_likes() {
    if !root() {
        return skip("root_maps_what_it_likes", "needs root");
    }
    let script = "cat /proc/self/uid_map; id -u";
    for (options, map) in [
        (&["--map-users=0:100000:10"][..], "0 100000 10 0"),
        (&["--map-users=0:100000:10", "--map-groups=0:100000:10"], "0 100000 10 0"),
        (&["--map-users=5:0:1", "--map-groups=5:0:1"], "5 0 1 5"),
    ] {
        for more in [&["-q"][..], &["-q", "--pid", "--mount-proc", "--time", "--boottime=9"]] {
            let words = [options, more, &["--", "sh", "-c", script]].concat();
            let done = init(words).run().expect(0).silent();
            let found: Vec<&str> = done.stdout.split_whitespace().collect();
            assert_eq!(found.join(" "), map, "{options:?} {more:?}");
        }
    }
}

/// The warning is about the machine's root, whose files a command in a namespace below does
/// not own.
#[test]
fn only_the_machines_root_is_warned() {
    let own = init_path();
    let nested = ["--map-root-user", "--", own.to_str().unwrap(), "--user", "--", "true"];
    as_each(&nested, |user, start| {
        let done = start.run().expect(0);
        match user {
            User::Root => done.one_line("--user as root: the command owns the files of root"),
            User::Ordinary => done.silent(),
        };
    });
}
