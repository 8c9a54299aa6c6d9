//! Pods of a node: what the kubelet and containerd know of them.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::node::Node;
use crate::support::*;

/// Pods start and end within seconds; on a machine that is busy with much else they take longer.
const DEADLINE: Duration = Duration::from_secs(90);

/// A container of the image without an entry point, which runs these words.
pub fn container(name: &str, command: &[&str]) -> Value {
    json!({"name": name, "image": "registry.example.org/my-tools:1.0.0", "command": command})
}

/// A container that runs a shell's script under `before`.
pub fn shell(name: &str, before: &[&str], script: &str) -> Value {
    container(name, &[before, &["sh", "-c", script]].concat())
}

/// A pod. It is removed when the value is dropped.
pub struct Pod<'a> {
    node: &'a Node,
    name: String,
    uid: OnceLock<String>,
}

impl<'a> Pod<'a> {
    /// The pod of a manifest that the node was given.
    pub fn new(node: &'a Node, name: &str) -> Pod<'a> {
        Pod { node, name: name.to_owned(), uid: OnceLock::new() }
    }

    /// The kubelet's object of the pod.
    pub fn object(&self) -> Option<Value> {
        let said = self.node.run(&["curl", "-sf", "http://127.0.0.1:10255/pods"]);
        let list: Value = serde_json::from_str(&said).unwrap();
        let name = format!("{}-node", self.name);
        let mut pods = list["items"].as_array().into_iter().flatten();
        pods.find(|pod| pod["metadata"]["name"] == name.as_str()).cloned()
    }

    /// Waits until the pod's object is so.
    #[track_caller]
    pub fn wait_for(&self, what: &str, mut condition: impl FnMut(&Value) -> bool) -> Value {
        let mut last = None;
        let so = holds_within(DEADLINE, || {
            std::thread::sleep(Duration::from_millis(200));
            last = self.object();
            last.as_ref().is_some_and(&mut condition)
        });
        assert!(so, "{}: {what}: {last:#?}", self.name);
        last.unwrap()
    }

    /// Waits until every container runs.
    #[track_caller]
    pub fn running(&self) -> &Self {
        self.wait_for("all run", |pod| {
            let wanted = pod["spec"]["containers"].as_array().unwrap().len();
            let found = pod["status"]["containerStatuses"].as_array();
            let runs = |status: &&Value| status["state"].get("running").is_some();
            found.is_some_and(|all| all.iter().filter(runs).count() == wanted)
        });
        self
    }

    /// Waits until a container has ended, and returns how: exitCode, reason, message and more.
    #[track_caller]
    pub fn terminated(&self, container: &str) -> Value {
        let ended = |pod: &Value| status(pod, container)["state"].get("terminated").cloned();
        let object = self.wait_for("it has ended", |pod| ended(pod).is_some());
        ended(&object).unwrap()
    }

    /// As [`Pod::terminated`], of a container that was started again.
    #[track_caller]
    pub fn terminated_before(&self, container: &str) -> Value {
        let last = |pod: &Value| status(pod, container)["lastState"].get("terminated").cloned();
        let object = self.wait_for("it was started again", |pod| last(pod).is_some());
        last(&object).unwrap()
    }

    fn uid(&self) -> &str {
        self.uid.get_or_init(|| {
            let object = self.wait_for("it is there", |_| true);
            object["metadata"]["uid"].as_str().unwrap().to_owned()
        })
    }

    fn log_path(&self, container: &str) -> PathBuf {
        let dir = format!("default_{}-node_{}", self.name, self.uid());
        PathBuf::from(format!("/var/log/pods/{dir}/{container}/0.log"))
    }

    /// What a container has printed, the first time that it ran.
    pub fn log(&self, container: &str) -> String {
        let path = self.log_path(container);
        let output = self.node.output(&["cat", path.to_str().unwrap()], b"");
        lines(&output.stdout)
    }

    /// Waits until a container has printed `text`.
    #[track_caller]
    pub fn prints(&self, container: &str, text: &str) -> &Self {
        let mut log = String::new();
        let so = holds_within(DEADLINE, || {
            std::thread::sleep(Duration::from_millis(200));
            log = self.log(container);
            log.contains(text)
        });
        assert!(so, "{}: {text:?} is not in {log:?}: {:#?}", self.name, self.object());
        self
    }

    /// containerd's name of a running container.
    #[track_caller]
    pub fn id(&self, container: &str) -> String {
        let object = self.running().object().unwrap();
        let id = status(&object, container)["containerID"].as_str().unwrap().to_owned();
        id.trim_start_matches("containerd://").to_owned()
    }

    /// containerd's name of the pod's pause.
    #[track_caller]
    pub fn pause(&self, container: &str) -> String {
        let about = self.node.run(&["ctr", "containers", "info", &self.id(container)]);
        let about: Value = serde_json::from_str(&about).unwrap();
        let id = &about["Spec"]["annotations"]["io.kubernetes.cri.sandbox-id"];
        id.as_str().unwrap().to_owned()
    }

    /// Runs a command in a container, which has to succeed, and returns what it printed.
    #[track_caller]
    pub fn exec(&self, container: &str, words: &[&str]) -> String {
        self.node.exec(&self.id(container), words)
    }

    /// The containers that ended when the manifest is removed, in the order of `names`.
    #[track_caller]
    pub fn delete(self, names: &[&str]) -> Vec<Ended> {
        let node = self.node;
        let all: Vec<_> = names.iter().map(|name| (self.id(name), self.log_path(name))).collect();
        // The kubelet removes the logs of a pod that is gone.
        for (id, log) in &all {
            node.run(&["ln", log.to_str().unwrap(), &format!("/var/log/{id}")]);
        }
        drop(self);
        let ended = |(id, _): &(String, PathBuf)| {
            let path =
                format!("/run/node/containerd/io.containerd.grpc.v1.cri/containers/{id}/status");
            let mut status = Value::Null;
            let so = holds_within(DEADLINE, || {
                std::thread::sleep(Duration::from_millis(200));
                let text = node.output(&["cat", &path], b"").stdout;
                status = serde_json::from_slice(&text).unwrap_or_default();
                status["FinishedAt"].as_i64().is_some_and(|at| at > 0)
            });
            assert!(so, "{id} has not ended: {status}");
            // containerd copies the last lines after the end, and then closes the log.
            let log = format!("/var/log/{id}");
            let open =
                format!("for f in /proc/[0-9]*/fd/*; do [ $f -ef {log} ] && echo $f; done; :");
            let closed = || node.run(&["sh", "-c", &open]).is_empty();
            assert!(holds_within(DEADLINE, closed), "{log} stays open");
            let log = lines(node.run(&["cat", &log]).as_bytes());
            let nanos = status["FinishedAt"].as_i64().unwrap().cast_unsigned();
            let code = status["ExitCode"].as_i64().unwrap();
            Ended { code, log, at: Duration::from_nanos(nanos) }
        };
        all.iter().map(ended).collect()
    }
}

impl Drop for Pod<'_> {
    fn drop(&mut self) {
        self.node.output(&["rm", "-f", &format!("/run/node/manifests/{}.yaml", self.name)], b"");
    }
}

/// How a container of a deleted pod has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i64,
    /// containerd waits two seconds for the copy of the last lines, so a test that can do without
    /// them looks at the code alone.
    pub log: String,
    /// The time since 1970.
    #[allow(dead_code)]
    pub at: Duration,
}

/// The status of a container in a pod's object.
pub fn status(pod: &Value, container: &str) -> Value {
    let kinds = ["containerStatuses", "initContainerStatuses"];
    let mut all =
        kinds.iter().flat_map(|kind| pod["status"][kind].as_array().into_iter().flatten());
    all.find(|status| status["name"] == container).cloned().unwrap_or_default()
}

/// The lines of a log of the CRI, without time and stream.
fn lines(log: &[u8]) -> String {
    let text = String::from_utf8_lossy(log);
    let words = text.lines().filter_map(|line| line.splitn(4, ' ').nth(3));
    words.map(|line| format!("{line}\n")).collect()
}
