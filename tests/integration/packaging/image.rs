//! The published image: in Docker, and in a program that knows nothing but the OCI's layout.

use crate::packaging::dist::*;
use crate::support::engine::*;
use crate::support::*;

#[test]
fn docker_loads_and_runs_it() {
    let test = "docker_loads_and_runs_it";
    let (Some(dist), Some(engine)) = (dist(test), engine(test)) else { return };
    engine.run(&["load", "--input", named(dist, "container-init-V.oci.tar").to_str().unwrap()]);
    for architecture in ["amd64", "arm64"] {
        let image = format!("container-init:{}-{architecture}", env!("CARGO_PKG_VERSION"));
        let format = "--format={{.Architecture}} {{.Config.Entrypoint}}";
        let said = engine.run(&["image", "inspect", format, &image]);
        assert_eq!(said, format!("{architecture} [/usr/bin/init]"));
    }
    let own = if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" };
    let image = format!("container-init:{}-{own}", env!("CARGO_PKG_VERSION"));
    let said = engine.run(&["run", "--rm", "--network=none", &image, "--version"]);
    assert!(said.starts_with("init "), "{said}");
}

#[test]
fn each_architecture_finds_its_own_in_one_name() {
    let test = "each_architecture_finds_its_own_in_one_name";
    let Some(dist) = dist(test) else { return };
    if !installed("skopeo") {
        return skip(test, "needs skopeo");
    }
    let file = named(dist, "container-init-V.oci.tar");
    let source = format!("oci-archive:{}:{}", file.display(), env!("CARGO_PKG_VERSION"));
    for architecture in ["amd64", "arm64"] {
        let scratch = Scratch::new();
        let to = format!("oci:{}", scratch.path("copy").display());
        let own = format!("--override-arch={architecture}");
        tool(&["skopeo", "--insecure-policy", &own, "copy", "--quiet", &source, &to]);
        let said = tool(&["skopeo", &own, "inspect", "--config", &to]);
        let config: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(config["architecture"], architecture);
        let label = &config["config"]["Labels"]["org.opencontainers.image.version"];
        assert_eq!(label, env!("CARGO_PKG_VERSION"));
    }
}

/// As containerd does, and Docker where containerd has its images.
#[test]
fn podman_loads_it_by_its_name() {
    let test = "podman_loads_it_by_its_name";
    let Some(dist) = dist(test) else { return };
    if !root() || !installed("podman") {
        return skip(test, "needs root and podman");
    }
    let file = named(dist, "container-init-V.oci.tar");
    let scratch = Scratch::new();
    let places = ["root", "runroot", "tmpdir"];
    let places = places.map(|name| format!("--{name}={}", scratch.path(name).display()));
    let mut words = vec!["podman", "--storage-driver=vfs"];
    words.extend(places.iter().map(String::as_str));
    words.extend(["load", "--quiet", "--input", file.to_str().unwrap()]);
    let name = format!("docker.io/library/container-init:{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(tool(&words).trim_end(), format!("Loaded image: {name}"));
}
