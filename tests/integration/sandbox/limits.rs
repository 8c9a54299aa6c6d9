//! `--rlimit`: limits of resources for the app alone.

use crate::support::places::ordinary;
use crate::support::*;

/// The soft and the hard limit with this name in `/proc/PID/limits`.
fn limit(text: &str, name: &str) -> [String; 2] {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    let mut words = line[name.len()..].split_whitespace().map(str::to_owned);
    [words.next().unwrap(), words.next().unwrap()]
}

#[test]
fn the_app_has_the_limits_that_were_asked_for() {
    let asked = [
        ("cpu=7:8", "Max cpu time", ["7", "8"]),
        ("FSIZE=10000:20000", "Max file size", ["10000", "20000"]),
        ("data=100000000", "Max data size", ["100000000", "100000000"]),
        ("rlimit_stack=1000000:2000000", "Max stack size", ["1000000", "2000000"]),
        ("core=0", "Max core file size", ["0", "0"]),
        ("rss=5:unlimited", "Max resident set", ["5", "unlimited"]),
        ("nproc=40", "Max processes", ["40", "40"]),
        ("RLIMIT_NOFILE=30:40", "Max open files", ["30", "40"]),
        ("memlock=4096", "Max locked memory", ["4096", "4096"]),
        ("as=900000000", "Max address space", ["900000000", "900000000"]),
        ("locks=3", "Max file locks", ["3", "3"]),
        ("sigpending=5", "Max pending signals", ["5", "5"]),
        ("msgqueue=6", "Max msgqueue size", ["6", "6"]),
        ("nice=0", "Max nice priority", ["0", "0"]),
        ("rtprio=0", "Max realtime priority", ["0", "0"]),
        ("rttime=8:9", "Max realtime timeout", ["8", "9"]),
    ];
    for more in [&[][..], &["--pid"], &["--uts"], &["--time"], &["--cap-drop=ALL"]] {
        let options = asked.iter().flat_map(|(value, ..)| ["--rlimit", value]);
        let options: Vec<_> = more.iter().copied().chain(options).collect();
        as_each(&[&options, &["--", "cat", "/proc/self/limits"][..]].concat(), |user, start| {
            let found = start.run().expect(0).silent().stdout;
            for (value, name, expected) in &asked {
                assert_eq!(limit(&found, name), *expected, "{user:?} {more:?} {value}");
            }
        });
    }
}

/// init itself keeps its own limits, and the last of several counts.
#[test]
fn the_limits_are_the_apps_alone() {
    for topology in ["--pid", "--uts"] {
        let options = [topology, "--rlimit=nofile=9", "--rlimit=nofile=8"];
        probe_as_each(&options, &["signals"], |user, start| {
            let mut run = start.start();
            run.expect("ready");
            let read = |pid: i32| std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
            let (own, name) = (read(std::process::id() as i32), "Max open files");
            let mut above = vec![run.pid()];
            let mut app = children(above[0])[0];
            if topology == "--pid" {
                above.push(app);
                app = children(app)[0];
            }
            for pid in above {
                assert_eq!(limit(&read(pid), name), limit(&own, name), "{user:?} {topology}");
            }
            assert_eq!(limit(&read(app), name), ["8", "8"]);
            run.signal(libc::SIGTERM);
            run.finish().expect(0);
        });
    }
}

/// Have we CAP_SYS_RESOURCE?
fn may_raise() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let set = status.lines().find_map(|line| line.strip_prefix("CapEff:\t")).unwrap();
    u64::from_str_radix(set, 16).unwrap() & 1 << 24 != 0
}

#[test]
fn only_the_machines_root_raises_a_limit() {
    let low = |start: Start| {
        start.before_exec(|| {
            let limit = libc::rlimit { rlim_cur: 20, rlim_max: 30 };
            assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
        })
    };
    let refused = "init: limit nofile: Operation not permitted (raising a hard limit needs ";
    for more in [&[][..], &["--user"], &["--user", "--pid"]] {
        let words = [more, &["-q", "--rlimit=nofile=20:40", "true"]].concat();
        low(ordinary(init(&words))).run().expect(125).one_line(refused);
        if root() {
            let done = low(init(&words)).run();
            match more {
                [] if may_raise() => done.expect(0).silent(),
                _ => done.expect(125).one_line(refused),
            };
        }
    }
    low(ordinary(init(["--rlimit=nofile=30", "true"]))).run().expect(0).silent();
    if root() {
        let too_many = init(["--rlimit=nofile=unlimited", "true"]).run().expect(125);
        too_many.one_line("init: limit nofile: Operation not permitted (fs.nr_open is ");
    }
}

/// Limits that are too small for the command are named.
#[test]
fn limits_that_are_too_small() {
    for topology in ["--pid", "--uts", "--setenv=A"] {
        let topology =
            if topology == "--setenv=A" { &["--setenv", "A", "1"][..] } else { &[topology] };
        for (value, cause) in [
            ("stack=4096", "raise RLIMIT_STACK"),
            ("as=4096", "the limit of the address space is 4096 bytes; raise"),
        ] {
            let long = "x".repeat(100_000);
            let words = ["--rlimit", value, "--", "/bin/true", &long];
            as_each(&[topology, &words].concat(), |user, start| {
                let done = start.run();
                // The kernel kills who no longer fits when it is past the point of no return.
                assert!([126, 137, 139].contains(&done.code()), "{user:?} {value} {done:?}");
                if done.code() == 126 {
                    done.one_line(cause);
                }
            });
        }
    }
}
