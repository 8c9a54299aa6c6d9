//! What has to hold for any input: the bodies of the fuzz targets.
//!
//! In: bytes. Out: nothing, or a panic. `scripts/fuzz` lets libFuzzer choose the bytes, in a
//! workspace of its own; the test below takes those of the corpora, and needs nothing for it.
//! A target is a function here, its row in `TARGETS`, a file in `../targets` with its entry in
//! `../Cargo.toml`, and a corpus.
#![allow(clippy::indexing_slicing, reason = "a panic is the answer of a test")]

mod command_line;
mod durations;
mod environment;
mod files;
mod id_maps;
mod proc;
mod signals;

pub use crate::init::report::fuzz::report;
pub use command_line::command_line;
pub use durations::durations;
pub use environment::environment;
pub use files::files;
pub use id_maps::id_maps;
pub use proc::proc;
pub use signals::signals;

use crate::config::{self, Config, Request};
use crate::sys::{Strings, Text};
use crate::text::is_deceptive;

type Target = fn(&[u8]);

/// The targets by name.
pub static TARGETS: &[(&str, Target)] = &[
    ("command_line", command_line),
    ("durations", durations),
    ("environment", environment),
    ("files", files),
    ("id_maps", id_maps),
    ("proc", proc),
    ("report", report),
    ("signals", signals),
];

/// The texts between NULs, which is how `/proc` shows arguments and environments.
fn texts(data: &[u8]) -> Vec<&[u8]> {
    if data.is_empty() { Vec::new() } else { data.split(|byte| *byte == 0).collect() }
}

/// The bytes of each string.
fn bytes(strings: Strings) -> Vec<&'static [u8]> {
    strings.iter().map(Text::to_bytes).collect()
}

/// Reads a command line with these options, for as long as `look` takes. `None`: it is refused,
/// and the refusal is fit to be read.
fn with_config<R>(options: &[&[u8]], look: impl FnOnce(&Config) -> R) -> Option<R> {
    let words = [&[&b"init"[..]], options, &[b"x"]].concat();
    Strings::lend(&words, |args| {
        Strings::lend::<&str, _>(&[], |env| match config::read(args, env, || 0) {
            Ok(Request::Run(ref config)) => Some(look(config)),
            Ok(Request::Print(..)) => None,
            Err(refusal) => {
                check_line(&refusal.text());
                None
            }
        })
    })
}

/// What can differ between two configurations of the same command and environment.
fn settings(config: &Config) -> String {
    let mut config = config.clone();
    // Where the environment is says nothing.
    config.sandbox.iter_mut().for_each(|sandbox| sandbox.cleared = None);
    let text = format!("{config:?}");
    text.split_once("subreaper").map(|(_, rest)| rest.to_owned()).unwrap_or_default()
}

/// Is this fit to be read: no control character but line feeds, nothing that deceives?
fn check_text(text: &str) {
    assert!(!text.contains(|c| c != '\n' && is_deceptive(c)), "{text:?}");
}

/// The same of one line.
fn check_line(text: &str) {
    check_text(text);
    assert_eq!(text.find('\n'), Some(text.len() - 1), "{text:?}");
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_corpora_are_without_a_finding() {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
        for (name, target) in TARGETS {
            let corpus = fs::read_dir(place.join("corpus").join(name)).unwrap();
            let files: Vec<_> = corpus.map(|entry| entry.unwrap().path()).collect();
            assert!(!files.is_empty(), "{name}");
            for file in files {
                // Shown when the target panics.
                println!("{}", file.display());
                target(&fs::read(file).unwrap());
            }
        }
    }

    #[test]
    fn each_target_can_be_run() {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
        let manifest = fs::read_to_string(place.join("Cargo.toml")).unwrap();
        let rows = manifest.matches("[[bin]]").count();
        assert_eq!(rows, TARGETS.len());
        for (name, _) in TARGETS {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
            let file = place.join(format!("targets/{name}.rs"));
            assert!(fs::read_to_string(file).unwrap().contains(&format!("fuzz::{name}(data)")));
        }
        // It builds the same modules.
        let ours = include_str!("../../../Cargo.toml").split_once("\n[dependencies]\n").unwrap().1;
        for line in ours.lines().take_while(|line| !line.is_empty()) {
            assert!(manifest.lines().any(|other| other == line), "{line}");
        }
    }
}
