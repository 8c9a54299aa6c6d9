//! `--join-cgroup`, and `--persist`: files that keep namespaces.

use std::fs;
use std::path::Path;

use crate::support::places::own;
use crate::support::*;

#[test]
fn a_cgroup_and_its_namespace() {
    let test = "a_cgroup_and_its_namespace";
    if !root() {
        return skip(test, "needs root, to make cgroups");
    }
    for (base, line) in [
        ("/sys/fs/cgroup/pids", ":pids:"),
        ("/sys/fs/cgroup/unified", "0::"),
        ("/sys/fs/cgroup", "0::"),
    ] {
        if !Path::new(base).join("cgroup.procs").exists() {
            continue;
        }
        let cgroup = Cgroup::new(base);
        let word = cgroup.path.to_str().unwrap();
        let script =
            format!("grep '{line}' /proc/self/cgroup; cat /proc/self/mountinfo | wc -l >/dev/null");
        let here = |options: &[&str]| {
            let words = [&["--join-cgroup", word], options, &["--", "sh", "-c", &script]].concat();
            init(words).run().expect(0).silent().stdout.trim_end().to_owned()
        };
        let name = cgroup.path.file_name().unwrap().to_str().unwrap();
        assert!(here(&[]).ends_with(&format!("/{name}")), "{base}");
        assert!(
            here(&["--pid", "--mount-proc", "--unshare-all"]).ends_with(&format!("{line}/")),
            "{base}"
        );
        assert!(here(&["--cgroup"]).ends_with(&format!("{line}/")), "{base}");
        let own = fs::read_to_string("/proc/self/cgroup").unwrap();
        assert!(!own.contains(name), "init stays where it was");
    }
}

#[test]
fn files_that_keep_namespaces() {
    let test = "files_that_keep_namespaces";
    if !root() {
        return skip(test, "needs root, to mount outside");
    }
    // In a mount namespace of its own, whose mounts are shared, as on most machines.
    let kinds = "user mnt uts ipc net cgroup time";
    let script = format!(
        "mount --make-rshared / && mount -t tmpfs none /mnt && mount --make-private /mnt && cd /mnt && \
         set --; for k in {kinds}; do set -- \"$@\" --persist=$k=$k; done; \
         \"$0\" \"$@\" --pid --map-root-user -q --hostname=kept --boottime=7777777 --tmpfs /opt -- \
            sh -c 'touch /opt/there; for k in {kinds}; do readlink /proc/self/ns/$k; done >/mnt/ids' && \
         for k in {kinds}; do stat -L -c %i $k | grep -q \"$(stat -L -c %i $k)\" && \
            grep -q \"$(stat -L -c %i $k)\" ids && echo $k; done; \
         set --; for k in {kinds}; do set -- \"$@\" --join=$k=/mnt/$k; done; \
         \"$0\" \"$@\" -- sh -c 'hostname; ls /opt; id -u; cut -d. -f1 /proc/uptime' && \
         umount {kinds} && rm {kinds} ids && ls"
    );
    let start = Start::new("unshare", ["-m", "sh", "-ec", &script, &own()]);
    let done = start.before_exec(stay_on_this_processor).run().expect(0).silent();
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(
        lines[..10],
        ["user", "mnt", "uts", "ipc", "net", "cgroup", "time", "kept", "there", "0"]
    );
    assert!(lines[10].parse::<u64>().unwrap() > 7_777_777, "{done:?}");
    assert_eq!(lines.len(), 11, "{done:?}");
}

/// A mount namespace is kept only by one that is older, by its number, and Linux 6.18 hands out
/// numbers for each processor by itself.
fn stay_on_this_processor() {
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(libc::sched_getcpu() as usize, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &set);
    }
}

#[test]
fn files_that_cannot_keep_a_namespace() {
    let scratch = Scratch::new();
    let file = scratch.path("net");
    let word = format!("--persist=net={}", file.display());
    let refused = User::Ordinary.run(init([&*word, "true"])).unwrap().run().expect(125);
    refused.one_line(
        "init: --persist: it mounts outside, which needs CAP_SYS_ADMIN there; start init as root",
    );
    assert!(!file.exists());
    if !root() {
        return skip("files_that_cannot_keep_a_namespace", "needs root, to mount outside");
    }
    // No app, and nothing is left behind.
    init([&*word, "nosuch"]).run().expect(127);
    assert!(!file.exists());
    let missing = init([&*word, "--persist=uts=/nosuch/x", "true"]).run().expect(125);
    missing.one_line("init: keep a namespace in /nosuch/x: No such file or directory");
    assert!(!file.exists());
    let shared = "mount --make-rshared / && mount -t tmpfs none /mnt && \
                  \"$0\" --mount --propagation=slave --persist=mnt=/mnt/m true";
    let done = Start::new("unshare", ["-m", "sh", "-c", shared, &own()]).run().expect(125);
    done.one_line(
        "init: keep a namespace in /mnt/m: Invalid argument (the mount that holds the file",
    );
}

/// Whoever is killed while a sandbox is made: what stays is what was asked for, and directories
/// that were made for mounts.
#[test]
fn killed_at_random_moments() {
    let test = "killed_at_random_moments";
    let Some(rootfs) = Rootfs::new(test) else { return };
    if !root() {
        return skip(test, "needs root, for files and cgroups");
    }
    let cgroup = Cgroup::any();
    let mut host = Host::new();
    let before = host.mounts();
    let (root, file) = (rootfs.word(), rootfs.beside("net"));
    let (persist, cgroup_word) = (format!("net={}", file.display()), cgroup.path.to_str().unwrap());
    let options = ["--unshare-all", "--root", &root, "--ephemeral", "--mount-proc", "--mount-dev"];
    let kept =
        ["--persist", &persist, "--join-cgroup", cgroup_word, "-q", "--", "/bin/sleep", "1000"];
    let words = [&options[..], &kept].concat();
    let mut found = [0; 2];
    for (n, moment) in moments_within(std::time::Duration::from_millis(20), 150).enumerate() {
        let mark = marker();
        let mut run = host.start(User::Root, init(&words).marked(&mark)).start();
        let outer = run.pid();
        wait(moment);
        let mut victim = Some(outer);
        let child = |pid| children(pid).first().copied();
        until("it is there to be killed", || {
            victim = [Some(outer), child(outer), child(outer).and_then(child)][n % 3];
            victim.is_some() || run.ended()
        });
        unsafe { libc::kill(victim.unwrap(), libc::SIGKILL) };
        until("all of them are gone", || marked(&mark).is_empty());
        run.finish();
        let new: Vec<String> = host.mounts().lines().map(str::to_owned).collect();
        let new = new.iter().filter(|line| !before.contains(*line));
        let kept =
            new.inspect(|line| assert!(line.contains(&file.display().to_string()), "{line}"));
        let kept = kept.count();
        found[kept.min(1)] += 1;
        if kept > 0 {
            host.start(User::Root, Start::new("umount", [&file])).run().expect(0);
        }
        let _ = fs::remove_file(&file);
        until("the cgroup is empty", || {
            fs::read_to_string(cgroup.path.join("cgroup.procs")).unwrap().is_empty()
        });
    }
    assert!(found.iter().all(|count| *count > 0), "not each of the cases came up: {found:?}");
    let names = fs::read_dir(rootfs.path()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["bin"], "an ephemeral root has its new directories in memory");
}

/// In a sandbox without `--mount-proc` the number of a child means another process in `/proc`: no
/// namespace of that one is kept, and no ids of it are mapped.
#[test]
fn a_proc_of_another_pid_namespace() {
    let test = "a_proc_of_another_pid_namespace";
    let own = own();
    let inside = |words: &[&str]| init([&["--pid", "--", &*own], words].concat());
    let cause = "No such process (/proc is of another PID namespace; mount proc on /proc)";
    for user in users() {
        let done = user.run(inside(&["--map-root-user", "true"])).unwrap().run().expect(125);
        assert!(done.stderr.lines().last().unwrap().ends_with(cause), "{done:?}");
    }
    if !root() {
        return skip(test, "needs root, to mount outside");
    }
    let scratch = Scratch::new();
    let file = scratch.path("uts");
    let keep = format!("--persist=uts={}", file.display());
    let done = inside(&["--uts", &keep, "true"]).run().expect(125);
    done.one_line(&format!("init: keep a namespace in {}: {cause}", file.display()));
    assert!(!file.exists());
}
