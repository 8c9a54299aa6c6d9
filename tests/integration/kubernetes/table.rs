//! The same pods under init, under Debian's tini and without an init: prints the manual's table.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::node::{Node, node};
use crate::support::pods::*;
use crate::support::*;

/// Words before the command.
type Before = &'static [&'static str];

const SUBJECTS: [(&str, Before); 3] =
    [("init", &["/usr/bin/init", "--"]), ("tini", &["/usr/bin/tini", "--"]), ("no init", &[])];

type Case = (&'static str, fn(&Node, Before) -> String);

const CASES: &[Case] = &[
    ("a program without a handler for TERM, `terminationGracePeriodSeconds: 3`", without_handler),
    ("a daemon beside the main process, when the pod ends", daemon),
    ("exec probes that each leave a process behind", probes),
    ("an orphan in a shared PID namespace goes to", orphan),
    ("a command that is not in the image", missing),
    ("the termination message of a container without memory", memory),
];

fn without_handler(node: &Node, before: Before) -> String {
    let words = [before, &["sleep", "100000"]].concat();
    let more = json!({"terminationGracePeriodSeconds": 3});
    let pod = node.pod("table", &[container("main", &words)], &more);
    match pod.delete(&["main"])[0].code {
        137 => "killed after 3 s: 137".to_owned(),
        code => format!("ends at once: {code}"),
    }
}

fn daemon(node: &Node, before: Before) -> String {
    let script = "setsid sh -c \"trap 'sleep 0.3; echo daemon: bye; exit' TERM; \
        while :; do sleep 0.05; done\" & trap 'exit 3' TERM; echo ready; \
        while :; do sleep 0.05; done";
    let pod = node.pod("table", &[shell("main", before, script)], &Value::Null);
    pod.prints("main", "ready");
    let ended = pod.delete(&["main"]);
    let bye = ended[0].log.contains("daemon: bye");
    if bye { "told to end, and ends in order" } else { "killed at its work" }.to_owned()
}

fn probes(node: &Node, before: Before) -> String {
    let words = [before, &["sleep", "100000"]].concat();
    let mut main = container("main", &words);
    let probe = "echo probe >>/token/probes; (sleep 0.01 &)";
    main["readinessProbe"] = json!({"exec": {"command": ["sh", "-c", probe]}, "periodSeconds": 1});
    let pod = node.pod("table", &[main], &Value::Null);
    let count = |script: &str| pod.exec("main", &["sh", "-c", script]).parse::<u32>().unwrap();
    let probed = || {
        holds_within(Duration::from_secs(60), || {
            std::thread::sleep(Duration::from_millis(200));
            count("cat /token/probes 2>/dev/null | wc -l") >= 6
        })
    };
    assert!(probed(), "no probe was made");
    let zombies = "cat /proc/[0-9]*/stat 2>/dev/null | awk '$3 == \"Z\"' | wc -l";
    let none = holds_within(Duration::from_secs(5), || count(zombies) == 0);
    if none { "no zombie stays" } else { "a zombie each" }.to_owned()
}

fn orphan(node: &Node, before: Before) -> String {
    let script = "(sleep 54321 &); echo ready; exec sleep 100000";
    let more = json!({"shareProcessNamespace": true});
    let pod = node.pod("table", &[shell("main", before, script)], &more);
    pod.prints("main", "ready");
    let parent = "for dir in /proc/[0-9]*; do tr '\\0' ' ' <$dir/cmdline | grep -q '^sleep 54321' \
        && cat /proc/$(awk '/^PPid/ { print $2 }' $dir/status)/comm; done 2>/dev/null; true";
    let parent = pod.exec("main", &["sh", "-c", parent]);
    if parent == "pause" { "pause" } else { "the container's own init" }.to_owned()
}

fn missing(node: &Node, before: Before) -> String {
    let pod =
        node.pod("table", &[container("main", &[before, &["nosuch"]].concat())], &Value::Null);
    let ended = pod.terminated("main");
    // containerd may know of the end before it has copied the last line.
    let named = || pod.log("main").contains("nosuch: No such file or directory (");
    let named = holds_within(Duration::from_secs(3), named);
    let reason = ended["reason"].as_str().unwrap_or_default();
    let log = if named { ", and the log has the cause" } else { "" };
    format!("{}, {reason}{log}", ended["exitCode"])
}

fn memory(node: &Node, before: Before) -> String {
    let ours = before.first() == Some(&"/usr/bin/init");
    let reporting: Before = &["/usr/bin/init", "--report", "/dev/termination-log", "--"];
    let script = "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done";
    let mut main = shell("main", if ours { reporting } else { before }, script);
    main["resources"] = json!({"limits": {"memory": "32Mi"}});
    let pod = node.pod("table", &[main], &Value::Null);
    let ended = pod.terminated("main");
    // The reason is OOMKilled, or Error when containerd hears of the end before it hears why.
    let oom = ended["message"].as_str().is_some_and(|report| report.contains("\"oom_kills\":1,"));
    let message = if oom { "a report with `\"oom_kills\":1`" } else { "no message" };
    format!("{}, {message}", ended["exitCode"])
}

#[test]
fn under_a_kubelet() {
    let Some(node) = node("under_a_kubelet") else { return };
    // All pods at once: nearly all of the time is the kubelet's.
    let rows: Vec<Vec<String>> = std::thread::scope(|scope| {
        let start = |case: &Case| {
            let run = case.1;
            SUBJECTS.map(|(_, before)| scope.spawn(move || run(node, before)))
        };
        let started: Vec<_> = CASES.iter().map(start).collect();
        let results = |row: [std::thread::ScopedJoinHandle<'_, String>; 3]| {
            row.into_iter().map(|result| result.join().unwrap()).collect()
        };
        started.into_iter().map(results).collect()
    });
    let names = SUBJECTS.map(|(name, _)| format!(" {name} |")).concat();
    let mut table = format!("| |{names}\n|-|-|-|-|\n");
    for ((case, _), results) in CASES.iter().zip(&rows) {
        table += &format!("| {case} | {} |\n", results.join(" | "));
    }
    show(&format!("\n{table}"));
    let manual = std::fs::read_to_string(engine::repository("src/manual/kubernetes.md")).unwrap();
    let missing: Vec<&str> = table.lines().filter(|line| !manual.contains(line)).collect();
    assert!(missing.is_empty(), "the manual does not have {missing:#?}");
}
