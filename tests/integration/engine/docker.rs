//! init in Docker containers: as the entry point, and as the engine's `docker-init`.

use crate::support::engine::*;
use crate::support::*;

#[test]
fn as_entry_point() {
    let Some(engine) = engine("as_entry_point") else { return };
    let container = engine.start_container(&[], &[]);
    container.wait_for("app: ready");
    assert_eq!(container.exec(&["cat", "/proc/1/comm"]), "init");
    let served = container.exec(&["wget", "-q", "-O", "-", "http://127.0.0.1:8080/"]);
    assert_eq!(served, "served under init");
    reaps(&container);
    stops_in_order(&container, 3);
}

#[test]
fn as_the_engines_own_init() {
    let Some(engine) = engine("as_the_engines_own_init") else { return };
    let version = init(["--version"]).run().expect(0).stdout;
    let (_, commit) = version.trim_end().split_once("git.").unwrap();
    let info = engine.run(&["info"]);
    assert!(info.contains(&format!("init version: {commit}")), "{info}");

    let container = engine.start_container(&["--init", "--entrypoint=sh"], &["/app.sh"]);
    container.wait_for("app: ready");
    assert_eq!(container.exec(&["readlink", "/proc/1/exe"]), "/sbin/docker-init");
    reaps(&container);
    stops_in_order(&container, 3);
}

#[test]
fn variables_reach_the_engines_own_init() {
    let Some(engine) = engine("variables_reach_the_engines_own_init") else { return };
    let words = ["-c", "sleep 1000 & kill -STOP $!; exit 4"];
    let options = [
        "--init",
        "--entrypoint=sh",
        "-e",
        "CONTAINER_INIT_REMAP_EXIT=4",
        "-e",
        "CONTAINER_INIT_VERBOSE=1",
    ];
    let container = engine.start_container(&options, &words);
    assert_eq!(container.wait(), 0, "{}", container.logs());
    assert!(container.logs().contains("with status '4'"), "{}", container.logs());
}

#[test]
fn statuses() {
    let Some(engine) = engine("statuses") else { return };
    for (words, status) in [
        (&["sh", "-c", "exit 7"][..], 7),
        (&["sh", "-c", "kill -9 $$"], 137),
        (&["nosuch"], 127),
        (&["/app.sh"], 126),
        (&["/bin"], 126),
    ] {
        let container = engine.start_container(&[], words);
        assert_eq!(container.wait(), status, "{words:?}: {}", container.logs());
    }
}

/// A container with the fewest rights: an ordinary user, no capability, a read-only root.
#[test]
fn confined() {
    let Some(engine) = engine("confined") else { return };
    let options = [
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--user=1000:1000",
        "--pids-limit=64",
    ];
    let container = engine.start_container(&options, &["/probe", "signals"]);
    container.wait_for("ready ");
    engine.run(&["kill", "--signal=USR1", &container.id]);
    container.wait_for("got 10 ");
    assert_eq!(container.stop(), 0, "{}", container.logs());
    assert!(!container.logs().contains("init:"), "{}", container.logs());
}
