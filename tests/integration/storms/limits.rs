//! At the limits of a container: processes and memory.

use std::time::Duration;

use serde_json::Value;

use crate::support::*;

/// init ends with the main child's status, in time, and nobody is left.
#[track_caller]
fn ends(start: Start) -> Finished {
    let mark = marker();
    let mut run = start.marked(&mark).start();
    run.expect("full");
    assert!(holds_within(Duration::from_secs(60), || run.ended()), "it runs on");
    until("nobody is left", || marked(&mark).is_empty());
    run.finish().expect(7)
}

fn bomb() -> Start {
    let storm = storm_path();
    init(["--grace-period=500ms", "--", storm.to_str().unwrap(), "bomb"])
}

#[test]
fn a_fork_bomb_in_a_cgroup() {
    for first in [true, false] {
        let Some(cgroup) = Cgroup::with("a_fork_bomb_in_a_cgroup", "pids") else { return };
        cgroup.limit_processes(100);
        ends(cgroup.start(bomb().as_pid1(first)));
        until("the group is empty", || cgroup.processes().is_empty());
    }
}

#[test]
fn a_fork_bomb_of_a_user() {
    if !root() {
        return skip("a_fork_bomb_of_a_user", "needs root, for a user of its own");
    }
    for first in [true, false] {
        let start = bomb().as_pid1(first).with_own_user().before_exec(|| unsafe {
            let limit = libc::rlimit { rlim_cur: 100, rlim_max: 100 };
            libc::setrlimit(libc::RLIMIT_NPROC, &limit);
        });
        ends(start);
    }
}

/// The kernel kills for memory again and again, while init runs and while it ends. The eaters
/// ask to be killed first: the kernel counts mapped files too, and a debug build of init is
/// larger than a shell.
#[test]
fn memory_at_its_limit() {
    let first = "echo 500 >/proc/self/oom_score_adj;";
    let eat = format!("({first} tail /dev/zero);");
    let eaters = format!("({first} trap '' TERM; while :; do tail /dev/zero; done) & ");
    let script = format!("{eat} {eaters}{eaters}{eat} echo full; exit 7");
    for first in [true, false] {
        let Some(cgroup) = Cgroup::with("memory_at_its_limit", "memory") else { return };
        cgroup.limit_memory(32 << 20);
        let scratch = Scratch::new();
        let words = ["--report=report", "--grace-period=500ms", "sh", "-c", &script];
        let start = init(words).as_pid1(first).current_dir(&scratch.path(""));
        let done = ends(cgroup.start(start));
        let report = std::fs::read_to_string(scratch.path("report")).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        assert!(report["oom_kills"].as_u64().unwrap() >= 2, "{report} {done:?}");
        assert_eq!(report["status"], 7);
    }
}
