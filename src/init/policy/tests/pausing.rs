//! The end of pause.

use super::super::pausing::{Pausing, Step};
use super::*;

const SECOND: u64 = 1000 * MS;

/// What pause does, and when in milliseconds, after a first TERM at 0 with others who are
/// there until `gone`, and a second TERM at `again`.
fn history(grace_ms: u64, gone: u64, again: Option<u64>) -> Vec<(u64, Step)> {
    let mut pausing = Pausing::new(Duration::from_millis(grace_ms));
    assert_eq!(pausing.next_look(), None);
    let mut looks = 0;
    let mut steps = vec![(0, pausing.asked_to_end(Time(0)))];
    while steps.last().unwrap().1 != Step::Exit {
        let look = pausing.next_look().unwrap();
        looks += 1;
        assert!(looks < 100, "it comes to an end");
        let step = match again.map(|at| Time(at * MS)) {
            Some(again) if again <= look => (again, pausing.asked_to_end(again)),
            _ => (look, pausing.looked(look < Time(gone * MS), look, look)),
        };
        if step.1 != Step::Wait {
            steps.push((step.0.0 / MS, step.1));
        }
    }
    steps
}

#[test]
fn pause_waits_for_the_others_then_tells_them() {
    let wait = (0, Step::Wait);
    let never = 1_000_000;
    for (grace, gone, again, expected) in [
        (5000, 0, None, vec![wait, (0, Step::Exit)]),
        (0, never, None, vec![(0, Step::Exit)]),
        // Looks after 10, 20, 40, 80, 160 and then every 200 ms.
        (5000, 100, None, vec![wait, (150, Step::Exit)]),
        (5000, 3000, None, vec![wait, (3110, Step::Exit)]),
        (5000, never, None, vec![wait, (5000, Step::Tell), (6000, Step::Exit)]),
        (50, never, None, vec![wait, (50, Step::Tell), (1050, Step::Exit)]),
        // 5 s and 10, 20, 40 ms.
        (5000, 5070, None, vec![wait, (5000, Step::Tell), (5070, Step::Exit)]),
        (5000, never, Some(1000), vec![wait, (1000, Step::Exit)]),
        (5000, never, Some(5500), vec![wait, (5000, Step::Tell), (5500, Step::Exit)]),
    ] {
        assert_eq!(history(grace, gone, again), expected, "{grace} {gone} {again:?}");
    }
}

#[test]
fn a_death_leads_to_a_look_soon() {
    let mut pausing = Pausing::new(Duration::from_secs(5));
    pausing.child_ended(Time(SECOND));
    assert_eq!(pausing.next_look(), None, "nothing was said about an end");
    pausing.asked_to_end(Time(2 * SECOND));
    for _ in 0..10 {
        let look = pausing.next_look().unwrap();
        assert_eq!(pausing.looked(true, look, look), Step::Wait);
    }
    let now = Time(4 * SECOND);
    assert!(pausing.next_look().unwrap() < now);
    assert_eq!(pausing.looked(true, now, now), Step::Wait);
    assert_eq!(pausing.next_look(), Some(now.plus(Duration::from_millis(200))));
    for n in 0..10 {
        pausing.child_ended(Time(now.0 + n * MS));
        assert_eq!(pausing.next_look(), Some(now.plus(Duration::from_millis(10))));
    }
}
