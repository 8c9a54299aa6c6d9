//! `--report`: one JSON object about the run, into files, pipes and full disks.

use std::fs;
use std::io::Read;
use std::os::fd::FromRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::engine::engine;
use crate::support::*;

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.len() <= 4096 && text.ends_with("}\n"), "{text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// init with `--report` and these words, in a directory of its own.
fn reporting(scratch: &Scratch, words: &[&str]) -> Start {
    init([&["--report", "report"], words].concat()).current_dir(&scratch.path(""))
}

#[track_caller]
fn holds(report: &Value, expected: &Value) {
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&report[key], value, "{key} in {report}");
    }
}

#[test]
fn every_reason() {
    let deaf = "trap '' TERM; exec sleep 1000";
    for first in [true, false] {
        for (words, code, expected) in [
            (
                &["sh", "-c", "exit 7"][..],
                7,
                json!({"reason": "exited", "exit_code": 7, "status": 7, "command": "sh",
                       "signal": null, "core_dumped": false, "survivors": 0, "ended": [],
                       "killed": [], "killed_count": 0, "forwarded": [], "reaped": 0}),
            ),
            (
                &["-e7", "sh", "-c", "exit 7"],
                0,
                json!({"reason": "exited", "exit_code": 7, "status": 0}),
            ),
            (
                &["sh", "-c", "kill -9 $$"],
                137,
                json!({"reason": "signaled", "signal": 9, "signal_name": "SIGKILL", "status": 137,
                       "exit_code": null}),
            ),
            (
                &["--timeout=100ms", "sleep", "1000"],
                124,
                json!({"reason": "timeout", "signal": 15, "signal_name": "SIGTERM", "status": 124}),
            ),
            (
                &["--timeout=100ms", "--grace-period=100ms", "sh", "-c", deaf],
                124,
                json!({"reason": "timeout", "signal": 9, "status": 124}),
            ),
            (
                &["/nosuch"],
                127,
                json!({"reason": "not_started", "status": 127, "pid": null, "exit_code": null,
                       "signal": null, "core_dumped": false, "command": "/nosuch"}),
            ),
            (&["/"], 126, json!({"reason": "not_started", "status": 126})),
        ] {
            let scratch = Scratch::new();
            reporting(&scratch, words).as_pid1(first).run().expect(code);
            let report = read(&scratch.path("report"));
            holds(&report, &expected);
            holds(&report, &json!({"version": env!("CARGO_PKG_VERSION")}));
            assert!(report["duration_ms"].is_u64(), "{report}");
            let ran = report["reason"] != "not_started";
            assert_eq!(report["max_rss_kb"].as_u64().unwrap() > 0, ran, "{report}");
        }
    }
}

#[test]
fn what_was_forwarded_and_when() {
    let scratch = Scratch::new();
    let probe = probe_path();
    let words = ["-r", "USR1:RTMIN+1", "--", probe.to_str().unwrap(), "signals"];
    let mut run = reporting(&scratch, &words).start();
    run.expect("ready ");
    let main = run.main_child();
    for (signal, goes) in [(1, 1), (10, 35), (1, 1), (15, 15)] {
        run.signal(signal);
        run.expect(&format!("got {goes} "));
    }
    run.finish().expect(0).silent();
    let report = read(&scratch.path("report"));
    holds(&report, &json!({"pid": main, "reason": "exited", "command": probe.to_str().unwrap()}));
    let forwarded = report["forwarded"].as_array().unwrap();
    let what: Vec<_> = forwarded.iter().map(|f| (&f["signal"], &f["name"], &f["count"])).collect();
    let expected = [(1, "SIGHUP", 2), (15, "SIGTERM", 1), (35, "SIGRTMIN+1", 1)];
    let expected = expected.map(|(signal, name, count)| (json!(signal), json!(name), json!(count)));
    assert!(what.into_iter().eq(expected.iter().map(|(a, b, c)| (a, b, c))), "{report}");
    let first = |n: usize| forwarded[n]["first_ms"].as_u64().unwrap();
    assert!(first(0) <= first(2) && first(2) <= first(1), "{report}");
    assert!(first(1) <= report["duration_ms"].as_u64().unwrap(), "{report}");
}

#[test]
fn what_the_main_child_used() {
    let scratch = Scratch::new();
    let words = ["sh", "-c", "n=0; while [ $n -lt 300000 ]; do n=$((n+1)); done"];
    reporting(&scratch, &words).run().expect(0);
    let report = read(&scratch.path("report"));
    let [user, system] = ["user_ms", "system_ms"].map(|key| report[key].as_u64().unwrap());
    assert!(user > 0 && user + system <= report["duration_ms"].as_u64().unwrap() + 1, "{report}");
    assert!(report["max_rss_kb"].as_u64().unwrap() > 100, "{report}");
}

#[test]
fn how_survivors_ended() {
    let probe = probe_path();
    let probe = probe.to_str().unwrap();
    for first in [true, false] {
        let scratch = Scratch::new();
        let options = ["--grace-period=200ms", "--", probe];
        let crowd =
            |what| reporting(&scratch, &[&options[..], &["crowd", "3", what, "7"]].concat());
        crowd("polite").as_pid1(first).run().expect(7);
        let report = read(&scratch.path("report"));
        holds(&report, &json!({"survivors": 3, "killed": [], "killed_count": 0, "reaped": 3}));
        let ended = report["ended"].as_array().unwrap();
        assert_eq!(ended.len(), 3, "{report}");
        for end in ended {
            holds(end, &json!({"name": "probe", "signal": 15, "signal_name": "SIGTERM"}));
        }

        crowd("stubborn").as_pid1(first).run().expect(7);
        let report = read(&scratch.path("report"));
        holds(&report, &json!({"survivors": 3, "killed_count": 3, "reaped": 3}));
        let pids = |key: &str| -> Vec<Value> {
            let list = report[key].as_array().unwrap();
            assert!(list.iter().all(|entry| entry["name"] == "probe"), "{report}");
            list.iter().map(|entry| entry["pid"].clone()).collect()
        };
        assert_eq!((pids("killed").len(), pids("ended")), (3, pids("killed")), "{report}");
    }
}

#[test]
fn a_long_list_is_cut_its_count_is_not() {
    for first in [true, false] {
        let scratch = Scratch::new();
        let probe = probe_path();
        let words = ["--grace-period=100ms", "--", probe.to_str().unwrap(), "crowd", "300"];
        let words = [&words[..], &["stubborn", "7"]].concat();
        reporting(&scratch, &words).as_pid1(first).run().expect(7);
        let report = read(&scratch.path("report"));
        holds(&report, &json!({"survivors": 300, "killed_count": 300, "reaped": 300}));
        let listed = report["killed"].as_array().unwrap().len();
        assert!((10..300).contains(&listed), "{report}");
    }
}

/// As PID 1 with the `/proc` of another PID namespace: survivors cannot be counted or named.
#[test]
fn without_proc_survivors_are_not_known() {
    if !root() {
        return skip("without_proc_survivors_are_not_known", "needs root");
    }
    let scratch = Scratch::new();
    let report = scratch.path("report");
    let (init, probe) = (init_path(), probe_path());
    let words = ["-p", "-f", "--kill-child", "--", init.to_str().unwrap(), "--grace-period=100ms"];
    let more = ["--report", report.to_str().unwrap(), "--", probe.to_str().unwrap()];
    let crowd = ["crowd", "3", "stubborn", "7"];
    let done = Start::new("unshare", [&words[..], &more, &crowd].concat()).run().expect(7);
    done.one_line("kill after the grace period of 100ms: no names from /proc: ");
    holds(
        &read(&report),
        &json!({"survivors": null, "killed": [], "killed_count": 3, "reaped": 3}),
    );
}

#[test]
fn written_in_place() {
    let scratch = Scratch::new();
    let path = scratch.path("report");
    fs::write(&path, "x".repeat(9000)).unwrap();
    let before = path.metadata().unwrap().ino();
    // The file is opened in init's first directory. The app goes elsewhere.
    reporting(&scratch, &["sh", "-c", "cd /; exit 2"]).run().expect(2).silent();
    assert_eq!(path.metadata().unwrap().ino(), before);
    holds(&read(&path), &json!({"status": 2}));
    init(["true"]).env("CONTAINER_INIT_REPORT", path.to_str().unwrap()).run().expect(0).silent();
    holds(&read(&path), &json!({"status": 0, "command": "true"}));
}

#[test]
fn closed_standard_descriptors_are_not_in_its_way() {
    let scratch = Scratch::new();
    let words = ["sh", "-c", "echo never >report.1; exit 3"];
    let closed = || unsafe {
        for fd in 0..3 {
            libc::close(fd);
        }
    };
    reporting(&scratch, &words).before_exec(closed).run().expect(3);
    holds(&read(&scratch.path("report")), &json!({"status": 3}));
}

/// Nobody has sent the TERM of `--timeout`, also where it has a delay.
#[test]
fn the_end_by_a_timeout_is_not_forwarded() {
    for delay in ["TERM=0", "TERM=100ms"] {
        let scratch = Scratch::new();
        let words = ["--report=report", "--timeout=100ms", "--delay", delay, "sleep", "1000"];
        init(words).current_dir(&scratch.path("")).run().expect(124).silent();
        let report = read(&scratch.path("report"));
        holds(&report, &json!({"reason": "timeout", "signal": 15, "forwarded": []}));
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_at_the_start() {
    let scratch = Scratch::new();
    let fifo = std::ffi::CString::new(scratch.path("fifo").to_str().unwrap()).unwrap();
    assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
    for (path, reason) in [
        ("nosuch/report", "init: open report nosuch/report: No such file or directory"),
        (".", "init: open report .: Is a directory"),
        ("fifo", "(nobody reads this FIFO)"),
    ] {
        let words = ["--report", path, "sh", "-c", "echo ran"];
        let done = init(words).current_dir(&scratch.path("")).run().expect(125).one_line(reason);
        assert_eq!(done.stdout, "");
    }
}

#[test]
fn a_write_that_fails_costs_a_warning() {
    let full = init(["--report", "/dev/full", "sh", "-c", "exit 5"]).run().expect(5);
    full.one_line("init: write report: No space left on device");

    let scratch = Scratch::new();
    let vanished = reporting(&scratch, &["sh", "-c", "rm report; exit 5"]).run().expect(5);
    vanished.one_line("init: write report: the file was removed");

    let limited = reporting(&scratch, &["sh", "-c", "exit 5"]).before_exec(|| unsafe {
        let limit = libc::rlimit { rlim_cur: 100, rlim_max: 100 };
        libc::setrlimit(libc::RLIMIT_FSIZE, &limit);
    });
    limited.run().expect(5).one_line("init: write report: cut after 100 bytes");
}

#[test]
fn a_fifo_and_its_reader() {
    let scratch = Scratch::new();
    let fifo = std::ffi::CString::new(scratch.path("report").to_str().unwrap()).unwrap();
    assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
    let reader = || unsafe {
        let flags = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_CLOEXEC;
        fs::File::from_raw_fd(libc::open(fifo.as_ptr(), flags))
    };
    let mut there = reader();
    reporting(&scratch, &["sh", "-c", "exit 5"]).run().expect(5).silent();
    let mut text = String::new();
    there.read_to_string(&mut text).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    holds(&report, &json!({"status": 5}));

    drop(there);
    // A child that another test forks right now holds the reading end for a moment.
    let broken = (0..20).any(|_| {
        let there = reader();
        let (input, writer) = pipe();
        let start = reporting(&scratch, &["sh", "-c", "echo up; read line; exit 5"]);
        let mut gone = start.stdio(0, input).start();
        gone.expect("up");
        drop((there, writer));
        let done = gone.finish().expect(5);
        assert!(["", "init: write report: Broken pipe\n"].contains(&&*done.stderr), "{done:?}");
        !done.stderr.is_empty()
    });
    assert!(broken, "nobody has said that the reader is gone");
}

/// The kernel kills one process of the container's cgroup for lack of memory, and the report
/// counts it.
#[test]
fn kills_for_memory() {
    let Some(engine) = engine("kills_for_memory") else { return };
    let options = ["--memory=64m", "--memory-swap=64m", "-e", "CONTAINER_INIT_REPORT=/report"];
    for (script, kills) in [("exit 0", 0), ("tail /dev/zero", 1)] {
        let container = engine.start_container(&options, &["sh", "-c", script]);
        container.wait();
        let scratch = Scratch::new();
        let path = scratch.path("report");
        engine.run(&["cp", &format!("{}:/report", container.id), path.to_str().unwrap()]);
        holds(&read(&path), &json!({"oom_kills": kills}));
    }
}
