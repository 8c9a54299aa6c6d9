//! containerd alone: our binary as the entry point of `ctr run`, and as a pause that it ends.

use std::process::Output;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::node::{Node, node};
use crate::support::*;

const IMAGE: &str = "registry.example.org/my-tools:1.0.0";
const PAUSE: &str = "registry.example.org/container-init-pause:0.1.0";

/// A container that `ctr run` waits for.
struct Task {
    node: &'static Node,
    id: String,
    client: Option<JoinHandle<Output>>,
}

impl Task {
    /// Starts a container with these options and, behind the image's name, these words; waits
    /// until it runs.
    fn start(node: &'static Node, options: &[&str], words: &[&str]) -> Task {
        let id = marker();
        let cgroup = format!("{}/{id}", node.cgroup());
        let (image, words) = words.split_first().unwrap();
        let before = ["ctr", "run", "--rm", "--cgroup", &cgroup];
        let words = [&before[..], options, &[image, &id], words].concat();
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let client = std::thread::spawn(move || {
            node.output(&words.iter().map(String::as_str).collect::<Vec<_>>(), b"")
        });
        let task = Task { node, id, client: Some(client) };
        // A TERM that comes before the exec ends runc, with 2. Between the exec and the moment when init
        // blocks signals, the kernel drops it: that is for PID 1 without a handler.
        until("the task runs", || {
            let list = node.run(&["ctr", "tasks", "list"]);
            let mut lines = list.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
            let pid = lines.find_map(|words| match words[..] {
                [id, pid, "RUNNING"] if id == task.id => Some(pid),
                _ => None,
            });
            let read = |file: &str, pid| {
                let out = node.output(&["cat", &format!("/proc/{pid}/{file}")], b"").stdout;
                String::from_utf8_lossy(&out).trim().to_owned()
            };
            pid.is_some_and(|pid| {
                ["init", "pause"].contains(&read("comm", pid).as_str())
                    && read("wchan", pid).contains("sigtimedwait")
            })
        });
        task
    }

    fn kill(&self, signal: &str) {
        self.node.run(&["ctr", "tasks", "kill", "--signal", signal, &self.id]);
    }

    /// Waits until the task has ended, and asserts its status.
    #[track_caller]
    fn ends_with(mut self, status: i32) {
        until("the task ends", || self.client.as_ref().unwrap().is_finished());
        let output = self.client.take().unwrap().join().unwrap();
        assert_eq!(output.status.code(), Some(status), "{output:?}");
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            self.node.output(&["ctr", "tasks", "kill", "--signal", "KILL", &self.id], b"");
            let _ = client.join();
        }
    }
}

#[test]
fn as_the_entry_point() {
    let Some(node) = node("as_the_entry_point") else { return };
    let script = "trap 'exit 3' TERM; while :; do sleep 0.05; done";
    let task = Task::start(node, &[], &[IMAGE, "/usr/bin/init", "--", "sh", "-c", script]);
    let exec = |script: &str| node.exec(&task.id, &["sh", "-c", script]);
    assert_eq!(exec("cat /proc/1/comm"), "init");
    exec("n=0; while [ $n -lt 1000 ]; do (true &); n=$((n + 1)); done");
    until("no zombie is left", || {
        exec("cat /proc/[0-9]*/stat 2>/dev/null | awk '$3 == \"Z\"' | wc -l") == "0"
    });
    task.kill("TERM");
    task.ends_with(3);
}

/// The median of three times from TERM to the end of pause, alone in its PID namespace.
fn pause_ends_within(node: &'static Node, options: &[&str]) -> Duration {
    let mut times = [(); 3].map(|()| {
        let task = Task::start(node, options, &[PAUSE]);
        let start = Instant::now();
        task.kill("TERM");
        task.ends_with(0);
        start.elapsed()
    });
    times.sort_unstable();
    times[1]
}

/// Whether it waits for others or not, an end without others takes as long.
#[test]
fn a_pause_alone_ends_at_once() {
    let Some(node) = node("a_pause_alone_ends_at_once") else { return };
    let hasty = pause_ends_within(node, &["--env", "CONTAINER_INIT_GRACE_PERIOD=0"]);
    let patient = pause_ends_within(node, &[]);
    assert!(patient < hasty + Duration::from_secs(1), "{patient:?}, and without {hasty:?}");
    show(&format!("pause ends within {patient:?}, without a grace period {hasty:?}\n"));
}
