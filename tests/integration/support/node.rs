//! A Kubernetes node of the tests' own: scripts/kubelet, with our binary as the sandbox around
//! it, as the pods' pause and as `/usr/bin/init` of their images. The first test that asks for
//! the node starts it; it is gone when the test program has ended.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};

use serde_json::{Value, json};

use crate::support::engine::repository;
use crate::support::pods::Pod;
use crate::support::*;

static NODE: OnceLock<Node> = OnceLock::new();

extern "C" fn stop_node() {
    if let Some(node) = NODE.get() {
        node.stop();
    }
}

/// A node.
pub struct Node {
    /// A process that is in the node's namespaces for as long as it is there.
    inside: i32,
    /// The script that runs the node until its standard input is closed.
    script: Mutex<Option<(Child, ChildStdin)>>,
}

/// The node of this test program. Where there can be none, it is `None`, and the skip is printed.
pub fn node(test: &str) -> Option<&'static Node> {
    can_run(test).then(|| {
        NODE.get_or_init(|| {
            assert_eq!(unsafe { libc::atexit(stop_node) }, 0);
            Node::start()
        })
    })
}

/// Can a node run here? Builds the kubelet unless it is there.
pub fn can_run(test: &str) -> bool {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let build = || {
        let output = Command::new(repository("scripts/kubernetes/build")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(format!("no kubelet was built: {said}")) }
    };
    let can = match root() && installed("containerd") {
        true => BUILT.get_or_init(build).clone(),
        false => Err("needs root and containerd".to_owned()),
    };
    if let Err(why) = &can {
        skip(test, why);
    }
    can.is_ok()
}

/// scripts/kubelet with our binary, to be given a command.
pub fn script() -> Command {
    let mut command = Command::new(repository("scripts/kubelet"));
    command.arg(init_path()).arg("--");
    command
}

impl Node {
    fn start() -> Node {
        let marker = marker();
        let mut script = script()
            .args(["sh", "-c", "echo ready; exec cat >/dev/null"])
            .env("INIT_TEST_MARKER", &marker)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = script.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(script.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "the node did not start");
        let mut inside = None;
        until("the node's command runs", || {
            let mut all = marked(&marker).into_iter();
            inside = all.find(|pid| name(*pid).as_deref() == Some("cat"));
            inside.is_some()
        });
        Node { inside: inside.unwrap(), script: Mutex::new(Some((script, stdin))) }
    }

    fn stop(&self) {
        let Ok(mut running) = self.script.lock() else { return };
        if let Some((mut script, stdin)) = running.take() {
            drop(stdin);
            let _ = script.wait();
        }
    }

    /// Runs a command on the node, with this input.
    pub fn output(&self, words: &[&str], input: &[u8]) -> Output {
        let target = self.inside.to_string();
        let namespaces = ["--mount", "--net", "--pid", "--ipc", "--uts"];
        let mut child = Command::new("nsenter")
            .args(["--target", &target])
            .args(namespaces)
            .arg("--")
            .args(words)
            .env("CONTAINERD_NAMESPACE", "k8s.io")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Whoever does not read its input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    /// Runs a command on the node, which has to succeed, and returns what it printed.
    #[track_caller]
    pub fn run(&self, words: &[&str]) -> String {
        let output = self.output(words, b"");
        assert!(output.status.success(), "{words:?} on the node: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Runs a command in a container, which has to succeed, and returns what it printed. `ctr tasks
    /// exec` would lose the output now and then.
    #[track_caller]
    pub fn exec(&self, id: &str, words: &[&str]) -> String {
        let list = self.run(&["ctr", "tasks", "list"]);
        let line = list.lines().find(|line| line.starts_with(id));
        let pid = line.and_then(|line| line.split_whitespace().nth(1)).expect("it runs");
        self.run(&[&["nsenter", "--target", pid, "--all", "--"], words].concat())
    }

    /// The path of the pods' cgroup in each hierarchy.
    pub fn cgroup(&self) -> String {
        let environ = std::fs::read(format!("/proc/{}/environ", self.inside)).unwrap();
        let mut entries = environ.split(|byte| *byte == 0);
        let value = entries.find_map(|entry| entry.strip_prefix(b"NODE_CGROUP=")).unwrap();
        String::from_utf8_lossy(value).into_owned()
    }

    /// Starts a pod of this manifest, JSON or YAML, whose name is `name`.
    pub fn apply(&self, name: &str, manifest: &str) -> Pod<'_> {
        let path = format!("/run/node/manifests/{name}.yaml");
        // The kubelet does not look at hidden files, and never sees half of a manifest.
        let script = "cat >\"${1%/*}/.${1##*/}\" && mv \"${1%/*}/.${1##*/}\" \"$1\"";
        let output = self.output(&["sh", "-c", script, "sh", &path], manifest.as_bytes());
        assert!(output.status.success(), "{output:?}");
        Pod::new(self, name)
    }

    /// Starts a pod with these containers, and with the members of `more` in its specification.
    /// It gets a name that starts with `name`.
    ///
    /// A kubelet kills what is left in the cgroup of a pod that is removed and has no volume, in
    /// the middle of its end. A pod of a control plane always has one, for its account's token.
    pub fn pod(&self, name: &str, containers: &[Value], more: &Value) -> Pod<'_> {
        let name = format!("{name}-{}", marker());
        let mut containers = containers.to_vec();
        containers[0]["volumeMounts"] = json!([{"name": "token", "mountPath": "/token"}]);
        let volumes = json!([{"name": "token", "emptyDir": {}}]);
        let mut spec =
            json!({"restartPolicy": "Never", "containers": containers, "volumes": volumes});
        for (key, value) in more.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        let pod =
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec});
        self.apply(&name, &pod.to_string())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop();
    }
}
