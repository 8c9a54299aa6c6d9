//! Signals by the hundred thousand while orphans are reaped: none is lost, merged or out of
//! order, no zombie stays, and init's private memory does not grow.

use super::resident::{RARE, Resident};
use super::scale;

/// How many signals may wait for init and its main child.
const QUEUE: u64 = 1000;

/// The first storm touches the pages that init needs for it, but for rare ones.
#[test]
fn from_ten_senders_while_orphans_are_reaped() {
    for first in [true, false] {
        let mut resident = Resident::new(QUEUE, &[], |start| start.as_pid1(first));
        resident.storm(10, 200, 500);
        resident.is_clean();
        let before = resident.held();
        resident.storm(10, scale(3000, 100_000), scale(3000, 100_000));
        resident.is_clean();
        let after = resident.held();
        assert!(after.private <= before.private + RARE, "{before:?} {after:?}");
        resident.end(6).silent();
    }
}

/// Every process of the group gets each of them.
#[test]
fn to_a_group() {
    let mut resident = Resident::new(QUEUE, &["-g"], |start| start.as_pid1(true));
    resident.storm(10, scale(100, 10_000), 300);
    resident.is_clean();
    resident.end(6).calm();
}
