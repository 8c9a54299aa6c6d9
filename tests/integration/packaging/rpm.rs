//! The RPM packages: they install beside nothing else, and bring what the Debian package does.

use crate::packaging::dist::*;
use crate::support::*;

#[test]
fn it_installs_without_a_dependency() {
    let test = "it_installs_without_a_dependency";
    let Some(dist) = dist(test) else { return };
    if !root() {
        return skip(test, "needs root");
    }
    for architecture in ["x86_64", "aarch64"] {
        let file = named(dist, &format!("container-init-V-1.{architecture}.rpm"));
        let file = file.to_str().unwrap();
        let scratch = Scratch::new();
        let inside = format!("--root={}", scratch.path("").display());
        // No scripts and no dependencies: the root is empty.
        tool(&["rpm", &inside, "--install", "--ignorearch", "--ignoreos", file]);
        tool(&["rpm", &inside, "--verify", "container-init"]);
        for (path, target) in [
            ("usr/bin/container-init", None),
            ("usr/lib/container-init/tini", Some("../../bin/container-init")),
            ("usr/share/man/man1/container-init.1.gz", None),
            ("usr/share/bash-completion/completions/container-init", None),
            ("usr/share/licenses/container-init/LICENSE", None),
        ] {
            let link = std::fs::read_link(scratch.path(path)).ok();
            assert_eq!(link, target.map(std::path::PathBuf::from), "{path}");
            assert!(scratch.path(path).exists(), "{path} is not in {file}");
        }
        let needs = tool(&["rpm", "--query", "--requires", "--package", file]);
        assert!(needs.lines().all(|line| line.starts_with("rpmlib(")), "{needs}");
    }
}
