//! scripts/kubelet leaves nothing, however it ends.

use std::path::PathBuf;
use std::process::Command;

use crate::support::node::*;
use crate::support::*;

/// A pod whose container is deaf, and a bridge for it.
const POD: &str =
    "printf '{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"deaf\"}, \
    \"spec\": {\"containers\": [{\"name\": \"deaf\", \"command\": [\"sleep\", \"100000\"], \
    \"image\": \"registry.example.org/my-tools:1.0.0\"}]}}' >$NODE_MANIFESTS/deaf.yaml
    until curl -sf $NODE_API/pods | grep -q '\"running\":{'; do sleep 0.1; done; echo ready; ";

/// The processes below this one.
fn below(pid: i32) -> Vec<i32> {
    children(pid).into_iter().flat_map(|child| [vec![child], below(child)].concat()).collect()
}

/// The cgroups of the nodes of a script.
fn cgroups(script: i32) -> Vec<PathBuf> {
    let roots = std::fs::read_dir("/sys/fs/cgroup").unwrap().map(|entry| entry.unwrap().path());
    let all = roots.chain([PathBuf::from("/sys/fs/cgroup")]);
    all.map(|root| root.join(format!("container-init-node.{script}")))
        .filter(|d| d.is_dir())
        .collect()
}

/// Processes of a cgroup and of those below it.
fn members(cgroup: &PathBuf) -> usize {
    let own = std::fs::read_to_string(cgroup.join("cgroup.procs")).unwrap_or_default();
    let below = std::fs::read_dir(cgroup).into_iter().flatten().map(|entry| entry.unwrap().path());
    own.lines().count() + below.filter(|path| path.is_dir()).map(|dir| members(&dir)).sum::<usize>()
}

fn start(script: &str) -> Running {
    let mut words = vec![init_path().into_os_string()];
    words.extend(["--", "sh", "-c", &format!("{POD}{script}")].map(Into::into));
    let mut run = Start::new(crate::support::engine::repository("scripts/kubelet"), words).start();
    // A node needs some seconds on an idle machine.
    PATIENCE.set(std::time::Duration::from_secs(120));
    assert_eq!(run.line_within(patience()).as_deref(), Some("ready"));
    run
}

#[test]
fn nothing_is_left_of_a_node() {
    if !can_run("nothing_is_left_of_a_node") {
        return;
    }
    let mut killed = None;
    for (signal, script, status) in [
        (None, "exit 7", 7),
        (Some(libc::SIGTERM), "exec sleep 100000", 143),
        (Some(libc::SIGKILL), "exec sleep 100000", 137),
    ] {
        let mut run = start(script);
        let pid = run.pid();
        let mut seen = below(pid);
        assert!(signal.is_none() || cgroups(pid).iter().any(|cgroup| members(cgroup) > 1));
        if let Some(signal) = signal {
            assert!(seen.iter().any(|pid| name(*pid).as_deref() == Some("pause")));
            run.signal(signal);
        }
        run.finish().expect(status);
        until("every process is gone", || {
            seen.retain(|pid| std::path::Path::new(&format!("/proc/{pid}")).exists());
            seen.is_empty()
        });
        let left = cgroups(pid);
        if signal == Some(libc::SIGKILL) {
            until("the cgroups are empty", || left.iter().all(|cgroup| members(cgroup) == 0));
            killed = Some(pid);
        } else {
            assert_eq!(left, [] as [PathBuf; 0]);
        }
    }
    // Cgroups outlive processes; the next node removes them.
    let killed = killed.unwrap();
    assert_ne!(cgroups(killed), [] as [PathBuf; 0]);
    start("exit 0").finish().expect(0);
    assert_eq!(cgroups(killed), [] as [PathBuf; 0]);
    // A private mount namespace leaves no mount, and its network namespaces had names there.
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains("/run/node") && !mounts.contains("/run/netns/cni"), "{mounts}");
    let links = Command::new("ip").arg("link").output().unwrap().stdout;
    assert!(!String::from_utf8_lossy(&links).contains("pods0"));
}
