//! New namespaces, mounts and names of a sandbox; statuses, signals and the end through outer.

use crate::support::*;
use std::ffi::OsString;

/// What a shell prints in a sandbox with these options.
#[track_caller]
fn said(user: User, options: &[&str], script: &str) -> String {
    let start = user.run(init([options, &["--", "sh", "-c", script]].concat())).unwrap();
    start.run().expect(0).silent().stdout.trim().to_owned()
}

#[test]
fn own_processes_mounts_and_name() {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let options = ["--pid", "--mount", "--uts", "--mount-proc", "--hostname", "box"];
    let script = "hostname; echo $$; cd /proc && echo [0-9]*; exit 7";
    as_each(&[&options[..], &["--", "sh", "-c", script]].concat(), |_, start| {
        let done = start.run().expect(7).silent();
        assert_eq!(done.stdout, "box\n2\n1 2\n", "{done:?}");
    });
    assert_eq!(std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap(), host);
}

#[test]
fn each_namespace_is_new_when_asked_for() {
    let link = |name: &str| {
        let link = std::fs::read_link(format!("/proc/self/ns/{name}")).unwrap();
        link.to_str().unwrap().to_owned()
    };
    let names = ["user", "pid", "mnt", "uts", "ipc", "net", "cgroup", "time"];
    let script = format!("cd /proc/self/ns && readlink {}", names.join(" "));
    let all = "user pid mount uts ipc net cgroup time";
    for user in users() {
        for (options, new) in [
            ("--pid", "pid"),
            ("--mount", "mount"),
            ("--uts", "uts"),
            ("--ipc", "ipc"),
            ("--net", "net"),
            ("--cgroup", "cgroup"),
            ("--time", "time"),
            ("--pid --time", "pid time"),
            ("--map-root-user", "user"),
            ("--unshare-all", "pid mount uts ipc net cgroup"),
            ("--unshare-all --share-net", "pid mount uts ipc cgroup"),
            ("--unshare-all --time --map-current-user", all),
            ("--kill-child --fork", ""),
        ] {
            let words: Vec<&str> = options.split(' ').collect();
            // -q: root's own map is worth a warning.
            let words: Vec<&str> = words.into_iter().chain(["-q"]).collect();
            let said = said(user, &words, &script);
            for (name, inside) in names.iter().zip(said.lines()) {
                let option = if *name == "mnt" { "mount" } else { name };
                let implied = *name == "user" && user == User::Ordinary && !new.is_empty();
                let expected = implied || new.split(' ').any(|n| n == option);
                assert_eq!(link(name) != inside, expected, "{user:?} {options}: {name}");
            }
        }
    }
}

#[test]
fn statuses_are_the_apps() {
    for options in [&["--pid", "--mount-proc"][..], &["--pid"], &["--uts"], &["--time"]] {
        for code in [0, 1, 42, 125, 126, 127, 255] {
            probe_as_each(options, &["exit", &code.to_string()], |_, start| {
                start.run().expect(code).silent();
            });
        }
        for signal in [1, 2, 6, 9, 11, 15, 33, 40, 64] {
            probe_as_each(options, &["die", &signal.to_string()], |_, start| {
                start.run().expect(128 + signal).silent();
            });
        }
        let with = |more: &[&'static str]| [options, more].concat();
        as_each(&with(&["nosuch"]), |_, start| {
            start.run().expect(127).one_line("init: exec nosuch: No such file or directory");
        });
        as_each(&with(&["/etc/passwd"]), |_, start| {
            start.run().expect(126).one_line("init: exec /etc/passwd: Permission denied");
        });
        as_each(&with(&["-e", "7", "-e143", "sh", "-c", "exit 7"]), |_, start| {
            start.run().expect(0).silent();
        });
        as_each(&with(&["-e", "125", "--chdir", "/nosuch", "true"]), |_, start| {
            start.run().expect(125).one_line("init: chdir /nosuch: No such file or directory");
        });
    }
}

#[test]
fn failed_steps_are_named() {
    as_each(&["--mount-proc=/nosuch", "true"], |_, start| {
        start.run().expect(125).one_line("init: mount proc on /nosuch: ");
    });
    as_each(&["--time", "--monotonic=-99999999999", "true"], |_, start| {
        start.run().expect(125).one_line("init: set clock offsets: ");
    });
}

#[test]
fn privileges() {
    let script = "grep -E '^(Cap|NoNewPrivs)' /proc/self/status | tr -d '\\t\\n'";
    let caps = |user, options: &[&str]| said(user, options, script);
    for user in users() {
        // Without a user namespace an ordinary user has no capability to drop.
        let user_namespace = ["--map-root-user", "-q"];
        let with = |more: &[&'static str]| [&user_namespace, more].concat();
        let (none, chown) = ("0".repeat(16), format!("{:016x}", 1));
        let all =
            |set: &str| format!("CapInh:{set}CapPrm:{set}CapEff:{set}CapBnd:{set}CapAmb:{set}");
        let dropped = caps(user, &with(&["--cap-drop=ALL", "--no-new-privs"]));
        assert_eq!(dropped, all(&none) + "NoNewPrivs:1");
        let kept = caps(user, &with(&["--pid", "--cap-add", "cap_chown", "--cap-drop", "all"]));
        assert_eq!(kept, all(&chown) + "NoNewPrivs:0");
    }
    // Ambient capabilities: a user other than 0 keeps them across exec too.
    let admin = caps(User::Ordinary, &["--net", "--cap-add=NET_ADMIN", "--cap-drop=ALL"]);
    assert!(admin.contains(&format!("CapEff:{:016x}", 1 << 12)), "{admin}");
}

#[test]
fn clocks_are_shifted() {
    let script = "cut -d. -f1 /proc/uptime";
    for user in users() {
        for options in [&["--boottime=100000000"][..], &["--pid", "--boottime", "100000000"]] {
            let up: u64 = said(user, options, script).parse().unwrap();
            assert!(up >= 100_000_000, "{options:?}: {up}");
        }
    }
}

#[test]
fn what_crosses_the_mount_namespace() {
    if !root() {
        return skip("what_crosses_the_mount_namespace", "needs root");
    }
    let flags = |options: &[&str]| {
        // The root may be any directory of a file system.
        let script = "awk '$5 == \"/\"' /proc/self/mountinfo | \
                      grep -o 'shared:[0-9]*\\|master:[0-9]*'; :";
        // A shared / in a mount namespace of the test's own, whatever the machine's / is.
        let own = init_path();
        let words = ["--propagation", "shared", "-m", "--"].map(OsString::from).into_iter();
        let words = words.chain([own.into()]).chain(options.iter().map(OsString::from));
        let words = words.chain(["sh", "-c", script].map(OsString::from));
        Start::new("unshare", words.collect::<Vec<_>>()).run().expect(0).stdout
    };
    assert_eq!(flags(&["--mount"]), "");
    assert!(flags(&["--mount", "--propagation=slave"]).starts_with("master:"));
    let shared = flags(&["--mount", "--propagation=shared"]);
    let unchanged = flags(&["--mount", "--propagation=unchanged"]);
    assert!(shared.starts_with("shared:") && !shared.contains("master:"), "{shared}");
    assert!(unchanged.starts_with("shared:") && unchanged != shared, "{unchanged}");
}

#[test]
fn without_options_nothing_is_different() {
    if !installed("strace") {
        return skip("without_options_nothing_is_different", "needs strace");
    }
    let scratch = Scratch::new();
    let log = scratch.path("log");
    let calls = |options: &[&str]| {
        let init = init_path();
        let words = ["-f", "-qq", "-o", log.to_str().unwrap(), "--", init.to_str().unwrap()];
        let words = words.iter().chain(options).chain(&["--", "/bin/true"]).copied();
        Start::new("strace", words.collect::<Vec<_>>()).run().expect(0).silent();
        let text = std::fs::read_to_string(&log).unwrap();
        let first = text.split(' ').next().unwrap();
        let own =
            text.lines().filter_map(|line| line.strip_prefix(first)?.trim().split('(').next());
        own.filter(|call| call.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let plain = calls(&[]);
    let sandbox = calls(&["--fork"]);
    let makes = |calls: &[String]| calls.iter().filter(|call| call.starts_with("clone")).count();
    assert_eq!((makes(&plain), makes(&sandbox)), (1, 1));
    assert!(plain.len() < 25, "{plain:?}");
    for call in ["clone3", "socketpair", "capget", "geteuid", "read"] {
        assert!(!plain.iter().any(|name| name == call), "{call}: {plain:?}");
        assert!(sandbox.iter().any(|name| name == call), "{call}: {sandbox:?}");
    }
}

/// With `unchanged`, the mounts inside are peers of those outside. What init mounts for the
/// app must not appear outside all the same: a /proc of a PID namespace that is gone would
/// cover the host's.
#[test]
fn own_mounts_stay_inside_shared_mounts() {
    if !root() {
        return skip("own_mounts_stay_inside_shared_mounts", "needs root");
    }
    let own = init_path();
    for target in ["/proc", "/mnt/plain", "/mnt/mounted", "/mnt/link"] {
        // A mount namespace of the test's own, whose mounts are shared. A mount of it may go with
        // its directory, which somebody else removes: only new mounts count.
        let script = format!(
            "mount -t tmpfs none /mnt && cd /mnt && mkdir plain mounted && ln -s plain link &&
             mount -t tmpfs none mounted && mount --make-rshared / &&
             before=$(cat /proc/self/mountinfo) &&
             inside=$('{}' -q --pid --mount-proc={target} --propagation unchanged -- \
                      sh -c 'cd {target} && echo [0-9]*') &&
             [ \"$inside\" = '1 2' ] && ! grep -vxF \"$before\" /proc/self/mountinfo",
            own.display()
        );
        let words = ["--mount", "--propagation", "private", "sh", "-c", &script];
        Start::new("unshare", words).run().expect(0).silent();
    }
}

/// For lsns(8) and nsenter(1).
#[test]
fn namespaces_and_the_apps_number_are_printed() {
    let names = ["pid", "uts", "mnt", "time"];
    let links = names.map(|name| format!("/proc/self/ns/{name}")).join(" ");
    let script = format!("readlink {links}; echo over; exec sleep 1000");
    for user in users() {
        for options in [
            &["--pid", "--uts", "--mount-proc", "--time"][..],
            &["--pid", "--uts", "--mount-proc"],
            &["--uts", "--time"],
            &["--uts"],
        ] {
            let words = [options, &["-vv", "--", "sh", "-c", &script]].concat();
            let mut run = user.run(init(words)).unwrap().start();
            let inside: Vec<String> =
                std::iter::from_fn(|| Some(run.line()).filter(|line| line != "over")).collect();
            let inner = run.main_child();
            let app = if options == ["--uts"] { inner } else { children(inner)[0] };
            run.signal(libc::SIGTERM);
            let stderr = run.finish().expect(143).stderr;
            let new = stderr.lines().find(|line| line.starts_with("init: new namespaces: "));
            let number = format!("init: outside, the app is process {app}");
            let number = stderr.lines().find(|line| line.starts_with(&number));
            let (new, number) = (new.unwrap_or_default(), number.expect(&stderr));
            for (name, link) in names.iter().zip(&inside) {
                let option = format!("--{name}").replace("--mnt", "--mount-proc");
                let asked = options.contains(&&*option);
                let said = if *name == "time" { number } else { new };
                assert_eq!(said.contains(link), asked, "{user:?} {options:?} {link}: {stderr}");
            }
        }
    }
}
