//! Gives the crate `INIT_COMMIT`, the git commit it is built from, and the linker what
//! makes the start cheap; makes help, man page and completions of the tables of options.
//!
//! The commit is, in order: the variable `INIT_COMMIT` (a container build has no `.git`), this
//! checkout's HEAD, `unknown`. A checkout that merely surrounds an unpacked
//! archive is not ours, so its commit is not used.

// The tables serve the parser too, which needs more of them.
#[allow(dead_code)]
#[path = "src/config/by_clap.rs"]
mod by_clap;
#[allow(dead_code)]
#[path = "src/config/spec/mod.rs"]
mod spec;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use clap_complete::Shell;

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

/// The name that packages install the program by; `init` is often another program.
const INSTALLED: &str = "container-init";

/// Writes the pages that become part of the program, and `share` with the files that are
/// installed beside it.
fn write_texts(out: &Path) -> io::Result<()> {
    let help = by_clap::ours("init").render_long_help().to_string();
    fs::write(out.join("help.txt"), help)?;
    fs::write(out.join("summary.txt"), by_clap::ours("init").render_help().to_string())?;
    for (name, tables) in [
        ("catatonit", spec::catatonit::TABLES),
        ("dumb-init", spec::dumb_init::TABLES),
        ("tini", spec::tini::TABLES),
    ] {
        let mut command = by_clap::of(name, tables).help_template("{all-args}\n");
        fs::write(out.join(format!("{name}.txt")), command.render_help().to_string())?;
    }
    let share = out.join("share");
    fs::create_dir_all(&share)?;
    let page = clap_mangen::Man::new(by_clap::ours(INSTALLED));
    let mut text = Vec::new();
    page.render(&mut text)?;
    fs::write(share.join(format!("{INSTALLED}.1")), text)?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        clap_complete::generate_to(shell, &mut by_clap::ours(INSTALLED), INSTALLED, &share)?;
    }
    Ok(())
}

fn main() -> io::Result<()> {
    for path in ["build.rs", "src/config/by_clap.rs", "src/config/spec"] {
        println!("cargo:rerun-if-changed={path}");
    }
    lay_out();
    println!("cargo:rerun-if-env-changed=INIT_COMMIT");
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let commit = commit(&root).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=INIT_COMMIT={commit}");
    println!("cargo:rustc-cfg=pages_made");
    write_texts(&PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()))
}
