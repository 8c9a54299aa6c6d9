//! Gives the crate `INIT_COMMIT`, the git commit it is built from, and the linker what
//! makes the start cheap.
//!
//! The commit is, in order: the variable `INIT_COMMIT` (a container build has no `.git`), this
//! checkout's HEAD, `unknown`. A checkout that merely surrounds an unpacked
//! archive is not ours, so its commit is not used.

use std::path::Path;
use std::process::Command;

fn git(root: &str, args: &[&str]) -> Option<String> {
    let out = Command::new("git").arg("-C").arg(root).args(args).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

fn commit(root: &str) -> Option<String> {
    if let Ok(given) = std::env::var("INIT_COMMIT")
        && !given.is_empty()
        && given.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return Some(given);
    }
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    let ours = Path::new(&top).canonicalize().ok()? == Path::new(root).canonicalize().ok()?;
    if !ours {
        return None;
    }
    for file in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(root, &["rev-parse", "--git-path", file]) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    git(root, &["rev-parse", "--short=7", "HEAD"])
}

/// Fewer pages: a page that the start touches costs a fault, most of the start's time.
fn lay_out() {
    // musl only: a static program loads no other object, and musl's start makes nothing
    // read-only, so neither gap nor RELRO protects anything. They would add 5 kB to the
    // file and a page to the memory.
    if std::env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("musl") {
        for word in ["noseparate-code", "norelro"] {
            println!("cargo:rustc-link-arg-bin=init=-z{word}");
        }
    }
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    lay_out();
    println!("cargo:rerun-if-env-changed=INIT_COMMIT");
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let commit = commit(&root).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=INIT_COMMIT={commit}");
}
