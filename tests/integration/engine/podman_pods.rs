//! Pods of podman: our pause in each way that podman can be told of it.

use super::podman::*;
use crate::support::*;

/// Ends in order a moment after TERM.
const SERVER: &str = "trap 'busybox sleep 1; echo bye; exit 3' TERM; echo ready; \
    while :; do busybox sleep 0.02; done";

impl Podman {
    /// Stops a pod, in which these containers run [`SERVER`].
    #[track_caller]
    fn ends_in_order(&self, pod: &str, containers: &[String]) {
        for container in containers {
            self.wait_for(container, "ready");
        }
        let pause = self.run(&["pod", "inspect", "--format={{.InfraContainerID}}", pod]);
        let pid = self.run(&["inspect", "--format={{.State.Pid}}", &pause]);
        let running = std::fs::read(format!("/proc/{pid}/exe")).unwrap();
        assert!(running == std::fs::read(init_path()).unwrap(), "another program is the pause");
        self.run(&["pod", "stop", "-t", "8", pod]);
        for container in containers {
            assert_eq!(self.run(&["logs", container]), "ready\nbye");
            assert_eq!(self.run(&["inspect", "--format={{.State.ExitCode}}", container]), "3");
        }
        assert_eq!(self.run(&["inspect", "--format={{.State.ExitCode}}", &pause]), "0");
    }

    fn servers(&self, pod: &str) -> [String; 2] {
        let option = format!("--pod={pod}");
        let words = ["run", "--detach", &option, IMAGE, "busybox", "sh", "-c", SERVER];
        [(); 2].map(|()| self.run(&words))
    }
}

const SHARED: [&str; 4] = ["pod", "create", "--share=pid,ipc", "--network=none"];

/// podman tells pause and the containers to end in the same moment, and in a shared PID namespace
/// everybody dies with pause.
#[test]
fn the_containers_of_a_pod_end_in_order() {
    let Some(podman) = podman("the_containers_of_a_pod_end_in_order") else { return };
    podman.run(&[&SHARED[..], &["--name=pod"]].concat());
    podman.ends_in_order("pod", &podman.servers("pod"));
}

/// An image of ours: by the options, by the options with a command, and by containers.conf.
#[test]
fn an_infra_image() {
    let Some(podman) = podman("an_infra_image") else { return };
    let image = "localhost/container-init-pause";
    podman.import(image, &[(init_path(), "pause")], "ENTRYPOINT [\"/pause\"]");
    let options = ["--infra-image", image, "--infra-command=/pause"];
    for (name, options) in [("image", &options[..2]), ("command", &options)] {
        podman.run(&[&SHARED[..], &["--name", name], options].concat());
        podman.ends_in_order(name, &podman.servers(name));
    }
    let engine = format!("[engine]\ninfra_image = \"{image}\"\ninfra_command = \"/pause\"");
    podman.configure("[engine]", &engine);
    podman.run(&[&SHARED[..], &["--name=configured"]].concat());
    podman.ends_in_order("configured", &podman.servers("configured"));
}

/// A manifest of Kubernetes'.
#[test]
fn a_manifest() {
    let Some(podman) = podman("a_manifest") else { return };
    let container = |name: &str| {
        format!(
            "  - name: {name}\n    image: {IMAGE}\n    imagePullPolicy: Never\n    \
             command: [busybox, sh, -c, \"{SERVER}\"]\n"
        )
    };
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: played\nspec:\n  \
        shareProcessNamespace: true\n  restartPolicy: Never\n  containers:\n"
        .to_owned()
        + &container("one")
        + &container("two");
    let file = podman.path("pod.yaml");
    std::fs::write(&file, manifest).unwrap();
    podman.run(&["play", "kube", "--network=none", file.to_str().unwrap()]);
    podman.ends_in_order("played", &["played-one".to_owned(), "played-two".to_owned()]);
}

/// An ordinary user's podman keeps its namespaces with a pause process, which is not PID 1 and is
/// started with signals ignored.
#[test]
fn the_pause_process_of_an_ordinary_user() {
    let test = "the_pause_process_of_an_ordinary_user";
    if !root() || !installed("podman") || !installed("newuidmap") {
        return skip(test, "needs root, podman and newuidmap");
    }
    // podman takes this path and no other.
    let script = "for file in subuid subgid; do \
        echo nobody:1000000:65536 >$0/$file && mount --bind $0/$file /etc/$file || exit 1; done
        mount --bind $1 /usr/bin/catatonit && mkdir -p $0/run && chown -R nobody $0 && cd / && \
        HOME=$0 XDG_RUNTIME_DIR=$0/run \
        setpriv --reuid=65534 --regid=65534 --clear-groups podman unshare true && \
        cat $0/run/libpod/tmp/pause.pid";
    let (home, program) = (Scratch::new(), init_path());
    let dir = home.path("");
    let words = ["--mount", "sh", "-c", script, dir.to_str().unwrap(), program.to_str().unwrap()];
    // The pause process has the marker as well.
    let mark = marker();
    let mut run = Start::new("unshare", words).marked(&mark).start();
    let pid: i32 = run.line().parse().unwrap();
    let running = std::fs::read(format!("/proc/{pid}/exe")).unwrap();
    assert!(running == std::fs::read(&program).unwrap(), "another program is the pause process");
    send(pid, libc::SIGTERM);
    ended(pid);
}
