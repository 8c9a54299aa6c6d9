//! The files in docker/: images, a compose file, manifests, settings of engines. Each runs, or is
//! read by the program that it is for.

use crate::packaging::dist::*;
use crate::support::engine::*;
use crate::support::*;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

fn file(name: &str) -> String {
    repository(&format!("docker/{name}")).to_str().unwrap().to_owned()
}

/// A directory to build images from, as their files describe it.
fn context() -> Scratch {
    let context = Scratch::new();
    for (from, to) in [
        (init_path(), "init"),
        (which("busybox"), "busybox"),
        (repository("docker/app.sh"), "app.sh"),
        (repository("docker/health.sh"), "health.sh"),
    ] {
        std::fs::copy(from, context.path(to)).unwrap();
    }
    context
}

/// Builds an image with the command that its file prints.
#[track_caller]
fn build(engine: &Engine, name: &str, context: &Scratch) -> String {
    let text = std::fs::read_to_string(file(name)).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("#   docker ")).unwrap();
    let folder = context.path("");
    let words = line.split(' ').map(|word| match word {
        "FOLDER" => folder.to_str().unwrap().to_owned(),
        word if word.starts_with("docker/") => repository(word).to_str().unwrap().to_owned(),
        word => word.to_owned(),
    });
    let words: Vec<String> = words.collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    engine.run(&[&words[..1], &["--quiet", "--network=none"], &words[1..]].concat());
    let tag = words.iter().position(|word| *word == "-t").expect("the command names its image");
    words[tag + 1].to_owned()
}

#[test]
fn every_printed_build_names_its_image() {
    for entry in std::fs::read_dir(repository("docker")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for line in text.lines().filter(|line| line.contains("docker build")) {
            assert!(line.contains(" -t ") || line.contains(" --tag "), "{path:?}: {line}");
        }
    }
}

/// Other images copy it from there, also to another program's name.
#[test]
fn the_binarys_own_image_is_copied_from() {
    let test = "the_binarys_own_image_is_copied_from";
    let Some(engine) = engine(test) else { return };
    let context = context();
    let image = build(engine, "pack.Dockerfile", &context);
    let text = format!(
        "FROM scratch\nCOPY --from={image} /usr/bin/init /usr/bin/tini\n\
         COPY busybox /bin/sh\nENTRYPOINT [\"/usr/bin/tini\", \"--\"]\n"
    );
    std::fs::write(context.path("Dockerfile"), text).unwrap();
    let tag = "container-init-copied";
    let folder = context.path("");
    engine.run(&["build", "--quiet", "--network=none", "-t", tag, folder.to_str().unwrap()]);
    let run = ["run", "--rm", "--network=none"];
    let said = engine.run(&[&run[..], &["--entrypoint=/usr/bin/tini", tag, "--version"]].concat());
    assert!(said.starts_with("tini version 0.19.0"), "{said}");
    assert_eq!(engine.run(&[&run[..], &[tag, "sh", "-c", "echo $PPID"]].concat()), "1");
}

#[test]
fn the_pause_image_waits_and_ends_in_order() {
    let test = "the_pause_image_waits_and_ends_in_order";
    let Some(engine) = engine(test) else { return };
    let image = build(engine, "pause.Dockerfile", &context());
    let words = ["run", "--detach", "--network=none", "--read-only", "--cap-drop=ALL", &image];
    let container = engine.container(engine.run(&words));
    let running = || engine.run(&["inspect", "--format={{.State.Running}}", &container.id]);
    assert_eq!(running(), "true");
    assert_eq!(container.stop(), 0);
}

/// Both services of the compose file: the entry point, and the engine's `init: true`.
#[test]
fn a_health_check_leaves_orphans_and_no_zombie() {
    let test = "a_health_check_leaves_orphans_and_no_zombie";
    let Some(engine) = engine(test) else { return };
    if !installed("docker-compose") {
        return skip(test, "needs docker-compose");
    }
    let image = build(engine, "health.Dockerfile", &context());
    // A PID 1 that reaps nobody: what the check leaves stays.
    let words = ["run", "--detach", "--network=none", "--entrypoint=sleep", &image, "1000"];
    let without = engine.container(engine.run(&words));
    let zombies = |container: &Container| {
        let script = "cat /proc/[0-9]*/stat | awk '$3 == \"Z\" { n++ } END { print n + 0 }'";
        container.exec(&["sh", "-c", script]).parse::<u32>().unwrap()
    };
    PATIENCE.set(std::time::Duration::from_secs(60));
    until("zombies are left", || zombies(&without) >= 2);

    let compose = |words: &[&str]| {
        let mut command = engine.docker_compose();
        command.args(["-p", "init", "-f", &file("compose.yaml")]);
        let output = command.args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    };
    compose(&["up", "--detach", "--no-build"]);
    let services = ["entry-point", "engine"]
        .map(|service| engine.container(compose(&["ps", "--quiet", service])));
    for (container, init) in services.iter().zip(["/usr/bin/init", "/sbin/docker-init"]) {
        assert_eq!(container.exec(&["readlink", "/proc/1/exe"]), init);
        let health = ["inspect", "--format={{.State.Health.Status}} {{len .State.Health.Log}}"];
        until("three checks have passed", || {
            let said = engine.run(&[&health[..], &[&container.id]].concat());
            said.starts_with("healthy") && said.split(' ').nth(1).unwrap() >= "3"
        });
        until("no zombie is left", || zombies(container) == 0);
    }
    compose(&["stop"]);
    for container in &services {
        assert_eq!(container.wait(), 3, "{}", container.logs());
    }
}

#[test]
fn kubernetes_takes_the_manifests_strictly() {
    let validator = format!("{}/kubernetes-validate", validators());
    if !PathBuf::from(&validator).exists() {
        return skip("kubernetes_takes_the_manifests_strictly", "scripts/setup installs it");
    }
    let manifests = std::fs::read_dir(repository("docker/kubernetes")).unwrap();
    for manifest in manifests.map(|entry| entry.unwrap().path()) {
        let path = manifest.to_str().unwrap();
        let said = Command::new(&validator).args(["--strict", path]).output().unwrap();
        assert!(said.status.success(), "{path}: {said:?}");
    }
}

/// Runs a program of a few lines in Python with a file in docker/, and reads what it prints.
#[track_caller]
fn parsed(script: &str, path: &str) -> Value {
    let python = format!("{}/python", validators());
    let script = format!("import json, sys\n{script}\njson.dump(value, sys.stdout)");
    serde_json::from_str(&tool(&[&python, "-c", &script, path])).unwrap()
}

/// The options and variables in the manifests are ones that init takes.
#[test]
fn init_takes_what_the_manifests_give_it() {
    if !PathBuf::from(validators()).exists() {
        return skip("init_takes_what_the_manifests_give_it", "scripts/setup installs PyYAML");
    }
    let scratch = Scratch::new();
    let log = scratch.path("log").to_str().unwrap().to_owned();
    let mut seen = 0;
    for manifest in std::fs::read_dir(repository("docker/kubernetes")).unwrap() {
        let path = manifest.unwrap().path();
        let script = "import yaml\nvalue = yaml.safe_load(open(sys.argv[1]))";
        let value = parsed(script, path.to_str().unwrap());
        let pod = value.pointer("/spec/template/spec").unwrap_or(&value["spec"]);
        let left = pod["terminationGracePeriodSeconds"].as_f64().unwrap();
        for container in pod["containers"].as_array().unwrap() {
            assert!(container.get("command").is_none(), "{path:?}: it replaces the entry point");
            let args = container["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap());
            // Without `--` all words are the command.
            let count = args.clone().position(|word| word == "--").unwrap_or(0);
            let options = args.take(count).map(|word| word.replace("/dev/termination-log", &log));
            let words = options.chain(["--".into(), "true".into()]);
            let mut start = init(words.collect::<Vec<_>>());
            for pair in container["env"].as_array().into_iter().flatten() {
                let (name, value) =
                    (pair["name"].as_str().unwrap(), pair["value"].as_str().unwrap());
                start = start.env(name, value);
                seen += 1;
                if name == "CONTAINER_INIT_GRACE_PERIOD" {
                    let ours: f64 = value.trim_end_matches('s').parse().unwrap();
                    assert!(ours < left, "{path:?}: the kubelet kills before init does");
                }
            }
            // -v names variables of ours that do not exist.
            let done = start.env("CONTAINER_INIT_VERBOSE", "1").run().expect(0);
            assert!(!done.stderr.contains("CONTAINER_INIT_"), "{path:?}: {done:?}");
        }
    }
    assert!(seen >= 5, "{seen} variables");
}

#[test]
fn containerd_and_cri_o_take_the_pause_image() {
    let test = "containerd_and_cri_o_take_the_pause_image";
    if !PathBuf::from(validators()).exists() {
        return skip(test, "scripts/setup installs Python");
    }
    // By the keys that their manuals name.
    for (name, key) in [
        ("containerd-1.toml", "/plugins/io.containerd.grpc.v1.cri/sandbox_image"),
        ("containerd-2.toml", "/plugins/io.containerd.cri.v1.images/pinned_images/sandbox"),
        ("crio.conf", "/crio/image/pause_image"),
    ] {
        let value =
            parsed("import tomllib\nvalue = tomllib.load(open(sys.argv[1], 'rb'))", &file(name));
        let image = value.pointer(key).and_then(Value::as_str);
        assert!(image.is_some_and(|image| image.contains("/container-init-pause:")), "{name}");
    }
    if !installed("containerd") {
        return skip(test, "needs containerd");
    }
    // Debian 12 has version 1; it warns of what it does not know, and prints what it took.
    let dumped = tool(&["containerd", "--config", &file("containerd-1.toml"), "config", "dump"]);
    let set = dumped.lines().find(|line| line.contains("sandbox_image =")).unwrap();
    assert!(set.contains("/container-init-pause:"), "{set}");
}
