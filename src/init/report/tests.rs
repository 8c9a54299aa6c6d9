//! Whatever happened: one JSON object of a known shape and at most 4,096 bytes.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use std::fs::File;

fn report(command: &'static [u8]) -> Report {
    Report::new(File::open("/dev/null").unwrap().into(), command)
}

fn read(report: &Report, status: u8, timed_out: bool) -> Value {
    let mut object = report.object(status, timed_out);
    let line = std::str::from_utf8(object.as_line()).unwrap();
    assert!(line.ends_with("}\n") && line.len() <= 4096, "{line}");
    serde_json::from_str(line).unwrap()
}

#[test]
fn reasons() {
    let killed = Ended::Signaled(Signal::KILL, true);
    for (ended, timed_out, expected) in [
        (None, false, json!({"reason": "not_started", "core_dumped": false, "pid": null})),
        (
            Some(Ended::Exited(9)),
            false,
            json!({"reason": "exited", "exit_code": 9, "core_dumped": false, "pid": 5}),
        ),
        (
            Some(killed),
            false,
            json!({"reason": "signaled", "signal": 9, "signal_name": "SIGKILL", "core_dumped": true}),
        ),
        (Some(killed), true, json!({"reason": "timeout", "signal": 9, "status": 77})),
    ] {
        let mut report = report(b"app");
        if let Some(ended) = ended {
            report.started(Pid::from_raw(5));
            report.main_ended(ended, Usage { user_ms: 1, system_ms: 2, max_rss_kb: 3 });
        }
        let read = read(&report, 77, timed_out);
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&read[key], value, "{read}");
        }
        let by_code = matches!(ended, Some(Ended::Exited(_)));
        assert_eq!(read.get("exit_code").is_some(), by_code);
        assert_eq!(read.get("signal").is_some(), ended.is_some() && !by_code);
    }
}

#[test]
fn who_survived_and_how_that_ended() {
    let mut report = report(b"app");
    for (pid, name) in [(7, &b"one"[..]), (8, b"two"), (9, b"three")] {
        report.survivor(&Process::of(pid, name));
    }
    report.reaped(Pid::from_raw(8), Ended::Exited(3));
    report.killed(Some(&Process::of(9, b"three")));
    report.reaped(Pid::from_raw(9), Ended::Signaled(Signal::KILL, false));
    report.reaped(Pid::from_raw(55), Ended::Exited(0));
    let read = read(&report, 0, false);
    assert_eq!((&read["survivors"], &read["reaped"]), (&json!(3), &json!(3)));
    assert_eq!(read["killed"], json!([{"pid": 9, "name": "three"}]));
    let ended = json!([
        {"pid": 8, "name": "two", "exit_code": 3},
        {"pid": 9, "name": "three", "signal": 9, "signal_name": "SIGKILL"},
    ]);
    assert_eq!(read["ended"], ended);
    report.survivors_unknown();
    assert_eq!(self::read(&report, 0, false)["survivors"], Value::Null);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn always_whole_and_short(
        command in prop::collection::vec(prop_oneof![Just(1), Just(0xff), 1_u8..=255], 0..400),
        names in prop::collection::vec(
            prop::collection::vec(prop_oneof![Just(1), Just(0xff), 1_u8..=255], 0..64),
            0..80,
        ),
        sent in prop::collection::vec((1_i32..=64, 1_u32..=u32::MAX), 0..100),
        big in any::<bool>(),
    ) {
        let mut report = report(command.leak());
        let most = if big { u64::MAX } else { 7 };
        report.started(Pid::from_raw(if big { i32::MAX } else { 2 }));
        let usage = Usage { user_ms: most, system_ms: most, max_rss_kb: most };
        report.main_ended(Ended::Signaled(Signal::new(63).unwrap(), true), usage);
        for (signal, count) in &sent {
            let entry = &mut report.forwarded[*signal as usize - 1];
            *entry = Sent { count: *count, first: Time(most) };
        }
        for (n, name) in names.iter().enumerate() {
            let process = Process::of(i32::try_from(n).unwrap() + 1_000_000_000, name);
            report.survivor(&process);
            report.killed(Some(&process));
            report.reaped(process.pid, Ended::Signaled(Signal::new(64).unwrap(), false));
        }
        let read = read(&report, 255, false);
        let count = |key: &str| read[key].as_array().unwrap().len();
        prop_assert_eq!(&read["killed_count"], &json!(names.len()));
        prop_assert_eq!(&read["survivors"], &json!(names.len()));
        prop_assert_eq!(&read["reaped"], &json!(names.len()));
        prop_assert!(count("killed") <= names.len() && count("ended") <= names.len());
        prop_assert!(names.is_empty() || count("killed") > 0 && count("ended") > 0);
        prop_assert!(sent.is_empty() || count("forwarded") > 0);
    }
}
