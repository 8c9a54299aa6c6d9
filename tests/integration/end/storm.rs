//! Survivors that fork all the time: each process leaves one child as soon as it is born, so that
//! a look at all of them, or a round of reaping, would never come to its end.

use crate::support::*;

/// The storm would last for forty seconds. init is PID 1: elsewhere a storm may be faster than each
/// SIGKILL, and init gives it up.
#[test]
fn init_keeps_the_time() {
    let start = init_probe(&["--grace-period=300ms"], &["crowd", "30", "storming", "7"]);
    let mut run = limited(start.as_pid1(true).with_own_user()).start();
    run.expect("crowd");
    run.finish().expect(7);
}

#[test]
fn pause_keeps_the_time() {
    if !root() || !installed("setpriv") {
        return skip("pause_keeps_the_time", "needs root and setpriv");
    }
    let mut run = init(["-P", "--grace-period=300ms"]).as_pid1(true).start();
    let (pid, user, probe) = (run.pid().to_string(), own_user(), probe_path());
    let ids = [format!("--reuid={user}"), format!("--regid={user}")];
    let enter = ["-t", &pid, "-p", "--", "setpriv", &ids[0], &ids[1], "--clear-groups"];
    // A few are a storm: more only share the time with pause.
    let crowd = [probe.to_str().unwrap(), "crowd", "6", "storming", "0"];
    // Its end would end the storm as well.
    let mut storm = limited(Start::new("nsenter", [&enter[..], &crowd].concat())).start();
    storm.expect("crowd");
    run.signal(libc::SIGTERM);
    run.finish().expect(0).one_line("init: end with processes left, which the kernel kills");
    storm.finish().expect(0);
}

/// Those that are not reaped count as well.
fn limited(start: Start) -> Start {
    let limit = libc::rlimit { rlim_cur: 4000, rlim_max: 4000 };
    start.before_exec(move || unsafe {
        assert_eq!(libc::setrlimit(libc::RLIMIT_NPROC, &limit), 0);
    })
}

/// A look comes too late for most of them, and kill(-1) for none.
#[test]
fn who_was_killed_without_a_name_is_counted() {
    let scratch = Scratch::new();
    let report = scratch.path("report");
    let option = format!("--report={}", report.display());
    let options = [&option, "--grace-period=300ms"];
    let done = init_probe(&options, &["crowd", "8", "storming", "7"]).as_pid1(true).run().expect(7);
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    let (mut named, mut unnamed) = (0, 0);
    for line in done.stderr.lines() {
        let line = line.strip_prefix("init: killed after the grace period of 300ms: ");
        let line = line.unwrap_or_else(|| panic!("{done:?}"));
        match line.split_once(" process") {
            Some((count, rest)) if rest.ends_with("without a name") => {
                unnamed += count.parse::<u64>().unwrap();
            }
            _ => named += line.split(", ").count() as u64,
        }
    }
    let killed = report["killed_count"].as_u64();
    assert!(killed >= Some(8) && killed == Some(named + unnamed), "{report} {done:?}");
}
