//! The report as a container's termination message: in `state` for a container that has ended,
//! in `lastState` for one that was started again.

use serde_json::{Value, json};

use crate::support::node::{Node, node};
use crate::support::pods::*;

/// Has the container's end the reason and the status, and the report these members?
#[track_caller]
fn holds(ended: &Value, code: i64, wanted: &Value) {
    assert_eq!(ended["exitCode"], code, "{ended:#}");
    let message = ended["message"].as_str().unwrap_or_default();
    let report: Value =
        serde_json::from_str(message).unwrap_or_else(|error| panic!("{error}: {ended:#}"));
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&report[key], value, "{key} of {report:#}");
    }
}

/// A container of this script under init with these options.
fn reporting(name: &str, options: &[&str], script: &str) -> Value {
    let before = ["/usr/bin/init", "--report", "/dev/termination-log"];
    shell(name, &[&before[..], options, &["--"]].concat(), script)
}

fn pod<'a>(node: &'a Node, containers: &[Value], more: &Value) -> Pod<'a> {
    node.pod("report", containers, more)
}

#[test]
fn of_containers_that_have_ended() {
    let Some(node) = node("of_containers_that_have_ended") else { return };
    let missing = ["/usr/bin/init", "--report", "/dev/termination-log", "--", "nosuch"];
    let deaf = "(trap '' TERM; exec sleep 100000) & sleep 0.2; exit 4";
    let containers = [
        reporting("code", &[], "exit 7"),
        container("missing", &missing),
        reporting("timeout", &["--timeout", "300ms"], "exec sleep 1000"),
        reporting("deaf", &["--grace-period", "1s"], deaf),
    ];
    let pod = pod(node, &containers, &Value::Null);
    let ended = |name| pod.terminated(name);
    holds(&ended("code"), 7, &json!({"reason": "exited", "exit_code": 7, "survivors": 0}));
    holds(&ended("missing"), 127, &json!({"reason": "not_started", "command": "nosuch"}));
    pod.prints("missing", "init: exec nosuch: ");
    holds(&ended("timeout"), 124, &json!({"reason": "timeout", "signal_name": "SIGTERM"}));
    let killed = json!({"reason": "exited", "exit_code": 4, "survivors": 1, "killed_count": 1});
    holds(&ended("deaf"), 4, &killed);
}

#[test]
fn of_a_container_without_memory() {
    let Some(node) = node("of_a_container_without_memory") else { return };
    // The shell's own variable doubles until the kernel kills it.
    let mut container = reporting("hungry", &[], "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done");
    container["resources"] = json!({"limits": {"memory": "32Mi"}});
    let pod = pod(node, &[container], &Value::Null);
    let ended = pod.terminated("hungry");
    // Error when containerd hears of the end before it hears why.
    assert!(["OOMKilled", "Error"].map(Value::from).contains(&ended["reason"]), "{ended:#}");
    holds(&ended, 137, &json!({"reason": "signaled", "signal_name": "SIGKILL", "oom_kills": 1}));
}

/// The kubelet ends the container when it is not alive any more, and starts it again.
#[test]
fn of_containers_that_are_started_again() {
    let Some(node) = node("of_containers_that_are_started_again") else { return };
    let first = "[ -e /token/again ] && exec sleep 100000; touch /token/again; ";
    let mut unhealthy = reporting(
        "unhealthy",
        &[],
        &format!("{first} trap 'exit 5' TERM; while :; do sleep 0.1; done"),
    );
    unhealthy["livenessProbe"] = json!({"exec": {"command": ["test", "-e", "/healthy"]},
        "periodSeconds": 1, "failureThreshold": 1});
    let pod = pod(node, &[unhealthy], &json!({"restartPolicy": "Always"}));
    let ended = pod.terminated_before("unhealthy");
    let forwarded = |report: &str| report.contains("\"forwarded\":[{\"signal\":15,");
    assert!(forwarded(ended["message"].as_str().unwrap()), "{ended:#}");
    holds(&ended, 5, &json!({"reason": "exited", "exit_code": 5}));
}
