//! Waiting for a condition, up to a deadline that only a failure reaches.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long a test waits: only a failure takes as long.
pub const DEADLINE: Duration = Duration::from_secs(20);

thread_local! {
    /// How long this thread waits. Shorter where failures are expected: other programs' bugs.
    pub static PATIENCE: Cell<Duration> = const { Cell::new(DEADLINE) };
}

/// How long this thread waits for a condition.
pub fn patience() -> Duration {
    PATIENCE.get()
}

/// Polls until `condition` holds; panics after [`patience`].
#[track_caller]
pub fn until(what: &str, condition: impl FnMut() -> bool) {
    let time = patience();
    assert!(holds_within(time, condition), "still not so after {time:?}: {what}");
}

/// Does `condition` hold within `time`? Polls until then.
pub fn holds_within(time: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        match condition() {
            true => return true,
            false if start.elapsed() > time => return false,
            false => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// Moments spread over a time: the same moments in every run, and no two alike.
pub fn moments_within(time: Duration, count: u32) -> impl Iterator<Item = Duration> {
    (0..count).map(move |n| time * (n * 7919 % count) / count)
}

/// Waits for a time that is too short for a sleep.
pub fn wait(moment: Duration) {
    let start = Instant::now();
    // A sleep would take longer than the distance between two moments.
    while start.elapsed() < moment {
        std::hint::spin_loop();
    }
}
