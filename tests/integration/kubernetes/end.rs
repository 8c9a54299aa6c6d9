//! The end of a pod: the kubelet sends TERM, waits for `terminationGracePeriodSeconds`, kills.

use std::time::Duration;

use serde_json::{Value, json};

use super::pods::INIT;
use crate::support::node::{Node, node};
use crate::support::pods::*;
use crate::support::*;

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

/// The time between the end of a container and that of pause, as containerd's events have it.
/// Asserts that pause was killed.
fn between_the_ends(events: &str, server: &str, pause: &str) -> Duration {
    let exit = |id: &str| -> Value {
        let of = format!("/tasks/exit {{\"container_id\":\"{id}\",\"id\":\"{id}\",");
        let line = events.lines().find(|line| line.contains(&of));
        let line = line.unwrap_or_else(|| panic!("{id} has not ended:\n{events}"));
        serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap()
    };
    // 2020-01-31T23:59:59.123456789Z
    let at = |exit: &Value| -> f64 {
        let time = exit["exited_at"].as_str().unwrap().trim_end_matches('Z');
        let of_day = time.split_once('T').unwrap().1;
        of_day.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap())
    };
    let (server, pause) = (exit(server), exit(pause));
    assert_eq!(pause["exit_status"], 137);
    Duration::from_secs_f64((at(&pause) - at(&server)).rem_euclid(86400.0))
}

/// What containerd tells while `run` runs.
fn events<T>(node: &Node, run: impl FnOnce() -> T) -> (T, String) {
    let stop = format!("/run/node/{}", marker());
    let script = format!("ctr events & until [ -e {stop} ]; do sleep 0.1; done; kill $!");
    std::thread::scope(|scope| {
        let told = scope.spawn(move || node.run(&["sh", "-c", &script]));
        let result = run();
        node.run(&["touch", &stop]);
        (result, told.join().unwrap())
    })
}

/// containerd kills pause when the containers have ended. So a pod's end takes no longer where pause
/// sees the others, and would wait for them, than where it is alone.
#[test]
fn pause_keeps_no_pod_waiting() {
    let Some(node) = node("pause_keeps_no_pod_waiting") else { return };
    let ids = |pod: &Pod<'_>| (pod.id("server"), pod.pause("server"));
    let (pods, events) = events(node, || {
        let kinds = [true, false].map(|shared| {
            let more = json!({"shareProcessNamespace": shared});
            [(); 3].map(|()| node.pod("pause", &[shell("server", INIT, SERVER)], &more))
        });
        let all = kinds.each_ref().map(|pods| pods.each_ref().map(ids));
        for pod in kinds.into_iter().flatten() {
            pod.prints("server", "ready");
            assert_eq!(pod.delete(&["server"])[0].code, 3);
        }
        until("every pause has ended", || {
            let list = node.run(&["ctr", "tasks", "list"]);
            all.iter().flatten().all(|(_, pause)| !list.contains(pause.as_str()))
        });
        all
    });
    let [shared, alone] = pods.map(|pods| {
        let mut times = pods.map(|(server, pause)| between_the_ends(&events, &server, &pause));
        times.sort_unstable();
        times[1]
    });
    assert!(shared < alone + Duration::from_secs(2), "{shared:?}, and alone {alone:?}");
    show(&format!("pause ends {shared:?} after the others that it sees, alone {alone:?}\n"));
}
