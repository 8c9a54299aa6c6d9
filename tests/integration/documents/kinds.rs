//! Each block of README and manual does what it says: commands run as they are printed, images
//! are built, output is what comes out, parts of files are in the files.
//!
//! The words behind the language of a block say how it is tested:
//!
//! | word | test |
//! |-|-|
//! | `run` | a shell runs it, where `init` and `container-init` are in PATH |
//! | `user` | as `run`, by an ordinary user |
//! | `docker` | as `run`, and `docker` reaches an engine that has the image `my-server` |
//! | `release` | as `run`, and `$RELEASES` is where the published files are |
//! | `archive` | beside `run`: `debian.tar` is there, the root file system of a Debian |
//! | `network` | beside `run`: in network and mount namespaces of its own, with an empty `/run` |
//! | `debian` | a shell runs it in a small Debian, where the package is in the directory |
//! | `status=N` | beside these: the status, which is 0 otherwise |
//! | `output` | the command before it has printed this; `...` stands for anything, a number for any number |
//! | `build=NAME` | `docker build` makes the image NAME of it |
//! | `part=FILE` | FILE of the repository has these lines; another test is about FILE |
//! | `ci` | `.ci/run` has each line |
//!
//! The blocks of one document run in order in one directory, and nothing there is from outside.

use super::blocks::{Block, blocks, documents};
use super::places::Place;
use crate::support::engine::repository;
use crate::support::*;

/// Runs a block; says what is wrong with it.
fn test(block: &Block, place: &mut Place) -> Result<(), String> {
    let kind = block.kind.first().map_or("", String::as_str);
    let (name, value) = kind.split_once('=').unwrap_or((kind, ""));
    match name {
        "run" | "user" | "docker" | "release" | "debian" => {
            let expected = block.value("status").map_or(0, |status| status.parse().unwrap());
            let done = place.run(block);
            place.printed = done.stdout.clone();
            match done.code() == expected {
                true => Ok(()),
                false => Err(format!("status {} and not {expected}: {done:?}", done.code())),
            }
        }
        "output" => same(&block.text, &place.printed),
        "build" => place.build(value, &block.text),
        "part" => part_of(&block.text, &std::fs::read_to_string(repository(value)).unwrap()),
        "ci" => {
            let script = std::fs::read_to_string(repository(".ci/run")).unwrap();
            let mut commands =
                block.text.lines().map(|line| line.split('#').next().unwrap().trim());
            match commands.find(|command| !script.lines().any(|line| line == *command)) {
                None => Ok(()),
                Some(command) => Err(format!("no {command:?} in .ci/run")),
            }
        }
        _ => Err(format!("no way to test a block {:?}", block.kind)),
    }
}

/// Numbers change from run to run, and so does how many deaths are told of by one SIGCHLD.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let text = text.replace("init: take SIGCHLD\n", "");
    for letter in text.trim_end().chars() {
        match letter {
            '0'..='9' if out.ends_with('0') => {}
            '0'..='9' => out.push('0'),
            other => out.push(other),
        }
    }
    out
}

/// Is this printed text, with `...` for anything, what was printed?
fn same(expected: &str, printed: &str) -> Result<(), String> {
    let (expected, found) = (without_numbers(expected), without_numbers(printed));
    let mut parts = expected.split("...");
    let first = parts.next().unwrap();
    let Some(mut rest) = found.strip_prefix(first) else {
        return Err(format!("printed: {printed}"));
    };
    let mut open = false;
    for part in parts {
        open = part.is_empty();
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return Err(format!("no {part:?} in its place; printed: {printed}")),
        }
    }
    match rest.is_empty() || open {
        true => Ok(()),
        false => Err(format!("more than the block: {rest:?}")),
    }
}

/// Has the file these lines one after the other, whatever their indentation is?
fn part_of(text: &str, file: &str) -> Result<(), String> {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let wanted: Vec<&str> = text.trim_end().lines().collect();
    let lines: Vec<&str> = file.lines().collect();
    let found = lines.windows(wanted.len()).any(|window| {
        let by = indentation(window[0]).checked_sub(indentation(wanted[0]));
        let shift = by.map(|by| " ".repeat(by)).unwrap_or_default();
        window
            .iter()
            .zip(&wanted)
            .all(|(line, own)| line.trim_end() == format!("{shift}{own}").trim_end())
    });
    if found { Ok(()) } else { Err("the file has no such lines".to_owned()) }
}

#[test]
fn each_block_of_a_document_is_right() {
    let test_name = "each_block_of_a_document_is_right";
    if !root() {
        return skip(test_name, "needs root, for an engine and a Debian");
    }
    let documents = documents();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            documents.iter().map(|document| scope.spawn(move || wrong_blocks(document))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn wrong_blocks(document: &str) -> Vec<String> {
    PATIENCE.set(std::time::Duration::from_secs(60));
    let mut place = Place::new();
    let wrong = blocks(document).into_iter().filter_map(|block| {
        test(&block, &mut place).err().map(|why| format!("{}: {why}\n{}", block.place, block.text))
    });
    wrong.collect()
}

#[test]
fn a_wrong_block_is_found() {
    let mut place = Place::new();
    place.printed = "killed: 17 (worker)\nand more\n".to_owned();
    for (kind, text, right) in [
        ("run", "container-init true", true),
        ("run", "container-init --no-such-option true", false),
        ("run", "false\ntrue", false),
        ("run status=125", "init --no-such-option true", true),
        ("output", "killed: 3 (worker)\nand more\n", true),
        ("output", "killed: ...\n", true),
        ("output", "...more\n", true),
        ("output", "killed: 3 (worker)\n", false),
        ("output", "killed: ... less\n", false),
        ("part=docker/daemon.json", "{ \"init-path\": \"/usr/bin/container-init\" }", true),
        ("part=docker/daemon.json", "{ \"init-path\": \"/usr/bin/tini\" }", false),
        ("part=docker/compose.yaml", "entry-point:\n  image: container-init-health", true),
        ("part=docker/compose.yaml", "entry-point:\nimage: container-init-health", false),
        ("ci", "scripts/demo   # a comment", true),
        ("ci", "scripts/demolish", false),
        ("", "", false),
        ("unknown", "", false),
    ] {
        let kind = kind.split_whitespace().map(str::to_owned).collect();
        let block = Block { place: String::new(), kind, text: text.to_owned() };
        let found = test(&block, &mut place);
        assert_eq!(found.is_ok(), right, "{:?} {text:?}: {found:?}", block.kind);
        place.printed = "killed: 17 (worker)\nand more\n".to_owned();
    }
}
