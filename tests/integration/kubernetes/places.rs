//! Pods of every kind: confined, on the node's processes, on a network, prepared, without pause.

use serde_json::{Value, json};

use super::pods::INIT;
use crate::support::node::node;
use crate::support::pods::*;
use crate::support::*;

const SERVER: &str = "(sleep 100000 &); trap 'echo bye; exit 3' TERM; echo ready; \
    while :; do sleep 0.05; done";

/// The profile "restricted" of Kubernetes' pod security standards, and a read-only root.
#[test]
fn a_restricted_pod() {
    let Some(node) = node("a_restricted_pod") else { return };
    let before = ["/usr/bin/init", "--report", "/dev/termination-log", "--"];
    let mut container = shell("server", &before, SERVER);
    container["securityContext"] = json!({"allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}});
    let security = json!({"runAsNonRoot": true, "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"}});
    let pod = node.pod("restricted", &[container], &json!({"securityContext": security}));
    pod.prints("server", "ready");
    let status = pod.exec("server", &["cat", "/proc/1/status"]);
    for line in
        ["Name:\tinit", "Uid:\t1000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"]
    {
        assert!(status.lines().any(|found| found.starts_with(line)), "{line} is not in {status}");
    }
    let [ended]: [Ended; 1] = pod.delete(&["server"]).try_into().unwrap();
    assert_eq!(ended.code, 3, "{ended:?}");
}

/// init is not PID 1 there.
#[test]
fn a_pod_that_sees_the_nodes_processes() {
    let Some(node) = node("a_pod_that_sees_the_nodes_processes") else { return };
    let pod = node.pod("host", &[shell("server", INIT, SERVER)], &json!({"hostPID": true}));
    pod.prints("server", "ready");
    let parent = "for dir in /proc/[0-9]*; do [ \"$(cat $dir/comm)\" = sleep ] && \
        [ \"$(readlink $dir/ns/mnt)\" = \"$(readlink /proc/self/ns/mnt)\" ] && \
        cat /proc/$(awk '/^PPid/ { print $2 }' $dir/status)/comm; done 2>/dev/null; true";
    let parents = pod.exec("server", &["sh", "-c", parent]);
    assert!(parents.lines().any(|name| name == "init"), "the orphan is not init's: {parents}");
    assert_ne!(pod.exec("server", &["cat", "/proc/1/cmdline"]), "/usr/bin/init");
    let [ended]: [Ended; 1] = pod.delete(&["server"]).try_into().unwrap();
    assert_eq!(ended.code, 3, "{ended:?}");
}

#[test]
fn pods_reach_each_other_over_the_bridge() {
    let Some(node) = node("pods_reach_each_other_over_the_bridge") else { return };
    let serve = "mkdir /www; echo served under init >/www/index.html; \
        exec httpd -f -p 8080 -h /www";
    let server = node.pod("server", &[shell("server", INIT, serve)], &Value::Null);
    let object = server.running().object().unwrap();
    let ip = object["status"]["podIP"].as_str().unwrap();
    assert!(ip.starts_with("198.51.100."), "{ip}");
    let get = format!("until wget -q -O - http://{ip}:8080/; do sleep 0.1; done");
    let client = node.pod("client", &[shell("client", INIT, &get)], &Value::Null);
    assert_eq!(client.terminated("client")["exitCode"], 0);
    client.prints("client", "served under init\n");
    // httpd has no handler for TERM, and is not PID 1.
    assert_eq!(server.delete(&["server"])[0].code, 143);
}

#[test]
fn an_init_container_is_over_before_the_others_start() {
    let test = "an_init_container_is_over_before_the_others_start";
    let Some(node) = node(test) else { return };
    // The worker would write on, and keep the volume.
    let script = "(while :; do date >>/data/log; sleep 0.05; done) & echo ready >/data/file";
    let mut first = shell("first", INIT, script);
    let mut main = shell("main", INIT, "cat /data/file; exit 5");
    for container in [&mut first, &mut main] {
        container["volumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
    }
    let more = json!({"initContainers": [first], "containers": [main],
        "volumes": [{"name": "data", "emptyDir": {}}]});
    let pod = node.pod("prepared", &[container("main", &[])], &more);
    assert_eq!(pod.terminated("main")["exitCode"], 5);
    pod.prints("main", "ready\n");
    assert_eq!(pod.terminated("first")["exitCode"], 0);
}

/// In a shared PID namespace all die with pause. The kubelet starts the pod again.
#[test]
fn a_pod_whose_pause_is_killed() {
    let Some(node) = node("a_pod_whose_pause_is_killed") else { return };
    let more = json!({"shareProcessNamespace": true, "restartPolicy": "Always"});
    let pod = node.pod("killed", &[shell("server", INIT, SERVER)], &more);
    pod.prints("server", "ready");
    node.run(&["ctr", "tasks", "kill", "--signal", "KILL", &pod.pause("server")]);
    assert_eq!(pod.terminated_before("server")["exitCode"], 137);
    pod.running();
    until("the server is told to end in the new pod as well", || {
        pod.exec("server", &["cat", "/proc/1/comm"]) == "pause"
    });
}
