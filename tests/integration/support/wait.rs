//! Waiting for a condition, up to a deadline that only a failure reaches.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Only a failure takes this long.
pub const DEADLINE: Duration = Duration::from_secs(20);

thread_local! {
    /// How long this thread waits, where it expects failures: others' programs.
    pub static PATIENCE: Cell<Duration> = const { Cell::new(DEADLINE) };
}

/// How long a test waits for what should happen at once.
pub fn patience() -> Duration {
    PATIENCE.get()
}

/// Polls until `condition` holds.
#[track_caller]
pub fn until(what: &str, condition: impl FnMut() -> bool) {
    let time = patience();
    assert!(holds_within(time, condition), "still not so after {time:?}: {what}");
}

/// Does `condition` come to hold within `time`?
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

/// Waits that long.
pub fn wait(moment: Duration) {
    let start = Instant::now();
    // To sleep takes longer than the moments are apart.
    while start.elapsed() < moment {
        std::hint::spin_loop();
    }
}
