//! A directory and a marker of the test's own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A new directory of the test's own. It is removed when the value is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        let path = std::env::temp_dir().join(marker());
        std::fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes a file with these contents that may be executed.
    pub fn executable(&self, name: &str, contents: &[u8]) -> String {
        let path = self.path(name);
        make_executable(&path, contents);
        path.to_str().unwrap().to_owned()
    }
}

impl Scratch {
    /// Removes it.
    pub fn remove(&self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Makes a file with these contents that may be executed.
pub fn make_executable(path: &Path, contents: &[u8]) {
    let scratch = Scratch::new();
    let source = scratch.path("source");
    std::fs::write(&source, contents).unwrap();
    copy_program(&source, path);
}

/// Copies a program. Another process writes the copy: a child that another test forks meanwhile
/// would inherit our descriptor for writing, and exec of a file that is open for writing is
/// ETXTBSY.
pub fn copy_program(from: &Path, to: &Path) {
    let install = Command::new("install").arg("-m755").args([from, to]).status();
    assert!(install.unwrap().success());
}

pub fn marker() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("init-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
