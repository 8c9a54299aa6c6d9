//! Sandboxes on old kernels, and under seccomp filters that refuse new system calls.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::*;

/// Kernels before 5.3, and seccomp filters written for them, have no clone3(2).
#[test]
fn without_the_newest_system_calls() {
    let test = "without_the_newest_system_calls";
    if !installed("strace") || !root() {
        return skip(test, "needs root, and strace");
    }
    let init = init_path();
    for call in ["clone3", "close_range"] {
        let inject = format!("inject={call}:error=ENOSYS");
        let strace = ["-f", "-qq", "-o", "/dev/null", "-e", &inject, "--", init.to_str().unwrap()];
        let limit = || unsafe {
            let limit = libc::rlimit { rlim_cur: 256, rlim_max: 256 };
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        };
        for options in [&["--pid", "--mount-proc"][..], &["--uts"], &["--time"]] {
            let command = [options, &["--", "sh", "-c", "exit 7"]].concat();
            let all = [&strace[..], &command].concat();
            Start::new("strace", all).before_exec(limit).run().expect(7).silent();
        }
    }
}

/// Linux before 6.3 and filters of old runtimes: mount(2) and a walk name by name.
#[test]
fn without_the_new_calls_of_the_kernel() {
    let Some(rootfs) = Rootfs::new("without_the_new_calls_of_the_kernel") else { return };
    let data = rootfs.beside("data");
    fs::create_dir(&data).unwrap();
    let data = data.to_str().unwrap().to_owned();
    symlink("bin", rootfs.path().join("link")).unwrap();
    for errno in [libc::ENOSYS, libc::EPERM] {
        for user in users() {
            let options = [
                "--unshare-all",
                "--mount-proc",
                "--mount-sys",
                "--mount-dev",
                "--read-only",
                "-q",
                "--bind",
                &data,
                "/m/data",
                "--ro-bind",
                &data,
                "/m/ro",
                "--tmpfs-size=1m",
                "--tmpfs",
                "/m/t",
                "--",
            ];
            let script = "touch /x 2>&- || echo ro; touch /m/ro/x 2>&- || echo ro; \
                          touch /m/t/x && echo > /dev/null && ls /sys/class >/dev/null && \
                          cut -d' ' -f3 /proc/mounts | sort | tr '\\n' ' '";
            let words = [&options[..], &["sh", "-c", script]].concat();
            let start = rootfs.start(user, &words).before_exec(move || {
                refuse(&NEW_CALLS, errno);
            });
            let said = start.run().expect(0).silent().stdout;
            assert!(said.starts_with("ro\nro\n"), "{user:?} {errno}: {said}");
            let words = ["--tmpfs", "/link", "true"];
            let start = rootfs.start(user, &words).before_exec(move || {
                refuse(&NEW_CALLS, errno);
            });
            start.run().expect(125).one_line("init: mount tmpfs on /link: Symbolic link loop");
        }
    }
}

const NEW_CALLS: [libc::c_long; 7] = [
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_openat2,
];

/// What came between Linux 5.1 and 5.12, and what a filter may refuse besides.
const CALLS: [libc::c_long; 8] = [
    libc::SYS_clone3,
    libc::SYS_close_range,
    libc::SYS_openat2,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_open_tree,
    libc::SYS_mount_setattr,
];

/// Signals arrive, survivors end, and the status is the app's.
#[test]
fn signals_and_ends_without_the_new_calls() {
    let probe = probe_path();
    let script = format!(
        "'{}' signals & (trap '' TERM; echo ready; exec sleep 1000) & read line; exit 3",
        probe.display()
    );
    let plain = [&[][..], &["-g"], &["--forward-to=all"]];
    let sandboxes = [&["--pid", "--mount-proc"][..], &["--uts", "--net"], &["--time"]];
    for errno in [libc::ENOSYS, libc::EPERM] {
        for options in plain.into_iter().chain(sandboxes) {
            let words = [options, &["-q", "--grace-period=300ms", "--"]].concat();
            let mut run = init([&words[..], &[probe.to_str().unwrap(), "signals"]].concat())
                .before_exec(move || refuse(&CALLS, errno))
                .start();
            run.expect("ready ");
            run.signal(libc::SIGUSR1);
            // Without rt_sigqueueinfo, outer cannot say that a CONT is for inner alone.
            until("it arrives", || !run.line().starts_with("got 18 "));
            run.signal(libc::SIGTERM);
            run.expect("got 15 ");
            run.finish().expect(0).silent();
            let (reader, writer) = pipe();
            let start = init([&words[..], &["sh", "-c", &script]].concat()).stdio(0, reader);
            let mut run = start.before_exec(move || refuse(&CALLS, errno)).start();
            run.expect("ready");
            run.expect("ready");
            drop(writer);
            run.expect("got 15 ");
            run.finish().expect(3).silent();
        }
    }
}
