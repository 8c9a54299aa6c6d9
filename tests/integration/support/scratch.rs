//! A directory and a marker of the test's own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

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

    /// Makes a file with these contents that may be executed. Another process writes it: a
    /// child that another test forks meanwhile would inherit our descriptor for writing, and
    /// exec of a file that is open for writing is ETXTBSY.
    pub fn executable(&self, name: &str, contents: &[u8]) -> String {
        let (source, path) = (self.path("source"), self.path(name));
        std::fs::write(&source, contents).unwrap();
        Start::new("install", [Path::new("-m755"), &source, &path]).run().expect(0);
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

pub fn marker() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("init-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
