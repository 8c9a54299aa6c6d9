//! The end of a pod: the kubelet sends TERM, waits for `terminationGracePeriodSeconds`, kills.

use std::time::Duration;

use serde_json::json;

use super::pods::INIT;
use crate::support::node::node;
use crate::support::pods::*;

/// Says that TERM came, and ends with 3.
const SERVER: &str = "trap 'echo TERM; exit 3' TERM; echo ready; while :; do sleep 0.05; done";

#[test]
fn term_is_held_for_the_load_balancer() {
    let Some(node) = node("term_is_held_for_the_load_balancer") else { return };
    let delay = ["/usr/bin/init", "--delay", "TERM=3s", "--"];
    let pods = [10, 2].map(|seconds| {
        let more = json!({"terminationGracePeriodSeconds": seconds});
        node.pod("drain", &[shell("server", &delay, SERVER), shell("beside", INIT, SERVER)], &more)
    });
    for pod in &pods {
        pod.prints("server", "ready").prints("beside", "ready");
    }
    let ended = pods.map(|pod| pod.delete(&["server", "beside"]));
    // Both get TERM in the same moment: the second container says when that was.
    let [enough, short] = &ended;
    assert_eq!((enough[0].code, enough[0].log.as_str()), (3, "ready\nTERM\n"));
    let held = enough[0].at.saturating_sub(enough[1].at);
    assert!(held >= Duration::from_millis(2500), "{held:?}");
    assert_eq!((short[0].code, short[0].log.as_str()), (137, "ready\n"), "killed before TERM");
    assert_eq!(short[1].code, 3);
}

#[test]
fn survivors_are_told_and_the_deaf_are_killed_and_named() {
    let test = "survivors_are_told_and_the_deaf_are_killed_and_named";
    let Some(node) = node(test) else { return };
    let before = ["/usr/bin/init", "--grace-period", "2s", "--"];
    let script = format!(
        "(trap 'sleep 0.3; echo worker: bye; exit' TERM; while :; do sleep 0.05; done) & \
         (trap '' TERM; exec sleep 100000) & {SERVER}"
    );
    let pod = node.pod("survivors", &[shell("server", &before, &script)], &json!({}));
    pod.prints("server", "ready");
    let [ended]: [Ended; 1] = pod.delete(&["server"]).try_into().unwrap();
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.log.contains("worker: bye\n"), "{ended:?}");
    let named =
        |line: &str| line.contains("after the grace period of 2s") && line.contains("sleep");
    assert!(ended.log.lines().any(named), "{ended:?}");
}

/// Each step of the manual's picture, at its longest.
#[test]
fn every_step_takes_its_time() {
    let Some(node) = node("every_step_takes_its_time") else { return };
    let words =
        ["/usr/bin/init", "--delay", "TERM=1s", "--kill-after", "2s", "--grace-period", "1s"];
    let deaf = "(trap '' TERM; exec sleep 100000) & trap '' TERM; echo ready; \
        while :; do sleep 0.05; done";
    let deaf = shell("deaf", &[&words[..], &["--"]].concat(), deaf);
    let pod = node.pod("steps", &[deaf, shell("beside", INIT, SERVER)], &json!({}));
    pod.prints("deaf", "ready").prints("beside", "ready");
    let [deaf, beside]: [Ended; 2] = pod.delete(&["deaf", "beside"]).try_into().unwrap();
    assert_eq!((deaf.code, beside.code), (137, 3), "{deaf:?}");
    // init was told in the moment in which the container beside was.
    let took = deaf.at.saturating_sub(beside.at);
    assert!((Duration::from_millis(3500)..Duration::from_secs(20)).contains(&took), "{took:?}");
    let main = deaf.log.find("--kill-after");
    let worker = deaf.log.find("after the grace period of 1s");
    assert!(main.is_some() && main < worker, "{deaf:?}");
}
