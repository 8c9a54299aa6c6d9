//! The Debian package: lintian's opinion, and what it does in a fresh Debian.

use crate::packaging::dist::*;
use crate::support::engine::repository;
use crate::support::*;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The packages of the programs that we are compared with.
const PEERS: &str = "catatonit,dumb-init,tini";

/// The archive of a small Debian with man, bash completion and our peers. It is made once and kept
/// in the build directory: that takes a minute.
fn debian() -> &'static Path {
    static TAR: OnceLock<PathBuf> = OnceLock::new();
    TAR.get_or_init(|| {
        let tar = repository("target/debian.tar");
        if !tar.exists() {
            let new = tar.with_extension("new");
            let packages = format!("--include=man-db,bash-completion,{PEERS}");
            let words = ["mmdebstrap", "--quiet", "--format=tar", "--variant=essential", &packages];
            tool(&[&words[..], &["bookworm", new.to_str().unwrap()]].concat());
            std::fs::rename(new, &tar).unwrap();
        }
        tar
    })
}

/// A Debian that is unpacked for one test.
pub struct Debian(Scratch);

impl Debian {
    pub fn new() -> Debian {
        let scratch = Scratch::new();
        let root = scratch.path("");
        tool(&["tar", "-xf", debian().to_str().unwrap(), "-C", root.to_str().unwrap()]);
        Debian(scratch)
    }

    /// A file inside, as the path outside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    /// Runs a command inside, which has to succeed; returns what it printed.
    #[track_caller]
    fn run(&self, words: &[&str]) -> String {
        let root = self.0.path("");
        let mut command = Command::new("chroot");
        command.arg(&root).args(words).env_clear().env("LC_ALL", "C.UTF-8");
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn lintian_finds_no_error() {
    let test = "lintian_finds_no_error";
    let Some(dist) = dist(test) else { return };
    if !installed("lintian") {
        return skip(test, "needs lintian");
    }
    for architecture in ["amd64", "arm64"] {
        let file = named(dist, &format!("container-init_V-1_{architecture}.deb"));
        let words = ["--allow-root", "--show-overrides", file.to_str().unwrap()];
        // Its status counts what is overridden as well.
        let scratch = Scratch::new();
        let output =
            Command::new("lintian").args(words).env("TMPDIR", scratch.path("")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let lines = |start: &str| said.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!(lines("E: "), 0, "{output:?}");
        assert!(said.contains("O: container-init: statically-linked-binary"), "{output:?}");
        assert_eq!(lines("O: "), 1, "{output:?}");
        assert!(!said.contains("no-manual-page"), "{said}");
    }
}

#[test]
fn it_works_in_a_fresh_debian_and_leaves_nothing_there() {
    let test = "it_works_in_a_fresh_debian_and_leaves_nothing_there";
    let Some(dist) = dist(test) else { return };
    if !root() || !installed("mmdebstrap") {
        return skip(test, "needs root and mmdebstrap");
    }
    let architecture = tool(&["dpkg", "--print-architecture"]);
    let file = named(dist, &format!("container-init_V-1_{}.deb", architecture.trim_end()));
    let debian = Debian::new();
    std::fs::copy(file, debian.path("package.deb")).unwrap();
    let list = ["find", "/usr", "/etc", "-not", "-path", "/usr/share/man/*"];
    let before = debian.run(&list);
    debian.run(&["dpkg", "--install", "/package.deb"]);

    let version = debian.run(&["container-init", "--version"]);
    assert!(version.starts_with(&format!("init {}", env!("CARGO_PKG_VERSION"))), "{version}");
    let page = debian.run(&["man", "container-init"]);
    assert!(page.contains("CONTAINER-INIT(1)") || page.contains("container-init(1)"), "{page}");
    assert!(page.contains("--grace-period"), "{page}");
    let script = ". /usr/share/bash-completion/bash_completion\n\
        _completion_loader container-init\n\
        COMP_WORDS=(container-init --grace) COMP_CWORD=1 COMP_LINE='container-init --grace'\n\
        $(complete -p container-init | sed 's/.*-F \\([^ ]*\\).*/\\1/') container-init --grace container-init\n\
        echo \"${COMPREPLY[@]}\"";
    assert_eq!(debian.run(&["bash", "-c", script]).trim_end(), "--grace-period");

    assert!(debian.run(&["/usr/lib/container-init/init", "--version"]).starts_with("init "));
    // The other names, beside the programs that have them in /usr/bin.
    for (name, start) in [
        ("tini", "tini version 0.19.0 - git."),
        ("tini-static", "tini version 0.19.0 - git."),
        ("docker-init", "tini version 0.19.0 - git."),
        ("dumb-init", "dumb-init v1.2.5"),
        ("catatonit", "tini version "),
        ("pause", ""),
    ] {
        let ours = debian.run(&[&format!("/usr/lib/container-init/{name}"), "--version"]);
        assert!(ours.starts_with(start) && ours.contains(" - init "), "{name}: {ours}");
    }
    assert!(debian.run(&["dpkg", "--verify"]).is_empty());
    debian.run(&["dpkg", "--purge", "container-init"]);
    assert_eq!(debian.run(&list), before);
}

/// dpkg installs it as a foreign architecture's, and qemu runs what is installed.
#[test]
fn the_package_of_the_other_architecture_installs_and_runs() {
    let test = "the_package_of_the_other_architecture_installs_and_runs";
    let Some(dist) = dist(test) else { return };
    if !root() || !installed("mmdebstrap") {
        return skip(test, "needs root and mmdebstrap");
    }
    let (other, emulator) = match tool(&["dpkg", "--print-architecture"]).trim_end() {
        "amd64" => ("arm64", "qemu-aarch64-static"),
        _ => ("amd64", "qemu-x86_64-static"),
    };
    if !installed(emulator) {
        return skip(test, &format!("needs {emulator}"));
    }
    let debian = Debian::new();
    let file = named(dist, &format!("container-init_V-1_{other}.deb"));
    std::fs::copy(file, debian.path("package.deb")).unwrap();
    copy_program(&which(emulator), &debian.path("qemu"));
    debian.run(&["dpkg", "--add-architecture", other]);
    debian.run(&["dpkg", "--install", "/package.deb"]);
    let status = debian.run(&[
        "dpkg-query",
        "-W",
        "-f",
        "${Architecture} ${db:Status-Status}",
        "container-init",
    ]);
    assert_eq!(status, format!("{other} installed"));
    assert!(debian.run(&["dpkg", "--verify"]).is_empty());

    let version = debian.run(&["/qemu", "/usr/bin/container-init", "--version"]);
    assert!(version.starts_with(&format!("init {}", env!("CARGO_PKG_VERSION"))), "{version}");
    let words = ["/qemu", "/usr/bin/container-init", "--", "sh", "-c", "echo runs"];
    assert_eq!(debian.run(&words), "runs\n");
    assert!(debian.run(&["man", "container-init"]).contains("--grace-period"));
}
