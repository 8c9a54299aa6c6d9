//! Everybody who makes sandboxes with a root: root, and an ordinary user with and without ranges
//! of other ids.

use std::sync::OnceLock;

use super::*;

/// Who runs init.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Root,
    /// A user that has lines in /etc/subuid and /etc/subgid.
    Ranges,
    /// A user that has none.
    Plain,
}

/// All of them; without root's help only the last.
pub fn everybody() -> impl Iterator<Item = Who> {
    let all = [Who::Root, Who::Ranges, Who::Plain];
    let can = |who: &Who| match who {
        Who::Root => root(),
        Who::Ranges => root() && installed("newuidmap"),
        Who::Plain => true,
    };
    all.into_iter().filter(can)
}

/// Files that stand in /etc in the place of the machine's, in a mount namespace of their own.
fn files() -> &'static Scratch {
    static FILES: OnceLock<Scratch> = OnceLock::new();
    FILES.get_or_init(|| {
        let scratch = Scratch::new();
        extern "C" fn remove() {
            if let Some(files) = FILES.get() {
                files.remove();
            }
        }
        for (name, text) in [
            ("subuid", "ann:100000:65536\n"),
            ("subgid", "ann:100000:65536\n"),
            ("passwd", "root:x:0:0::/:/bin/sh\nann:x:54321:54321::/:/bin/sh\n"),
            ("group", "root:x:0:\nann:x:54321:\n"),
        ] {
            std::fs::write(scratch.path(name), text).unwrap();
        }
        unsafe { libc::atexit(remove) };
        scratch
    })
}

impl Who {
    /// Options for which its user is root inside, if it is not root anyway.
    pub fn map(self) -> &'static [&'static str] {
        match self {
            Who::Root => &[],
            Who::Ranges => &["--map-auto"],
            Who::Plain => &["--map-root-user"],
        }
    }

    /// Gives a file to whoever runs init.
    pub fn own(self, path: &std::path::Path) {
        if self != Who::Root && root() {
            std::os::unix::fs::chown(path, Some(54321), Some(54321)).unwrap();
        }
    }

    /// init with these words.
    pub fn init(self, words: &[&str]) -> Start {
        match self {
            Who::Root => init(words),
            Who::Plain => User::Ordinary.run(init(words)).unwrap(),
            Who::Ranges => {
                let binds: String = ["subuid", "subgid", "passwd", "group"]
                    .iter()
                    .map(|name| {
                        format!("mount --bind '{}' /etc/{name} && ", files().path(name).display())
                    })
                    .collect();
                let change =
                    "exec setpriv --reuid=54321 --regid=54321 --clear-groups \"$0\" \"$@\"";
                let script = binds + change;
                let init = init_path();
                let before = ["--mount", "--propagation", "private", "sh", "-c", &script];
                let all = [&before[..], &[init.to_str().unwrap()], words].concat();
                Start::new("unshare", all)
            }
        }
    }
}
