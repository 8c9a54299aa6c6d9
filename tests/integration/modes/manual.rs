//! Help and manual hold every option, and completions work in real shells.

use crate::support::engine::repository;
use crate::support::places::root_directory;
use crate::support::pty::*;
use crate::support::*;
use nix::sys::termios::LocalFlags;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A file that is installed beside the program.
fn share(name: &str) -> PathBuf {
    Path::new(env!("OUT_DIR")).join("share").join(name)
}

/// All words of `text` that look like long options.
fn options(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let words = words.filter(|word| word.starts_with("--") && word.len() > 2);
    words.map(str::to_owned).collect()
}

fn assert_width(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line:?} is wider than a terminal");
    }
}

/// The files of the manual's sections, with their texts.
fn sections() -> impl Iterator<Item = (PathBuf, String)> {
    let files = std::fs::read_dir(repository("src/manual")).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let sections = files.filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    sections.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
}

/// The headings of a section as the man page shows them.
fn headings(text: &str) -> Vec<String> {
    // Every other part is a block, whose comments look like headings.
    let lines = text.split("```").step_by(2).flat_map(str::lines);
    let lines = lines.filter_map(|line| match line.split_once(' ') {
        Some(("#", title)) => Some(title.to_uppercase()),
        Some(("##", title)) => Some(format!("   {title}")),
        _ => None,
    });
    lines.collect()
}

#[test]
fn links_lead_to_files() {
    let pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "scripts/benchmarks/README.md"];
    let pages = pages.map(repository);
    let pages = pages.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()));
    for (path, text) in sections().chain(pages) {
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            let file = path.parent().unwrap().join(link);
            assert!(file.exists(), "{} has a link to {link}", path.display());
        }
    }
}

#[test]
fn the_readme_is_short_and_its_picture_is_new() {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    assert!(readme.lines().count() <= 250, "the rest is for the manual");
    let drawn = Start::new(repository("scripts/picture"), ["--print"]).run().expect(0).stdout;
    let picture = std::fs::read_to_string(repository("src/manual/processes.svg")).unwrap();
    assert!(drawn == picture, "scripts/picture draws another");
}

#[test]
fn help_fits_a_terminal() {
    let help = init(["--help"]).run().expect(0).silent().stdout;
    let summary = init(["-h"]).run().expect(0).silent().stdout;
    assert_eq!(options(&summary), options(&help));
    assert!(options(&help).len() > 40, "{help}");
    assert!(summary.lines().count() < help.lines().count());
    for text in [&help, &summary] {
        assert_width(text);
        assert!(text.contains("Usage: init [OPTIONS] [--] COMMAND [ARG]..."), "{text}");
    }
    let here = root_directory();
    for name in ["tini", "dumb-init", "catatonit"] {
        std::fs::rename(here.path("init"), here.path(name)).unwrap();
        let page = Start::new(here.path(name).to_str().unwrap(), ["-h"]).run().expect(0).silent();
        std::fs::rename(here.path(name), here.path("init")).unwrap();
        assert_width(&page.stdout.replace(here.path("").to_str().unwrap(), ""));
        assert!(page.stdout.contains("  -h"), "{name}: {}", page.stdout);
    }
}

/// The man page as a terminal shows it.
fn shown(page: &Path) -> String {
    let show = Start::new("man", ["--warnings=w", "-l", page.to_str().unwrap()]);
    let show = show.env("MANWIDTH", "80").env("LC_ALL", "C.UTF-8");
    show.run().expect(0).silent().stdout
}

/// A reader copies them from there: a comment that goes on in a second line is none.
#[test]
fn commands_and_files_are_whole_in_the_man_page() {
    if !installed("man") {
        return skip("commands_and_files_are_whole_in_the_man_page", "needs man-db");
    }
    let text = shown(&share("man/man1/container-init.1"));
    let lines: BTreeSet<_> = text.lines().map(str::trim).collect();
    let (mut seen, mut broken) = (0, Vec::new());
    for (path, text) in sections() {
        let blocks = text.split("```").skip(1).step_by(2);
        for block in blocks.filter(|block| !block.starts_with("text")) {
            for line in block.lines().skip(1).map(str::trim) {
                seen += 1;
                if !lines.contains(line) {
                    broken.push(format!("{}: {line}", path.display()));
                }
            }
        }
    }
    assert!(seen > 100 && broken.is_empty(), "{seen} lines, broken: {broken:#?}");
}

#[test]
fn the_man_page_is_shown_without_warnings() {
    if !installed("man") {
        return skip("the_man_page_is_shown_without_warnings", "needs man-db");
    }
    let page = share("man/man1/container-init.1");
    let text = shown(&page);
    assert_width(&text);
    let made = ["NAME", "SYNOPSIS", "OPTIONS", "SANDBOX OPTIONS"].map(str::to_owned);
    for heading in made.into_iter().chain(sections().flat_map(|(_, text)| headings(&text))) {
        assert!(text.lines().any(|line| line == heading), "no {heading:?}: {text}");
    }
    // A word that is cut at the end of a line is not looked for.
    let source = std::fs::read_to_string(page).unwrap().replace("\\-", "-").replace("\\fB", " ");
    let help = init(["--help"]).run().stdout;
    let missing: Vec<_> = options(&help).difference(&options(&source)).cloned().collect();
    assert!(missing.is_empty(), "not in the man page: {missing:?}");
}

/// Types `line` into an interactive shell and waits for the candidates, in any order.
#[track_caller]
fn completes(shell: &str, options: &[&str], set_up: &str, line: &str, candidates: &[&str]) {
    let home = Scratch::new();
    let mut terminal = Terminal::new();
    // readline shows nothing without it.
    terminal.set(|settings| settings.local_flags.insert(LocalFlags::ECHO));
    let start = Start::new(shell, options).env("HOME", home.path("").to_str().unwrap());
    let start = start.env("TERM", "dumb").env("PS1", "READY>").env("HISTFILE", "");
    let _running = start.on(&terminal).start();
    terminal.expect("READY>");
    terminal.keys(&format!("{set_up}\n"));
    terminal.keys("echo set''up\n");
    terminal.expect("setup");
    terminal.expect("READY>");
    terminal.keys(line);
    for candidate in candidates {
        assert!(terminal.appears(candidate, patience()), "{shell}: no {candidate:?}");
    }
}

#[test]
fn bash_completes() {
    if !installed("bash") {
        return skip("bash_completes", "needs bash");
    }
    let set_up =
        format!("source '{}'", share("bash-completion/completions/container-init").display());
    let complete = |line, candidates: &[&str]| {
        completes("bash", &["--norc", "--noprofile", "-i"], &set_up, line, candidates);
    };
    complete("container-init --forward-to \t\t", &["main", "group", "all"]);
    complete("container-init -g --map-\t\t", &["--map-auto", "--map-users"]);
    complete("container-init --kill-a\t", &["kill-after"]);
    // A command, also behind options with values; then files, and no options of ours.
    complete("container-init gzi\t", &["gzip"]);
    complete("container-init --bind /a /b -p TERM --chdir=/ -- gzi\t", &["gzip"]);
    complete("container-init cat /etc/hostn\t", &["hostname"]);
    complete("container-init cat \t\t", &["LICENSE", "README.md"]);
}

#[test]
fn zsh_completes() {
    if !installed("zsh") {
        return skip("zsh_completes", "needs zsh");
    }
    let share = share("zsh/site-functions");
    let set_up = format!(
        "PS1='READY>'; fpath=('{}' $fpath); autoload -U compinit; compinit -u -D",
        share.display()
    );
    let complete = |line, candidates: &[&str]| {
        completes("zsh", &["-f", "-i"], &set_up, line, candidates);
    };
    complete("container-init --forward-to \t\t", &["main", "group", "all"]);
    complete("container-init --map-\t\t", &["--map-auto", "--map-users"]);
    complete("container-init gzi\t", &["gzip"]);
}

#[test]
fn fish_completes() {
    if !installed("fish") {
        return skip("fish_completes", "needs fish");
    }
    let home = Scratch::new();
    let file = share("fish/vendor_completions.d/container-init.fish");
    for (line, candidates) in [
        ("container-init --forward-to ", &["main", "group", "all"][..]),
        ("container-init --map-", &["--map-auto", "--map-users"]),
        ("container-init gzi", &["gzip"]),
        ("container-init -p TERM -- gzi", &["gzip"]),
        ("container-init cat /etc/hostn", &["/etc/hostname"]),
    ] {
        let script = format!("source '{}'; complete -C '{line}'", file.display());
        let start = Start::new("fish", ["--no-config", "-c", &script]);
        let done = start.env("HOME", home.path("").to_str().unwrap()).run().expect(0);
        let found: Vec<_> = done.stdout.lines().filter_map(|l| l.split('\t').next()).collect();
        for candidate in candidates {
            assert!(found.contains(candidate), "no {candidate:?} in {found:?}");
        }
    }
}
