//! The end in Docker containers: daemons, `docker exec`, and three real servers.

use std::process::Command;

use serde_json::Value;

use crate::support::engine::*;
use crate::support::*;

/// Writes `/up` when it runs. On TERM it works for a while, writes `/work` and ends.
const WORKER: &str = "trap 'n=0; while [ $n -lt 3000 ]; do n=$((n+1)); done; \
                      echo complete >>/work; exit' TERM; \
                      /probe signals >/up & while :; do wait; done";

fn copied(engine: &Engine, container: &Container<'_>, file: &str) -> String {
    let scratch = Scratch::new();
    let path = scratch.path("file");
    engine.run(&["cp", &format!("{}:{file}", container.id), path.to_str().unwrap()]);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_daemon_with_a_pid_file() {
    let Some(engine) = engine("a_daemon_with_a_pid_file") else { return };
    let daemon = "start-stop-daemon -S -b -m -p /daemon.pid -x sh -- -c \"$WORKER\"";
    let script = format!("{daemon}; until [ -s /up ]; do :; done; echo ready; exec sleep 1000");
    let worker = format!("WORKER={WORKER}");
    let container = engine.start_container(&["-e", &worker], &["sh", "-c", &script]);
    container.wait_for("ready");
    let pid = container.exec(&["cat", "/daemon.pid"]);
    assert_eq!(container.exec(&["cat", &format!("/proc/{pid}/comm")]), "sh");
    assert_eq!(container.stop(), 143, "{}", container.logs());
    assert_eq!(copied(engine, &container, "/work"), "complete\n");
    assert_eq!(container.logs(), "ready\n");
}

#[test]
fn who_entered_by_docker_exec_counts() {
    let Some(engine) = engine("who_entered_by_docker_exec_counts") else { return };
    let container = engine.start_container(&[], &["sh", "-c", "echo ready; exec sleep 1000"]);
    container.wait_for("ready");
    engine.run(&["exec", "--detach", &container.id, "sh", "-c", WORKER]);
    until("it has entered", || {
        engine.output(&["exec", &container.id, "test", "-s", "/up"]).status.success()
    });
    assert_eq!(container.stop(), 143, "{}", container.logs());
    assert_eq!(copied(engine, &container, "/work"), "complete\n");
    assert_eq!(container.logs(), "ready\n");
}

#[test]
fn stubborn_ones_are_named_in_the_logs() {
    let Some(engine) = engine("stubborn_ones_are_named_in_the_logs") else { return };
    let options = ["-e", "CONTAINER_INIT_GRACE_PERIOD=300ms"];
    let container = engine.start_container(&options, &["/probe", "crowd", "3", "stubborn", "7"]);
    assert_eq!(container.wait(), 7);
    let logs = container.logs();
    let line =
        logs.lines().find(|line| line.starts_with("init: killed after the grace period of "));
    assert_eq!(line.unwrap_or_else(|| panic!("{logs}")).matches("(probe)").count(), 3, "{logs}");
}

/// As in Kubernetes: a file of the host is mounted over the path.
#[test]
fn a_report_as_termination_message() {
    let Some(engine) = engine("a_report_as_termination_message") else { return };
    let scratch = Scratch::new();
    let file = scratch.path("message");
    std::fs::write(&file, "").unwrap();
    let mount = format!("{}:/dev/termination-log", file.display());
    let options = ["-v", &mount, "-e", "CONTAINER_INIT_REPORT=/dev/termination-log"];
    let container = engine.start_container(&options, &["sh", "-c", "kill -SEGV $$"]);
    assert_eq!(container.wait(), 139, "{}", container.logs());
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!((&report["signal_name"], &report["status"]), (&"SIGSEGV".into(), &139.into()));
}

/// nginx, redis and PostgreSQL as daemons: under ours each logs an orderly end.
#[test]
fn three_servers() {
    let Some(engine) = engine("three_servers") else { return };
    let script = repository("scripts/compare-end");
    let mut command = Command::new(script);
    command.envs(engine.docker().get_envs().filter_map(|(key, value)| Some((key, value?))));
    let output = command.env("INIT_UNDER_TEST", init_path()).output().unwrap();
    if output.status.code() == Some(75) {
        return skip("three_servers", "Debian's packages cannot be downloaded");
    }
    let table = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "{output:?}");
    show(&table);
    let row = |name: &str| {
        let start = format!("| {name} | ");
        table.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{table}"))
    };
    for goodbye in ["| exit |", "bye bye", "key saved", "state: shut down"] {
        assert!(row("init").contains(goodbye), "{table}");
        for other in ["tini", "dumb-init", "catatonit"] {
            assert!(!row(other).contains(goodbye), "{table}");
        }
    }
}
