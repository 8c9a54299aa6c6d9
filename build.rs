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
#[path = "src/manual/roff.rs"]
mod roff;
#[allow(dead_code)]
#[path = "src/config/spec/mod.rs"]
mod spec;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use clap_complete::Shell;
use spec::Value;

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

/// Each page that the start touches costs a fault, and faults are most of the start's time.
fn lay_out() {
    // musl only. The data starts at a page of the file, so that it fills one page of memory and
    // not parts of two: at most 4 kB of the file for 4 kB of the memory of each process. RELRO
    // would protect nothing: a static program loads no other object, and musl's start makes
    // nothing read-only.
    if std::env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("musl") {
        for word in ["separate-loadable-segments", "norelro"] {
            println!("cargo:rustc-link-arg-bin=init=-z{word}");
        }
    }
}

/// The name that packages install the program by; `init` is often another program.
const INSTALLED: &str = "container-init";

/// What the man page says first, since its examples have the other name.
const NAMES: &str = "The manual calls the program `init`, which is its name in an image. A package installs \
    it as `container-init`: on most systems, `init` is another program. \
    `PATH=/usr/lib/container-init:$PATH` lets a shell find it as `init`.";

/// Where the sections of the manual are.
const SECTIONS: &str = "src/manual";

/// The sections of the man page behind the options: `src/manual/NAME.md`, in this order.
const MANUAL: [&str; 18] = [
    "environment",
    "values",
    "status",
    "signals",
    "end",
    "report",
    "terminals",
    "installation",
    "kubernetes",
    "names",
    "migration",
    "sandbox",
    "recipes",
    "check",
    "kernels",
    "tried",
    "troubleshooting",
    "comparison",
];

/// Writes the pages that become part of the program, and `share` with the files that are
/// installed beside it.
fn write_texts(out: &Path) -> io::Result<()> {
    let mut init =
        by_clap::ours("init").after_help(by_clap::MORE.map(|(_, text)| text).join("\n\n"));
    fs::write(out.join("help.txt"), init.render_long_help().to_string())?;
    fs::write(out.join("summary.txt"), init.render_help().to_string())?;
    for (name, options, variables) in by_clap::OTHERS {
        let more = format!("{variables}\n{}", by_clap::OUR_VARIABLES);
        let mut command =
            by_clap::of(name, options).help_template("{all-args}{after-help}").after_help(more);
        let page = command.render_help().to_string();
        fs::write(out.join(format!("{name}.txt")), page.trim_start())?;
    }
    match fs::remove_dir_all(out.join("share")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let write = |directory: &str, file: &str, text: Vec<u8>| {
        let directory = out.join("share").join(directory);
        fs::create_dir_all(&directory)?;
        fs::write(directory.join(file), text)
    };
    write("man/man1", &format!("{INSTALLED}.1"), man_page()?)?;
    write("bash-completion/completions", INSTALLED, completions(Shell::Bash))?;
    write("zsh/site-functions", &format!("_{INSTALLED}"), completions(Shell::Zsh))?;
    write("fish/vendor_completions.d", &format!("{INSTALLED}.fish"), completions(Shell::Fish))
}

/// clap's completions, and for bash and fish those of the command's words, which clap leaves out.
fn completions(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut by_clap::ours(INSTALLED), INSTALLED, &mut text);
    let one = names(|value| matches!(value, Value::One(_)));
    let two = names(|value| matches!(value, Value::Two(_)));
    let command = match shell {
        Shell::Bash => include_str!("src/config/completion.bash")
            .replace("@ONE@", &one.join(" | "))
            .replace("@TWO@", &two.join(" | ")),
        Shell::Fish => {
            let options = one.join(" ");
            format!("complete -c {INSTALLED} -x -a '(__fish_complete_subcommand -- {options})'\n")
        }
        _ => String::new(),
    };
    text.extend(command.bytes());
    text
}

/// All names of the options with these values, as they are typed.
fn names(of: fn(&Value) -> bool) -> Vec<String> {
    let options = spec::OURS.iter().filter(|opt| of(&opt.value));
    let names = options.flat_map(|opt| {
        let letter = opt.short.map(|letter| format!("-{}", char::from(letter)));
        letter.into_iter().chain([format!("--{}", opt.long)])
    });
    names.collect()
}

fn man_page() -> io::Result<Vec<u8>> {
    let version = concat!("init ", env!("CARGO_PKG_VERSION"));
    let page = clap_mangen::Man::new(by_clap::ours(INSTALLED)).source(version);
    // A section that is not in the list would be missing without a word.
    for entry in fs::read_dir(SECTIONS)? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if path.extension().is_some_and(|kind| kind == "md") && !MANUAL.contains(&name) {
            return Err(io::Error::other(format!("{} is not in MANUAL", path.display())));
        }
    }
    let mut text = Vec::from(roff::FIRST_LINE);
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    text.extend(roff::section(NAMES).map_err(io::Error::other)?.bytes());
    page.render_options_section(&mut text)?;
    for name in MANUAL {
        let file = format!("{SECTIONS}/{name}.md");
        let section = roff::section(&fs::read_to_string(&file)?);
        let section = section.map_err(|error| io::Error::other(format!("{file}: {error}")))?;
        text.extend(section.bytes());
    }
    Ok(text)
}

fn main() -> io::Result<()> {
    for path in [
        "build.rs",
        "src/config/by_clap.rs",
        "src/config/completion.bash",
        "src/config/spec",
        SECTIONS,
    ] {
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
