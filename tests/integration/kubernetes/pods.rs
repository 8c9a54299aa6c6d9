//! Pods: init as their pause, and as the init of containers that share a PID namespace.

use serde_json::json;

use crate::support::node::node;
use crate::support::pods::*;
use crate::support::*;

pub const INIT: &[&str] = &["/usr/bin/init", "--"];

/// Prints each process of the container's PID namespace: number, user, state, parent, name.
const PROCESSES: &str = "for dir in /proc/[0-9]*; do \
    [ -e $dir/status ] && awk '/^(Name|State|Pid|PPid|Uid):/ { field[$1] = $2 } END { print \
    field[\"Pid:\"], field[\"Uid:\"], field[\"State:\"], field[\"PPid:\"], field[\"Name:\"] }' \
    $dir/status; done 2>/dev/null; true";

/// A server that leaves an orphan at work and 20 that have ended.
const SERVER: &str = "(sleep 100000 &); for n in $(seq 20); do (true &); done; \
    trap 'sleep 0.2; echo bye; exit 3' TERM; echo ready; while :; do sleep 0.1; done";

#[test]
fn a_shared_pid_namespace() {
    let Some(node) = node("a_shared_pid_namespace") else { return };
    let containers = [shell("one", INIT, SERVER), shell("two", INIT, SERVER)];
    let pod = node.pod("shared", &containers, &json!({"shareProcessNamespace": true}));
    pod.prints("one", "ready").prints("two", "ready");
    let mut all = String::new();
    let mut with = |text: &str| {
        all = pod.exec("one", &["sh", "-c", PROCESSES]);
        all.lines().filter(|line| line.contains(text)).count()
    };
    until("no zombie is left", || with(" Z ") == 0);
    // pause is our file, and an ordinary user.
    assert!(all.starts_with("1 65535 S 0 pause\n"), "{all}");
    let parents: Vec<&str> = all
        .lines()
        .filter(|line| line.ends_with(" 0 init"))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(parents.len(), 2, "an init for each container: {all}");
    for parent in parents {
        let orphan = format!(" S {parent} sleep");
        assert!(all.lines().any(|line| line.ends_with(&orphan)), "{orphan} is not in {all}");
    }
    for ended in pod.delete(&["one", "two"]) {
        assert_eq!(ended.code, 3, "{ended:?}");
    }
}
