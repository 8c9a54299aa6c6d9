//! A directory and a marker of the test's own.

use std::path::PathBuf;
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
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn marker() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("init-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
