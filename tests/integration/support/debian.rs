//! A small Debian, unpacked as the root of a sandbox.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::*;

/// What is in it besides the essential packages.
const PACKAGES: &str = "--include=apt,make,passwd,python3-minimal";

/// Its archive. It is made once and kept in the build directory: that takes a minute.
pub fn archive() -> &'static Path {
    static TAR: OnceLock<PathBuf> = OnceLock::new();
    TAR.get_or_init(|| {
        let tar = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/debian-root.tar");
        if !tar.exists() {
            let new = tar.with_extension("new");
            let words = ["--quiet", "--format=tar", "--variant=essential", PACKAGES, "bookworm"];
            // Less to unpack.
            let without = ["doc", "locale", "man", "zoneinfo"];
            let without = without.map(|name| format!("--dpkgopt=path-exclude=/usr/share/{name}/*"));
            let mut command = Command::new("mmdebstrap");
            let output = command.args(without).args(words).arg(&new).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            std::fs::rename(new, &tar).unwrap();
        }
        tar
    })
}

/// A Debian that belongs to whoever runs init: with ranges its users are users of the range,
/// without any all files belong to one user.
pub struct Debian {
    scratch: Scratch,
    pub who: Who,
}

impl Debian {
    /// `None`, with a word about it, where none can be made.
    pub fn new(test: &str, who: Who) -> Option<Debian> {
        if !root() || !installed("mmdebstrap") {
            skip(test, "needs root and mmdebstrap");
            return None;
        }
        let debian = Debian { scratch: Scratch::new(), who };
        let path = debian.scratch.path("root");
        std::fs::create_dir(&path).unwrap();
        who.own(&debian.scratch.path(""));
        who.own(&path);
        // Another user may not look into the checkout.
        let tar = std::fs::File::open(archive()).unwrap();
        let unpack = ["tar", "--exclude=./dev/*", "-xf", "-", "-C", path.to_str().unwrap()];
        // No new namespace for root, and none but the user namespace for others.
        let words: [&[&str]; 3] = [&["-q"], who.map(), &["--"]];
        let words = [&words.concat()[..], &unpack].concat();
        let extract = ["--no-same-owner"].into_iter().filter(|_| who == Who::Plain);
        PATIENCE.set(std::time::Duration::from_secs(120));
        let words: Vec<_> = words.into_iter().chain(extract).collect();
        who.init(&words).stdio(0, tar).run().expect(0);
        Some(debian)
    }

    /// Its root.
    pub fn path(&self) -> PathBuf {
        self.scratch.path("root")
    }

    /// A place beside it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    /// init with this root, these options, and what everybody gives; the command follows.
    pub fn start(&self, options: &[&str], command: &[&str]) -> Start {
        let root = self.path();
        let all = ["--unshare-all", "--mount-proc", "--mount-dev", "--hostname=box", "-q"];
        let words = [&all, self.who.map(), &["--root", root.to_str().unwrap()], options, &["--"]];
        let start = self.who.init(&[&words.concat()[..], command].concat());
        start.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C.UTF-8")
    }

    /// What a shell prints, which has to succeed.
    #[track_caller]
    pub fn says(&self, options: &[&str], script: &str) -> String {
        self.start(options, &["sh", "-ec", script]).run().expect(0).stdout
    }
}
