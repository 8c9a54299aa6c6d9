//! init in podman: as the init of `--init`, and as the pause process of pods.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::support::engine::repository;
use crate::support::*;

/// podman with its storage in a directory of the test's own.
pub struct Podman(Scratch);

pub const IMAGE: &str = "localhost/init-test";

/// `None`, with a printed skip, where podman cannot run a container.
pub fn podman(test: &str) -> Option<Podman> {
    if !root() || !installed("podman") {
        skip(test, "needs root and podman");
        return None;
    }
    let podman = Podman::new();
    let output = podman.output(&["run", "--rm", "--network=none", IMAGE, "/busybox", "true"]);
    if !output.status.success() {
        skip(test, &format!("podman runs no container: {output:?}"));
        return None;
    }
    Some(podman)
}

impl Podman {
    fn new() -> Podman {
        let scratch = Scratch::new();
        let helpers = scratch.path("helpers");
        std::fs::create_dir(&helpers).unwrap();
        // Pods run the program of this name.
        copy_program(&init_path(), &helpers.join("catatonit"));
        // The file that we show, with what this machine needs besides: not every user may raise
        // limits.
        let shown = std::fs::read_to_string(repository("docker/containers.conf")).unwrap();
        let config = shown
            .replace("/usr/bin/container-init", init_path().to_str().unwrap())
            .replace("/usr/lib/container-init", helpers.to_str().unwrap())
            + "lock_type = \"file\"\nevents_logger = \"none\"\n";
        let config = config.replace(
            "[engine]",
            "default_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n[engine]",
        );
        std::fs::write(scratch.path("containers.conf"), config).unwrap();
        let podman = Podman(scratch);
        let files = [(which("busybox"), "busybox"), (repository("docker/app.sh"), "app.sh")];
        podman.import(IMAGE, &files, "ENV PATH=/");
        podman
    }

    /// A file of the test's own.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    /// Replaces a line of containers.conf by others.
    pub fn configure(&self, line: &str, lines: &str) {
        let path = self.path("containers.conf");
        let config = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, config.replace(line, lines)).unwrap();
    }

    /// Makes an image of these files, each with its name in the root, and with this instruction
    /// of a Dockerfile.
    pub fn import(&self, name: &str, files: &[(PathBuf, &str)], change: &str) {
        let (dir, tar) = (Scratch::new(), self.path("image.tar"));
        for (from, to) in files {
            std::fs::copy(from, dir.path(to)).unwrap();
        }
        let tar = tar.to_str().unwrap();
        let words = ["-C", dir.path("").to_str().unwrap(), "-cf", tar, "."].map(str::to_owned);
        assert!(Command::new("tar").args(words).status().unwrap().success());
        self.run(&["import", "--quiet", "--change", change, tar, name]);
    }

    pub fn output(&self, words: &[&str]) -> Output {
        let mut command = Command::new("podman");
        command.env("CONTAINERS_CONF", self.0.path("containers.conf")).stdin(Stdio::null());
        for (option, dir) in [("--root", "root"), ("--runroot", "run"), ("--tmpdir", "tmp")] {
            command.arg(option).arg(self.0.path(dir));
        }
        command.args(["--storage-driver=vfs", "--cgroup-manager=cgroupfs"]);
        command.args(words).output().unwrap()
    }

    #[track_caller]
    pub fn run(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert!(output.status.success(), "podman {words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Waits until a container has printed `text`.
    #[track_caller]
    pub fn wait_for(&self, container: &str, text: &str) {
        until(&format!("{text:?} is printed"), || self.run(&["logs", container]).contains(text));
    }

    /// Orphans leave no zombie, and `podman stop` ends the app in order.
    #[track_caller]
    fn reaps_and_stops(&self, container: &str) {
        let shell = |script: &str| self.run(&["exec", container, "busybox", "sh", "-c", script]);
        shell("n=0; while [ $n -lt 2000 ]; do (busybox true &); n=$((n + 1)); done");
        until("no zombie is left", || {
            shell("busybox cat /proc/[0-9]*/stat | busybox awk '$3 == \"Z\"' | busybox wc -l")
                == "0"
        });
        self.run(&["stop", container]);
        assert!(self.run(&["logs", container]).contains("app: TERM came, closing"));
        assert_eq!(self.run(&["inspect", "--format={{.State.ExitCode}}", container]), "3");
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        self.output(&["pod", "rm", "--force", "--all"]);
        self.output(&["rm", "--force", "--all"]);
    }
}

#[test]
fn as_the_init_of_podman() {
    let Some(podman) = podman("as_the_init_of_podman") else { return };
    // By containers.conf, and by the option.
    for option in [None, Some(format!("--init-path={}", init_path().display()))] {
        let options = ["run", "--detach", "--network=none", "--init"];
        let options = options.into_iter().chain(option.as_deref());
        let words = options.chain([IMAGE, "busybox", "sh", "/app.sh"]).collect::<Vec<_>>();
        let container = podman.run(&words);
        podman.wait_for(&container, "app: ready");
        let exe = podman.run(&["exec", &container, "busybox", "readlink", "/proc/1/exe"]);
        assert_eq!(exe, "/run/podman-init");
        // Without the option it could be another program of podman's own choice.
        let pid = podman.run(&["inspect", "--format={{.State.Pid}}", &container]);
        let running = std::fs::read(format!("/proc/{pid}/exe")).unwrap();
        assert!(running == std::fs::read(init_path()).unwrap(), "another program is the init");
        podman.reaps_and_stops(&container);
    }
}

#[test]
fn as_the_pause_of_a_pod_of_podmans() {
    let Some(podman) = podman("as_the_pause_of_a_pod_of_podmans") else { return };
    podman.run(&["pod", "create", "--name=pod", "--share=pid,ipc", "--network=none"]);
    let words = ["run", "--detach", "--pod=pod", IMAGE, "busybox", "sh", "/app.sh"];
    let containers = [(); 2].map(|()| podman.run(&words));
    let pause = podman.run(&["pod", "inspect", "--format={{.InfraContainerID}}", "pod"]);
    let pid = podman.run(&["inspect", "--format={{.State.Pid}}", &pause]);
    let running = std::fs::read(format!("/proc/{pid}/exe")).unwrap();
    assert!(running == std::fs::read(init_path()).unwrap(), "another program is the pod's pause");
    for container in &containers {
        podman.wait_for(container, "app: ready");
        podman.reaps_and_stops(container);
    }
    podman.run(&["pod", "stop", "pod"]);
    assert_eq!(podman.run(&["inspect", "--format={{.State.ExitCode}}", &pause]), "0");
}
