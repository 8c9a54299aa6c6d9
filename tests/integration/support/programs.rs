//! The programs that tests start, and what is said when one is missing.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{Scratch, copy_program};

/// The binary under test.
pub fn init_path() -> PathBuf {
    static INIT: OnceLock<PathBuf> = OnceLock::new();
    let find = || match std::env::var_os("INIT_UNDER_TEST") {
        Some(path) => PathBuf::from(path),
        None => for_all_users(Path::new(env!("CARGO_BIN_EXE_init"))),
    };
    INIT.get_or_init(find).clone()
}

/// The program, or a copy where other users may not reach it. Tests start it as other users, and a
/// checkout may be in a home directory that only its owner may enter.
fn for_all_users(program: &Path) -> PathBuf {
    static COPIES: OnceLock<Scratch> = OnceLock::new();
    extern "C" fn remove() {
        COPIES.get().unwrap().remove();
    }
    let closed = |dir: &Path| dir.metadata().is_ok_and(|meta| meta.permissions().mode() & 1 == 0);
    if !root() || !program.ancestors().skip(1).any(closed) {
        return program.to_owned();
    }
    let copies = COPIES.get_or_init(|| {
        unsafe { libc::atexit(remove) };
        Scratch::new()
    });
    let copy = copies.path(program.file_name().unwrap().to_str().unwrap());
    copy_program(program, &copy);
    copy
}

/// The probe, which says what it inherited and gets.
pub fn probe_path() -> PathBuf {
    static PROBE: OnceLock<PathBuf> = OnceLock::new();
    PROBE.get_or_init(|| example("probe")).clone()
}

/// The main child of storms, and their senders.
pub fn storm_path() -> PathBuf {
    static STORM: OnceLock<PathBuf> = OnceLock::new();
    STORM.get_or_init(|| example("storm")).clone()
}

/// An example that `cargo test` builds. `cargo test --test integration` does not, so an example
/// that is older than its source is built here.
fn example(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_init")).with_file_name("examples").join(name);
    if !is_new(&path, name) {
        let _ = Command::new(env!("CARGO")).args(["build", "--quiet", "--examples"]).status();
    }
    assert!(is_new(&path, name), "{} is old: cargo build --examples", path.display());
    for_all_users(&path)
}

fn is_new(path: &Path, name: &str) -> bool {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/support");
    let age = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    age(path) >= age(&source.join(name).with_extension("rs"))
}

/// Prints that a test cannot run, and why. With `CI` set this fails the test.
pub fn skip(test: &str, why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{test} cannot run: {why}");
    show(&format!("SKIPPED {test}: {why}\n"));
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// Writes a text to stderr also when the test passes: the test program captures print!(),
/// but no direct write.
pub fn show(text: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
}

/// Is a program installed?
pub fn installed(program: &str) -> bool {
    find(program).is_some()
}

/// The path of an installed program.
#[track_caller]
pub fn which(program: &str) -> PathBuf {
    find(program).unwrap_or_else(|| panic!("{program} is not installed"))
}

pub fn root() -> bool {
    unsafe { libc::geteuid() == 0 }
}

/// The binary of scripts/release.
pub fn released() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let out = Command::new(root.join("scripts/release")).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout);
        let (path, _) = text.split_once(": ").unwrap_or_else(|| {
            panic!("scripts/release:\n{}", String::from_utf8_lossy(&out.stderr))
        });
        root.join(path)
    })
}

pub fn can_release(test: &str) -> bool {
    let can = installed("rustup");
    if !can {
        skip(test, "needs rustup, for the standard library's source");
    }
    can
}
