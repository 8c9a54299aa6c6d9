//! In the place of other programs in containers: as the engine's `docker-init`, as the entry
//! point under each name, and as the pause process of a pod.

use std::time::Instant;

use crate::support::engine::*;
use crate::support::*;

/// The engine reports our commit, and `docker run --init` uses our binary.
fn is_the_init_of(engine: &Engine) {
    let version = init(["--version"]).run().expect(0).stdout;
    let (_, commit) = version.trim_end().split_once("git.").unwrap();
    let info = engine.run(&["info"]);
    assert!(info.contains(&format!("init version: {commit}\n")), "{info}");
    let words = ["-c", "readlink /proc/1/exe; exit 5"];
    let options = ["--init", "--entrypoint=sh", "-e", "TINI_VERBOSITY=2"];
    let container = engine.start_container(&options, &words);
    assert_eq!(container.wait(), 5, "{}", container.logs());
    let logs = container.logs();
    assert!(logs.contains("/sbin/docker-init\n"), "{logs}");
    assert!(
        logs.contains("[INFO  tini (1)] Main child exited normally (with status '5')"),
        "{logs}"
    );
}

#[test]
fn named_in_daemon_json() {
    if !can_run("named_in_daemon_json") {
        return;
    }
    let scratch = Scratch::new();
    let file = scratch.path("daemon.json");
    std::fs::write(&file, format!("{{\"init-path\": {:?}}}", init_path())).unwrap();
    is_the_init_of(&Engine::start(&["--config-file", file.to_str().unwrap()], None));
}

#[test]
fn installed_as_docker_init() {
    if !can_run("installed_as_docker_init") {
        return;
    }
    let scratch = Scratch::new();
    std::os::unix::fs::symlink(init_path(), scratch.path("docker-init")).unwrap();
    is_the_init_of(&Engine::start(&[], Some(&scratch.path(""))));
}

#[test]
fn as_entry_point_under_each_name() {
    let Some(engine) = engine("as_entry_point_under_each_name") else { return };
    for name in NAMES.into_iter().filter(|name| *name != "pause") {
        let entry = format!("--entrypoint=/{name}");
        let container = engine.start_container(&[&entry], &["--", "sh", "/app.sh"]);
        container.wait_for("app: ready");
        assert_eq!(container.exec(&["cat", "/proc/1/comm"]), name);
        reaps(&container);
        stops_in_order(&container, 3);
        let logs = container.logs();
        assert!(!logs.contains("[") && !logs.contains("ERROR"), "{name}: {logs}");
    }
}

/// As the kubelet does it: pause starts first and ends last, and every container of the pod is
/// in its PID namespace.
#[test]
fn a_pod_of_containers() {
    let Some(engine) = engine("a_pod_of_containers") else { return };
    let confined = [
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--user=65535:65535",
        "--entrypoint=/pause",
    ];
    let pause = engine.start_container(&confined, &[]);
    let pod = format!("--pid=container:{}", pause.id);
    let plain = engine.start_container(&[&pod, "--entrypoint=sh"], &["/app.sh"]);
    let under_init = engine.start_container(&[&pod], &[]);
    let under_tini =
        engine.start_container(&[&pod, "--entrypoint=/tini"], &["--", "sh", "/app.sh"]);
    let containers = [plain, under_init, under_tini];
    for container in &containers {
        container.wait_for("app: ready");
        assert_eq!(container.exec(&["cat", "/proc/1/comm"]), "pause");
        reaps(container);
    }
    for container in &containers {
        stops_in_order(container, 3);
    }
    assert!(!containers[1].logs().contains("init:"), "{}", containers[1].logs());
    let start = Instant::now();
    assert_eq!(pause.stop(), 0, "{}", pause.logs());
    assert!(start.elapsed() < ORDERLY, "killed after {:?}", start.elapsed());
    assert_eq!(pause.logs(), "");
}

/// When pause ends first, the kernel kills the other containers' processes.
#[test]
fn a_pod_whose_pause_ends() {
    let Some(engine) = engine("a_pod_whose_pause_ends") else { return };
    let pause = engine.start_container(&["--entrypoint=/pause"], &[]);
    let pod = format!("--pid=container:{}", pause.id);
    let container = engine.start_container(&[&pod], &[]);
    container.wait_for("app: ready");
    engine.run(&["kill", "--signal=INT", &pause.id]);
    assert_eq!(pause.wait(), 0, "{}", pause.logs());
    // pause waits, and then tells the app, which would be killed with the namespace.
    assert_eq!(container.wait(), 3, "{}", container.logs());
}
