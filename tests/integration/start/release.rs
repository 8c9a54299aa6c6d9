//! After the spawn init holds nothing that only the app needs.

use crate::support::*;
use std::io::Read;

fn inherited_descriptors() {
    unsafe {
        for fd in [3, 17, 200] {
            libc::dup2(0, fd);
        }
    }
}

#[test]
fn only_stderr_stays_open_and_the_directory_is_the_root() {
    let scratch = Scratch::new();
    let report = scratch.path("report");
    let with_report = ["--report", report.to_str().unwrap()];
    for (options, open) in [(&[][..], 1), (&with_report[..], 2)] {
        for first in [false, true] {
            let start = init_probe(options, &["signals"]).as_pid1(first);
            let mut run =
                start.current_dir(&scratch.path("")).before_exec(inherited_descriptors).start();
            run.expect("ready ");
            let init = run.pid();
            until("the rest is closed", || descriptors(init).len() == open);
            assert!(descriptors(init).contains(&2));
            until("its directory is /", || {
                std::fs::read_link(format!("/proc/{init}/cwd")).unwrap()
                    == std::path::Path::new("/")
            });
            assert_eq!(status_field(init, "Threads").unwrap(), "1");
            run.signal(libc::SIGTERM);
            run.finish().expect(0).silent();
        }
    }
}

#[test]
fn the_apps_pipes_reach_end_of_file() {
    let (mut reader, writer) = pipe();
    let mut run =
        init(["sh", "-c", "exec 1>&-; echo closed >&2; exec sleep 1000"]).stdio(1, writer).start();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "");
    run.signal(libc::SIGTERM);
    run.finish().expect(143);
}

/// Kernels before 5.9, and seccomp filters written for them, have no close_range(2).
#[test]
fn descriptors_are_closed_without_close_range() {
    if !installed("strace") {
        return skip("descriptors_are_closed_without_close_range", "needs strace");
    }
    let (init, probe) = (init_path(), probe_path());
    let scratch = Scratch::new();
    let log = scratch.path("log");
    // Without close_range init closes the descriptors that /proc/self/fd names; without
    // that too, each number up to the limit.
    for (calls, fewest, most) in [("close_range", 2, 20), ("/^(close_range|getdents64)$", 250, 270)]
    {
        let inject = format!("inject={calls}:error=ENOSYS");
        let words = ["-qq", "-e", "trace=close,close_range,getdents64", "-e", &inject, "-o"];
        let words = words.into_iter().chain([log.to_str().unwrap(), "--", init.to_str().unwrap()]);
        let words = words.chain(["--", probe.to_str().unwrap(), "signals"]);
        let start = Start::new("strace", words.collect::<Vec<_>>()).before_exec(|| unsafe {
            let limit = libc::rlimit { rlim_cur: 256, rlim_max: 256 };
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
            inherited_descriptors();
        });
        let mut run = start.start();
        run.expect("ready ");
        let init = run.main_child();
        until("the rest is closed", || descriptors(init) == [2]);
        send(init, libc::SIGTERM);
        run.finish().expect(0).silent();
        let log = std::fs::read_to_string(&log).unwrap();
        let tried = log.lines().filter(|line| line.starts_with("close(")).count();
        assert!((fewest..=most).contains(&tried), "{calls}: {tried}");
    }
}

#[test]
fn a_refused_subreaper_costs_a_warning() {
    if !installed("strace") {
        return skip("a_refused_subreaper_costs_a_warning", "needs strace");
    }
    let init = init_path();
    let words = ["-qq", "-o", "/dev/null", "-e", "inject=prctl:error=EPERM", "--"];
    let words = words.into_iter().chain([init.to_str().unwrap(), "sh", "-c", "exit 4"]);
    let done = Start::new("strace", words.collect::<Vec<_>>()).run().expect(4);
    done.one_line("become a subreaper: Operation not permitted");
}

#[test]
fn parent_death_signal() {
    // A shell starts init and is killed. init gets its parent-death signal and forwards it.
    let init = init_path();
    let probe = probe_path();
    let script = format!("'{}' -p USR1 '{}' signals; true", init.display(), probe.display());
    let mut run = Start::new("sh", ["-c", &script]).start();
    run.expect("ready ");
    let shell = run.pid();
    send(shell, libc::SIGKILL);
    run.expect("got 10 ");
}

/// prctl(2): a change of user clears the parent-death signal. The manual says so; this test
/// notices a kernel that keeps it.
#[test]
fn a_main_child_that_changes_its_user_outlives_a_killed_init() {
    let test = "a_main_child_that_changes_its_user_outlives_a_killed_init";
    if !root() || !installed("setpriv") {
        return skip(test, "needs root and setpriv");
    }
    let probe = probe_path();
    let probe = probe.to_str().unwrap();
    let change = ["setpriv", "--reuid=54321", "--clear-groups"];
    for (before, outlives) in [(&change[..], true), (&[], false)] {
        let words = before.iter().copied().chain([probe, "signals"]);
        let mut run = init(words.collect::<Vec<_>>()).start();
        run.expect("ready ");
        let app = run.main_child();
        run.signal(libc::SIGKILL);
        until("init is gone", || run.ended());
        if outlives {
            send(app, libc::SIGUSR1);
            run.expect("got 10 ");
        } else {
            until("the main child too", || state(app).is_none_or(|state| state == 'Z'));
        }
    }
}
