//! Smaller promises: values inside, attributes of mounts, who does what of outer and inner.

use std::fs;

use crate::support::places::*;
use crate::support::pty::Terminal;
use crate::support::*;

#[test]
fn names_and_clocks_have_their_values() {
    let domain = "/proc/sys/kernel/domainname";
    let outside = fs::read_to_string(domain).unwrap();
    let script = format!("cat {domain}; awk '{{print $1, $2}}' /proc/self/timens_offsets");
    for pid in [&["--pid"][..], &[]] {
        let options = ["--domainname=dom.ain", "--monotonic=7000000", "--boottime", "-3", "-q"];
        let words = [&options[..], pid, &["--", "sh", "-c", &script]].concat();
        as_each(&words, |user, start| {
            let said = start.run().expect(0).silent().stdout;
            assert_eq!(said, "dom.ain\nmonotonic 7000000\nboottime -3\n", "{user:?}");
        });
    }
    assert_eq!(fs::read_to_string(domain).unwrap(), outside);
}

#[test]
fn mounts_have_their_attributes() {
    let Some(rootfs) = Rootfs::new("mounts_have_their_attributes") else { return };
    let all = ["nosuid", "nodev", "noexec"];
    for user in users() {
        let options = ["--unshare-all", "--no-mask", "--mount-proc", "--mount-sys", "--mount-dev"];
        let options = [&options[..], &["--tmpfs", "/t"]].concat();
        let said = rootfs.says(user, &options, "cut -d ' ' -f 5,6 /proc/self/mountinfo");
        let of = |place: &str| {
            let found = said.lines().find_map(|line| line.strip_prefix(place)?.strip_prefix(' '));
            found.expect(place).split(',').map(str::to_owned).collect::<Vec<_>>()
        };
        for (place, wanted) in [
            ("/proc", &all[..]),
            ("/sys", &["ro", "nosuid", "nodev", "noexec"]),
            ("/dev", &["nosuid", "noexec"]),
            ("/dev/pts", &["nosuid", "noexec"]),
            ("/dev/shm", &["nosuid", "nodev"]),
            ("/dev/mqueue", &all),
            ("/t", &["nosuid", "nodev"]),
        ] {
            let found = of(place);
            for one in ["ro", "nosuid", "nodev", "noexec"] {
                let has = found.iter().any(|name| name == one);
                assert_eq!(has, wanted.contains(&one), "{user:?} {place} {one} {found:?}");
            }
        }
        for made in ["proc", "sys", "dev", "t"] {
            fs::remove_dir(rootfs.path().join(made)).unwrap();
        }
    }
}

/// A user namespace needs a cgroup namespace for them, and a network namespace for a new /sys.
#[test]
fn a_new_sys_and_its_cgroups() {
    let script =
        "grep -c ' /sys/fs/cgroup .* - cgroup2 ' /proc/self/mountinfo; ls /sys/fs/cgroup | wc -l";
    let run = |user: User, options: &[&str]| {
        let words = [options, &["--mount-sys", "--", "sh", "-c", script]].concat();
        user.run(init(words)).unwrap().run().expect(0)
    };
    for user in users() {
        let done = run(user, &["--net", "--cgroup", "-q"]);
        assert!(done.stdout.starts_with("1\n") && done.stdout != "1\n0\n", "{user:?} {done:?}");
    }
    let done = run(User::Ordinary, &["--user", "--net", "-v"]);
    assert_eq!(done.stdout, "0\n0\n");
    assert!(
        done.stderr.contains("no cgroups in the new /sys: Operation not permitted"),
        "{done:?}"
    );
    let start = init(["--user", "--mount-sys", "true"]);
    let done = User::Ordinary.run(start).unwrap().run().expect(125);
    done.one_line("init: mount sysfs on /sys: Operation not permitted (the network namespace is ");
}

#[test]
fn what_root_of_the_machine_could_change_is_covered() {
    let test = "what_root_of_the_machine_could_change_is_covered";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, who is user 0 of the machine");
    }
    let read_only =
        ["sys", "sysrq-trigger", "irq", "bus", "fs"].map(|name| format!("/proc/{name}"));
    let covered = "/proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/latency_stats \
                   /proc/interrupts /proc/acpi /proc/asound /proc/scsi /sys/firmware \
                   /sys/devices/virtual/powercap";
    let options = ["--unshare-all", "--mount-proc", "--mount-sys"];
    let script = "cut -d ' ' -f 5,6 /proc/self/mountinfo; echo --; cd / && for f in \
                  $FILES; do cat $f 2>&-; ls -A $f 2>&- | grep -vxF $f; done";
    let script = script.replace("$FILES", covered);
    let said = rootfs.says(User::Root, &options, &format!("{script}; :"));
    let (mounts, contents) = said.split_once("\n--").unwrap();
    assert_eq!(contents, "", "what is covered is empty");
    for place in read_only.iter().map(String::as_str).chain(covered.split_whitespace()) {
        let line = mounts.lines().find(|line| line.split(' ').next() == Some(place));
        // What this kernel does not have needs no cover.
        if fs::exists(place).unwrap() {
            assert!(line.expect(place).contains(" ro,"), "{place} {mounts}");
        }
    }
}

/// `-w` acts where the app's orphans are reaped, and has no word about anything else.
#[test]
fn inner_warns_of_what_it_reaps() {
    probe_as_each(&["-w", "--pid", "-q"], &["orphans", "2"], |user, start| {
        assert_eq!(start.run().expect(0).silent().stdout, "done\n", "{user:?}");
    });
    probe_as_each(&["-w", "--pid"], &["orphans", "2"], |user, start| {
        let done = start.run().expect(0);
        let waits = |line: &&str| line.starts_with("init: still waiting for ");
        let said: Vec<&str> = done.stderr.lines().filter(|line| !waits(line)).collect();
        let warns = |line: &&str| line.starts_with("init: reaped process ");
        assert!(said.len() == 2 && said.iter().all(warns), "{user:?} {done:?}");
    });
}

/// `-p` acts on outer, which tells the app.
#[test]
fn outer_is_told_of_its_parents_death() {
    let scratch = Scratch::new();
    let fifo = scratch.path("fifo");
    Start::new("mkfifo", [&fifo]).run().expect(0);
    let app = format!(
        "trap 'echo told; exit' TERM; echo >{}; while :; do sleep 0.1; done",
        fifo.display()
    );
    let parent = format!("\"$0\" -p TERM --pid -q -- sh -c \"$1\" & read x <{}", fifo.display());
    let own = init_path();
    let words = ["-c", &parent, own.to_str().unwrap(), &app];
    let run = User::Root.run(Start::new("sh", words));
    let Some(start) = run else {
        return skip("outer_is_told_of_its_parents_death", "needs root");
    };
    let mut run = start.start();
    run.expect("told");
}

#[test]
fn what_verbose_says() {
    let said = |words: &[&str]| init([words, &["true"]].concat()).run().expect(0).stderr;
    if !root() {
        return skip("what_verbose_says", "needs root");
    }
    let line = "init: --pid without --mount-proc: /proc shows the processes of outside";
    assert!(said(&["-v", "--pid"]).contains(line));
    assert!(!said(&["-v", "--pid", "--mount-proc"]).contains("--mount-proc: "));
    assert!(!said(&["--pid"]).contains(line));
}

/// The path of the caller's terminal leads nowhere, as in another devpts, or to another file.
#[test]
fn a_terminal_without_a_name_is_no_console() {
    let test = "a_terminal_without_a_name_is_no_console";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, to mount over the terminal");
    }
    let new_devpts = "mount -t devpts -o newinstance none /dev/pts";
    let other_file = "mount --bind /dev/null \"$(tty)\"";
    let script = "[ -e /dev/console ] && echo console; tty; echo over";
    let (own, root) = (own(), rootfs.word());
    let words = [&own, "-v", "--root", &root, "--pid", "--mount-proc", "--mount-dev", "--"];
    let words = [&words[..], &["/bin/sh", "-c", script]].concat();
    let ids = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];
    for set_up in ["true", new_devpts, other_file] {
        for before in [&["env"][..], &ids] {
            let words = [before, &["env", "PATH=/bin"], &words].concat();
            let start = after(set_up, &["-m"], words[0], &words[1..]);
            let mut terminal = Terminal::new();
            let running = start.on(&terminal).start();
            let said = terminal.expect("over\r\n");
            running.finish().expect(0);
            let line = "init: no /dev/console: the terminal has no name here\r\n";
            let named = set_up == "true";
            assert_eq!(said.contains(line), !named, "{set_up} {before:?}: {said}");
            assert_eq!(said.contains("console\r\n"), named, "{set_up} {before:?}: {said}");
        }
    }
}

/// The start takes long, and no signal can be queued: outer does not wake an inner that runs, which
/// would take that for a CONT to the app.
#[test]
fn a_late_app_gets_no_signal_that_nobody_sent() {
    let probe = probe_path();
    let path = format!("{}{}", "/:".repeat(60_000), probe.parent().unwrap().display());
    for user in users() {
        let start = user.run(init(["--time", "-q", "--", "probe", "signals", "30"])).unwrap();
        let start = user.with_own_queue(start.env("PATH", &path)).before_exec(|| unsafe {
            let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            libc::setrlimit(libc::RLIMIT_SIGPENDING, &none);
        });
        let mut run = start.start();
        run.expect("ready ");
        run.signal(libc::SIGPWR);
        assert!(run.line().starts_with("got 30 "), "{user:?}");
        run.finish().expect(0).silent();
    }
}
