//! Where a block of a document runs: a directory with our program in PATH, and what its kind
//! needs. Everything is made here, so nothing comes from a network.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::blocks::{Block, blocks, documents};
use crate::packaging::debian::Debian;
use crate::packaging::dist::{dist, named, tool};
use crate::support::engine::{Engine, engine, repository};
use crate::support::*;

/// What skips are about.
const TEST: &str = "each_block_of_a_document_is_right";

/// The place of one document's blocks.
pub struct Place {
    directory: Scratch,
    /// What the last command printed.
    pub printed: String,
    debian: Option<Debian>,
}

impl Place {
    pub fn new() -> Place {
        let directory = Scratch::new();
        std::fs::create_dir_all(directory.path("bin")).unwrap();
        std::fs::create_dir_all(directory.path("here")).unwrap();
        for name in ["init", "container-init"] {
            let link = directory.path("bin").join(name);
            std::os::unix::fs::symlink(init_path(), link).unwrap();
        }
        Place { directory, printed: String::new(), debian: None }
    }

    /// Runs commands as a shell that stops at the first failure; stderr joins stdout.
    pub fn run(&mut self, block: &Block) -> Finished {
        let shell = ["sh", "-e", "-c", &block.text];
        let joined = ["-c", "exec \"$@\" 2>&1", "sh"];
        let mut start = if block.is("debian") {
            let root = self.debian.get_or_insert_with(packaged).path("");
            let inside = ["chroot", root.to_str().unwrap()];
            let start = Start::new("sh", [&joined[..], &inside, &shell].concat());
            start.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C.UTF-8")
        } else if block.is("network") {
            let new = "mount -t tmpfs none /run && exec \"$@\" 2>&1";
            let words = ["--mount", "--net", "sh", "-c", new, "sh"];
            Start::new("unshare", [&words[..], &shell].concat()).env("PATH", &self.path())
        } else {
            Start::new("sh", [&joined[..], &shell].concat()).env("PATH", &self.path())
        };
        let here = self.directory.path("here");
        if block.is("archive") {
            std::os::unix::fs::symlink(archive(), here.join("debian.tar")).unwrap();
        }
        start = start.current_dir(&here);
        if block.is("docker") {
            start = my_server().reached(start);
        }
        if block.is("release") {
            start = start.env("RELEASES", &format!("file://{}", releases().display()));
        }
        if block.is("user") {
            start = User::Ordinary.run(start).unwrap();
        }
        start.run()
    }

    fn path(&self) -> String {
        let own = self.directory.path("bin");
        format!("{}:{}", own.display(), std::env::var("PATH").unwrap())
    }

    /// Builds an image as the Dockerfile says.
    pub fn build(&self, image: &str, text: &str) -> Result<(), String> {
        build(base_images(), image, text)
    }
}

/// A Debian that has the package of this architecture in `/`.
fn packaged() -> Debian {
    let dist = dist(TEST).unwrap();
    let architecture = tool(&["dpkg", "--print-architecture"]);
    let file = named(dist, &format!("container-init_V-1_{}.deb", architecture.trim_end()));
    let debian = Debian::new();
    std::fs::copy(&file, debian.path(file.file_name().unwrap().to_str().unwrap())).unwrap();
    debian
}

/// The directory of the published files, signed with a key of the test's.
fn releases() -> &'static Path {
    static RELEASES: OnceLock<PathBuf> = OnceLock::new();
    RELEASES.get_or_init(|| {
        let key = Scratch::new();
        let file = |name: &str| key.path(name).to_str().unwrap().to_owned();
        tool(&["openssl", "genpkey", "-algorithm", "ed25519", "-out", &file("key")]);
        let directory = repository("target/releases");
        let _ = std::fs::remove_dir_all(&directory);
        let to = directory.to_str().unwrap();
        tool(&["cp", "-r", dist(TEST).unwrap().to_str().unwrap(), to]);
        let public = format!("{to}/KEY.pub");
        tool(&["openssl", "pkey", "-in", &file("key"), "-pubout", "-out", &public]);
        let mut sign = std::process::Command::new(repository("scripts/release"));
        sign.args(["--sign", &format!("{to}/SHA256SUMS")]);
        sign.env("RELEASE_SIGNING_KEY", std::fs::read_to_string(file("key")).unwrap());
        assert!(sign.status().unwrap().success());
        directory
    })
}

/// The engine with the images that the documents take from elsewhere: a Debian, which is busybox
/// here without what a small Debian lacks, and our own.
fn base_images() -> &'static Engine {
    static ENGINE: OnceLock<&Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let engine = engine(TEST).unwrap();
        let busybox = "FROM scratch\nCOPY busybox /bin/busybox\n\
            RUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]\nRUN mkdir -p /usr/bin /tmp\n\
            RUN cd /bin && rm -f ps top pgrep pkill free ip ping wget vi less killall\n";
        let own = std::fs::read_to_string(repository("docker/pack.Dockerfile")).unwrap();
        let version = concat!("container-init:", env!("CARGO_PKG_VERSION"));
        for (name, text) in [("debian:12-slim", busybox), (version, &own)] {
            build(engine, name, text).unwrap();
        }
        engine
    })
}

/// The engine with the image `my-server`, as the documents build it.
fn my_server() -> &'static Engine {
    static ENGINE: OnceLock<&Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let engine = base_images();
        let mut all = documents().into_iter().flat_map(|document| blocks(&document));
        let block = all.find(|block| block.value("build") == Some("my-server")).unwrap();
        build(engine, "my-server", &block.text).unwrap();
        engine
    })
}

/// `docker build` in a folder with our binary, busybox and a server.
fn build(engine: &Engine, image: &str, text: &str) -> Result<(), String> {
    let context = Scratch::new();
    for (from, to) in [
        (init_path(), "init"),
        (which("busybox"), "busybox"),
        (repository("docker/app.sh"), "my-server"),
    ] {
        tool(&["install", "-m755", from.to_str().unwrap(), context.path(to).to_str().unwrap()]);
    }
    std::fs::write(context.path("Dockerfile"), text).unwrap();
    let folder = context.path("");
    let words = ["build", "--quiet", "--network=none", "-t", image, folder.to_str().unwrap()];
    let output = engine.output(&words);
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{output:?}")),
    }
}
