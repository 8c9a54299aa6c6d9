//! Thousands of survivors that ignore TERM: gone when the grace period is over.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::scale;
use crate::support::*;

#[test]
fn gone_after_the_grace_period() {
    let count = scale(3000, 20_000);
    for first in [true, false] {
        let scratch = Scratch::new();
        let log = std::fs::File::create(scratch.path("log")).unwrap();
        let options = ["--grace-period=3s", "--report=report"];
        let crowd = ["crowd", &count.to_string(), "stubborn", "7"];
        let start = init_probe(&options, &crowd).as_pid1(first).stdio(2, log);
        let mark = marker();
        let mut run = start.current_dir(&scratch.path("")).marked(&mark).start();
        // So many take a while to start.
        let up = run.line_within(Duration::from_secs(120));
        assert_eq!(up.as_deref(), Some("crowd"));
        let start = Instant::now();
        let ended = holds_within(Duration::from_secs(60), || run.ended());
        let took = start.elapsed();
        assert!(ended, "init runs on");
        assert!(marked(&mark).is_empty());
        run.finish().expect(7);
        let report = std::fs::read_to_string(scratch.path("report")).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!((&report["killed_count"], &report["reaped"]), (&count.into(), &count.into()));
        assert!(took >= Duration::from_secs(3), "{took:?}");
        show(&format!("storms: {count} survivors, PID 1: {first}: gone {took:?} after\n"));
    }
}
