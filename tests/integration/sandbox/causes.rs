//! Why a sandbox cannot be made: each cause is provoked on a real kernel and named in one line.

use crate::support::engine::engine;
use crate::support::places::*;
use crate::support::*;

/// Asserts that init ends with this status, and that the last line names the cause.
#[track_caller]
fn fails(start: Start, code: i32, step: &str, reason: &str) {
    let done = start.run().expect(code);
    let line = done.stderr.lines().last().unwrap_or_default();
    let said = line.starts_with(&format!("init: {step}: ")) && line.contains(reason);
    assert!(said && line.ends_with(')'), "{step:?} and {reason:?} are not in {line:?}\n{done:?}");
}

const NOT_PERMITTED: &str = "Operation not permitted ";

#[test]
fn limits() {
    let limited = |limit: &str, options: &[&str]| {
        let set = format!("echo 0 >/proc/sys/user/max_{limit}_namespaces");
        ordinary(after(&set, &["-Ur"], &own(), &[options, &["--", "true"]].concat()))
    };
    let user = "No space left on device (user.max_user_namespaces is 0; raise it ";
    fails(limited("user", &["--user"]), 125, "clone", user);
    let ipc = "(user.max_ipc_namespaces is 0; raise it ";
    fails(limited("ipc", &["--pid", "--ipc", "--uts"]), 125, "clone", ipc);
    limited("ipc", &["--pid", "--uts"]).run().expect(0).silent();
    // The kernel's own limit of nested namespaces.
    let own = own();
    let nest: Vec<&str> = ["unshare", "-Ur"].into_iter().cycle().take(2 * 33).collect();
    let words = [&nest[1..], &[&own, "--user", "true"]].concat();
    let depth = "(no more user namespaces are allowed: user.max_user_namespaces is ";
    fails(ordinary(Start::new("unshare", &words)), 125, "clone", depth);
}

#[test]
fn no_process_left() {
    if !root() {
        return skip("no_process_left", "needs root, to become somebody else");
    }
    let start = init(["--pid", "true"]).before_exec(|| unsafe {
        let limit = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
        libc::setrlimit(libc::RLIMIT_NPROC, &limit);
        // A user with no other process.
        let user = 200_000 + libc::getpid() as libc::uid_t;
        libc::setgid(user);
        libc::setuid(user);
    });
    fails(
        start,
        125,
        "clone",
        "(the limit of processes is reached; raise pids.max or RLIMIT_NPROC)",
    );
}

#[test]
fn user_namespaces_that_may_not_be_made() {
    let unmapped = ordinary(after("true", &["-U"], &own(), &["--pid", "true"]));
    fails(unmapped, 125, "clone", "(our own ids are not mapped in this user namespace; ");
    if !root() {
        return skip("user_namespaces_that_may_not_be_made", "needs root, for a chroot");
    }
    let root = root_directory();
    let dir = root.path("").to_str().unwrap().to_owned();
    for user in ["0:0", "54321:54321"] {
        let words = [&format!("--userspec={user}"), &*dir, "/init", "--user", "/init"];
        let chroot = "(user namespaces cannot be created in a chroot; ";
        fails(Start::new("chroot", words), 125, "clone", chroot);
    }
    let words = [&*dir, "/init", "--mount", "/init"];
    let no_mount = "Invalid argument (the root is not a mount point, as in a chroot; ";
    fails(Start::new("chroot", words), 125, "change propagation of /", no_mount);
    let words = ["--bounding-set=-sys_admin", "--inh-caps=-sys_admin", &own(), "--uts", "true"];
    let no_capability = "(it needs CAP_SYS_ADMIN; add --user)";
    fails(Start::new("setpriv", words), 125, "clone", no_capability);
}

#[test]
fn id_maps() {
    let foreign = after("true", &["-Ur"], &own(), &["--map-users=0:5:1", "true"]);
    fails(ordinary(foreign), 125, "map users", "(you may not map an id; use --map-auto");
    if !root() {
        return skip("id_maps", "needs root, for other users and mounts");
    }
    let (_scratch, copy) = unreadable_copy();
    let unreadable = "Permission denied (you may not read this executable; ";
    fails(ordinary(Start::new(&copy, ["--pid", "true"])), 125, "deny setgroups", unreadable);
    let no_proc = after("umount -l /proc", &["-m"], &own(), &["--user", "true"]);
    let none = "No such file or directory (init maps ids through /proc, and no /proc is mounted; ";
    fails(no_proc, 125, "map users", none);
    let twice = ["--map-users", "0:0:5", "--map-users", "5:4:1", "--", "/bin/true"];
    fails(init(twice), 125, "map users", "(ranges overlap, or are too many; leave some out)");
}

/// `init MAP` as an ordinary user, after `set_up` as root, with these lines in /etc/subuid and
/// /etc/subgid.
fn nobody(lines: &str, set_up: &str, user: &[&str], map: &str) -> Start {
    let set_up = format!(
        "mount -t tmpfs none /mnt && printf '{lines}' >/mnt/sub && \
         mount --bind /mnt/sub /etc/subuid && mount --bind /mnt/sub /etc/subgid && {set_up}"
    );
    let own = own();
    let ids = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    after(&set_up, &["-m"], "setpriv", &[&ids, user, &[&own, map, "--", "/bin/true"]].concat())
}

/// Puts other copies of these programs in the place of /usr/bin.
const FEW_PROGRAMS: &str = "mkdir /mnt/bin && cp -a /usr/bin/setpriv /usr/bin/true /mnt/bin && \
    for f in newuidmap newgidmap; do cp /usr/bin/$f /mnt/bin; chmod 755 /mnt/bin/$f; done && ";

#[test]
fn subordinate_ids() {
    if !root() {
        return skip("subordinate_ids", "needs root, for files of /etc");
    }
    let line = "nobody:200000:65536\\n";
    // Somebody else's PATH does not choose the programs that map.
    nobody(line, "PATH=/nosuch:$PATH", &[], "--map-auto").run().expect(0).silent();
    let done = nobody("somebody:200000:65536\\n", "true", &[], "--map-auto").run().expect(125);
    done.one_line("init: --map-auto: /etc/subuid has no line for nobody; usermod --add-subuids ");
    let missing = "No such file or directory (newuidmap and newgidmap are not installed; install ";
    let none = format!("{FEW_PROGRAMS} rm /mnt/bin/new* && mount --bind /mnt/bin /usr/bin");
    fails(nobody(line, &none, &[], "--map-auto"), 125, "newuidmap", missing);
    let not_ours = "(newuidmap: uid range [0-5) -> [100-105) not allowed)";
    fails(nobody(line, "true", &[], "--map-users=0:100:5"), 125, "newuidmap", not_ours);
}

#[test]
fn programs_that_map_without_privileges() {
    if !root() {
        return skip("programs_that_map_without_privileges", "needs root, for files of /usr");
    }
    let line = "nobody:200000:65536\\n";
    let no_new_privs = nobody(line, "true", &["--no-new-privs"], "--map-auto");
    let taken = "Operation not permitted (no_new_privs disables its set-user-ID bit; start init ";
    fails(no_new_privs, 125, "newuidmap", taken);
    let plain = format!("{FEW_PROGRAMS} mount --bind /mnt/bin /usr/bin");
    let bit = "(/usr/bin/newuidmap has no set-user-ID bit and no capabilities; chmod u+s ";
    fails(nobody(line, &plain, &[], "--map-auto"), 125, "newuidmap", bit);
}

/// `init --map-auto` where newuidmap is this script.
fn with_mapper(script: &str) -> Start {
    let script = script.replace('\n', "\\n");
    let write = format!("printf '#!/bin/sh\\n{script}\\n' >/mnt/bin/newuidmap && ");
    let put = format!("{FEW_PROGRAMS} cp /usr/bin/sh /usr/bin/sleep /mnt/bin && {write}");
    nobody(
        "nobody:200000:65536\\n",
        &format!("{put} mount --bind /mnt/bin /usr/bin"),
        &[],
        "--map-auto",
    )
}

/// Nobody waits for ever for a program that maps ids, nor for who holds its stderr.
#[test]
fn programs_that_map_and_do_not_end() {
    if !root() {
        return skip("programs_that_map_and_do_not_end", "needs root, for files of /usr");
    }
    let gone = |mut run: Running, mark: &str| {
        until("it ends by itself", || run.ended());
        until("nobody is left", || marked(mark).is_empty());
        run.finish()
    };
    let killed = "init: newuidmap: Operation timed out (it did not end, and was killed)\n";
    for (pidfd, signal, at_least) in [(true, None, 10), (false, Some(libc::SIGTERM), 1)] {
        let mark = marker();
        let mut start = with_mapper("sleep 1000").marked(&mark);
        if !pidfd {
            start = start.before_exec(|| refuse(&[libc::SYS_pidfd_open], libc::ENOSYS));
        }
        let mut run = start.start();
        let outer = run.pid();
        if let Some(signal) = signal {
            until("newuidmap runs", || marked(&mark).len() >= 4);
            send(outer, signal);
        }
        let done = gone(run, &mark).expect(125);
        assert_eq!(done.stderr, killed);
        assert!(done.took.as_secs() < at_least + 5, "{:?}", done.took);
    }
    // It ends, but its child does not.
    let mark = marker();
    let run = with_mapper("echo not today >&2; sleep 1000 & exit 1").marked(&mark).start();
    let done = run.finish().expect(125).one_line("init: newuidmap: Operation not permitted (");
    assert!(done.stderr.ends_with("; not today)\n"), "{done:?}");
}

#[test]
fn proc_that_may_not_be_shown() {
    let user = ["--user", "--mount-proc", "true"];
    let no_pid = "(the PID namespace is not of the new user namespace; add --pid)";
    fails(ordinary(init(user)), 125, "mount proc on /proc", no_pid);
    let words = ["-Urm", &own(), "--pid", "--mount-proc", "true"];
    let masked = "(the visible /proc has masked paths, /proc/tty for one; use Docker's ";
    let start = ordinary(after(MASK_EVERY_PROC, &["-Urm"], "unshare", &words));
    fails(start, 125, "mount proc on /proc", masked);
}

#[test]
fn clocks_and_names() {
    let negative = "(a clock would be negative; ";
    for clock in ["--monotonic=-999999999", "--boottime=-999999999"] {
        fails(ordinary(init([clock, "true"])), 125, "set clock offsets", negative);
    }
    let long = "x".repeat(65);
    let name = "(accepted: a name of 1 to 64 bytes)";
    let refused = init(["--hostname", &long, "true"]).run().expect(125);
    refused.one_line("option --hostname: bad value").one_line(name);
}

/// A filter that refuses clone(2) and unshare(2) with these flags, as systemd's
/// RestrictNamespaces= does, and clone3(2), whose flags a filter cannot see. Without flags it
/// refuses nothing.
fn filter(refused: i32) {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W};
    let line =
        |code: u32, jt: u8, jf: u8, k: u32| libc::sock_filter { code: code as u16, jt, jf, k };
    let number = line(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0);
    let flags = line(BPF_LD | BPF_W | BPF_ABS, 0, 0, 16);
    let is = |call: libc::c_long, then| line(BPF_JMP | BPF_JEQ | BPF_K, then, 0, call as u32);
    let answer = |action: u32| line(BPF_RET | BPF_K, 0, 0, action);
    let refuse = |errno: i32| answer(libc::SECCOMP_RET_ERRNO | errno as u32);
    let clone3 = if refused == 0 { -1 } else { libc::SYS_clone3 };
    let mut lines = [
        number,
        is(clone3, 5),
        is(libc::SYS_clone, 1),
        line(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, libc::SYS_unshare as u32),
        flags,
        line(BPF_JMP | BPF_JSET | BPF_K, 2, 0, refused as u32),
        answer(libc::SECCOMP_RET_ALLOW),
        refuse(libc::ENOSYS),
        refuse(libc::EPERM),
    ];
    let program = libc::sock_fprog { len: lines.len() as u16, filter: lines.as_mut_ptr() };
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program), 0);
    }
}

/// A filter is named as the cause only if the filter made the error.
#[test]
fn filters() {
    let no_user = |start: Start| start.before_exec(|| filter(libc::CLONE_NEWUSER));
    let blocked = "(a seccomp filter blocks it; use ";
    fails(no_user(ordinary(init(["--pid", "true"]))), 125, "clone", blocked);
    if !root() {
        return skip("filters", "needs root, to go without a user namespace");
    }
    no_user(init(["--pid", "true"])).run().expect(0).silent();
    fails(no_user(init(["--user", "true"])), 125, "clone", blocked);
    let words = ["--bounding-set=-sys_admin", "--inh-caps=-sys_admin", &own(), "--uts", "true"];
    let harmless = Start::new("setpriv", words).before_exec(|| filter(0));
    fails(harmless, 125, "clone", "(it needs CAP_SYS_ADMIN; add --user)");
}

#[test]
fn in_containers() {
    let Some(engine) = engine("in_containers") else { return };
    let run = |options: &[&str], words: &[&str]| {
        let options = [options, &["--entrypoint=/usr/bin/init"]].concat();
        let container = engine.start_container(&options, &[words, &["true"]].concat());
        (container.wait(), container.logs())
    };
    #[track_caller]
    fn says((status, logs): (i32, String), line: &str) {
        assert!(status == 125 && logs.contains(line), "{line:?} is not in {status} {logs:?}");
    }
    let filter = format!("init: clone: {NOT_PERMITTED}(a seccomp filter blocks it; use ");
    for user in ["0", "1000"] {
        let user = format!("--user={user}");
        says(run(&[&user], &["--pid", "--mount-proc"]), &filter);
        says(run(&[&user], &["--user"]), &filter);
    }
    let admin = ["--cap-add=SYS_ADMIN"];
    let all = ["--pid", "--mount", "--uts", "--ipc", "--cgroup", "--time", "--mount-proc"];
    assert_eq!(run(&admin, &all), (0, String::new()));
    let lo = format!("init: bring up lo: {NOT_PERMITTED}(it needs CAP_NET_ADMIN; ");
    says(run(&admin, &["--net"]), &lo);
    // The filter forbids pivot_root(2) alone.
    let pivot = format!("init: pivot_root: {NOT_PERMITTED}(a seccomp filter blocks it; use ");
    says(run(&admin, &["--root", "/", "--mount-proc", "--mount-dev"]), &pivot);
    let moved =
        ["--pid", "--root", "/", "--no-pivot", "--mount-proc", "--mount-dev", "--ephemeral"];
    assert_eq!(run(&admin, &moved), (0, String::new()));
    let free = "--security-opt=seccomp=unconfined";
    let rooted = ["--user", "--pid", "--root", "/", "--mount-dev", "--tmpfs", "/dev/t"];
    assert_eq!(run(&[free, "--user=1000", "--cap-drop=ALL"], &rooted), (0, String::new()));
    let user = ["--user", "--pid", "--net", "--mount"];
    assert_eq!(run(&[free, "--user=1000", "--cap-drop=ALL"], &user), (0, String::new()));
    let masked = format!("init: mount proc on /proc: {NOT_PERMITTED}(the visible /proc has masked");
    let with_proc = ["--user", "--pid", "--mount-proc"];
    says(run(&[free, "--user=1000"], &with_proc), &masked);
    let whole = [free, "--security-opt=systempaths=unconfined", "--user=1000"];
    assert_eq!(run(&whole, &with_proc), (0, String::new()));
}
