//! `--no-new-user-ns`: the app can make no user namespace.

use super::ids::as_ann;
use crate::support::places::ordinary;
use crate::support::*;

/// Tries to make a user namespace, to raise the limit, and to make one again.
const SCRIPT: &str = "unshare -U true && echo made; echo 1000 >/proc/sys/user/max_user_namespaces; \
                      unshare -U true && echo made; unshare -Ur true && echo made; echo done";

const TOPOLOGIES: [&[&str]; 4] =
    [&["--user"], &["--user", "--pid", "--mount-proc"], &["--user", "--time"], &["--unshare-all"]];

/// A limit in the app's own namespace would not hold: it writes the limit back.
#[test]
fn a_limit_of_ones_own_does_not_hold() {
    let script = format!("echo 0 >/proc/sys/user/max_user_namespaces; {SCRIPT}");
    let words = ["-q", "--map-root-user", "--", "sh", "-c", &script];
    as_each(&words, |_, start| {
        assert_eq!(start.run().expect(0).stdout, "made\nmade\ndone\n");
    });
}

#[test]
fn no_user_namespace_can_be_made() {
    for topology in TOPOLOGIES {
        for map in ["--map-current-user", "--map-root-user"] {
            let options = [&["-q", map, "--no-new-user-ns"], topology].concat();
            let words = [&options[..], &["--", "sh", "-c", SCRIPT]].concat();
            as_each(&words, |user, start| {
                let done = start.run().expect(0);
                assert_eq!(done.stdout, "done\n", "{user:?} {options:?}");
                assert!(done.stderr.contains("No space left on device"), "{done:?}");
            });
        }
    }
}

/// Ids, groups and capabilities are those of a sandbox without the option.
#[test]
fn the_app_is_who_it_would_be() {
    let script = "cat /proc/self/uid_map /proc/self/gid_map | tr -s ' '; id; \
                  grep -E '^(Cap|Groups|NoNewPrivs)' /proc/self/status; hostname; pwd";
    for topology in TOPOLOGIES {
        for map in ["--map-current-user", "--map-root-user"] {
            for more in [&[][..], &["--cap-drop=ALL", "--chdir=/usr"], &["--cap-add=NET_RAW"]] {
                let options = [&["-q", map, "--hostname=box"], topology, more].concat();
                let run = |user: User, option: &[&str]| {
                    let words = [&options[..], option, &["--", "sh", "-c", script]].concat();
                    user.run(init(words)).unwrap().run().expect(0).silent().stdout
                };
                for user in users() {
                    let without = run(user, &[]);
                    let with = run(user, &["--no-new-user-ns"]);
                    // The second map is to the ids of the first one.
                    let rest = |text: &str| text.lines().skip(2).collect::<Vec<_>>().join("\n");
                    assert_eq!(rest(&with), rest(&without), "{user:?} {options:?}");
                    let map = |text: &str| text.split_whitespace().next().unwrap().to_owned();
                    assert_eq!(map(&with), map(&without));
                }
            }
        }
    }
}

#[test]
fn with_a_range_and_a_root() {
    let words = ["--map-auto", "--no-new-user-ns", "--pid", "--setuid=7", "--setgid=8"];
    let words = [&words[..], &["--groups=9", "--", "sh", "-c", "id -u; id -G; unshare -U true"]];
    let test = "with_a_range_and_a_root";
    let done = as_ann(test, "ann:100000:65536\n", "/usr/bin:/bin", &words.concat());
    let Some(done) = done else { return };
    let done = done.expect(1);
    assert_eq!(done.stdout, "7\n8 9\n");
    assert!(done.stderr.contains("No space left on device"), "{done:?}");
    // A root without a /proc of its own.
    let Some(root) = Rootfs::new(test) else { return };
    for user in users() {
        let options = ["-q", "--user", "--no-new-user-ns", "--pid"];
        assert_eq!(root.says(user, &options, "echo here; ls /proc 2>&1 | wc -l"), "here\n1");
    }
}

#[test]
fn it_ends_as_any_other() {
    for topology in TOPOLOGIES {
        let options = [&["-q", "--no-new-user-ns"], topology].concat();
        probe_as_each(&options, &["exit", "7"], |_, start| drop(start.run().expect(7).silent()));
        probe_as_each(&options, &["signals"], |_, start| {
            let mut run = start.start();
            run.expect("ready");
            run.signal(libc::SIGTERM);
            run.expect("got 15 ");
            run.finish().expect(0);
        });
        probe_as_each(&options, &["signals"], |_, start| {
            let mark = marker();
            let mut run = start.marked(&mark).start();
            run.expect("ready");
            run.signal(libc::SIGKILL);
            until("nobody is left", || marked(&mark).is_empty());
            run.finish();
        });
        let words = [&options[..], &["--", "/nosuch"]].concat();
        ordinary(init(words)).run().expect(127).one_line("init: exec /nosuch: ");
    }
}

#[test]
fn without_a_proc_it_is_refused() {
    if !root() {
        return skip("without_a_proc_it_is_refused", "needs root, to unmount it");
    }
    let read_only = "mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys";
    let start = |set_up: &str| {
        let own = crate::support::places::own();
        let words = ["-q", "--no-new-user-ns", "true"];
        crate::support::places::after(set_up, &["-m"], &own, &words)
    };
    let line = "init: limit user namespaces: Read-only file system (/proc/sys is read-only; use ";
    start(read_only).run().expect(125).one_line(line);
    start("umount -l /proc")
        .run()
        .expect(125)
        .one_line("and no /proc is mounted; mount proc on /proc");
}
