//! `scripts/release --dist`: all files are there, say the same of themselves, and are the same
//! bytes when they are made elsewhere.

use crate::support::engine::repository;
use crate::support::*;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What a release consists of; V is the version.
const FILES: [&str; 11] = [
    "SHA256SUMS",
    "container-init-V-1.aarch64.rpm",
    "container-init-V-1.x86_64.rpm",
    "container-init-V-amd64.tar.gz",
    "container-init-V-arm64.tar.gz",
    "container-init-V.cdx.json",
    "container-init-V.oci.tar",
    "container-init-amd64",
    "container-init-arm64",
    "container-init_V-1_amd64.deb",
    "container-init_V-1_arm64.deb",
];

/// A release, made once for all tests; `None`, loudly, where it cannot be made.
pub fn dist(test: &str) -> Option<&'static Path> {
    static DIST: OnceLock<PathBuf> = OnceLock::new();
    if !can_release(test) {
        return None;
    }
    if !installed("rpmbuild") {
        skip(test, "needs rpmbuild");
        return None;
    }
    Some(DIST.get_or_init(|| {
        let output = release(&["--dist"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        repository("target/dist")
    }))
}

fn release(words: &[&str]) -> Command {
    let mut command = Command::new(repository("scripts/release"));
    command.args(words).env_remove("CARGO_BUILD_TARGET");
    command
}

/// A file of the release by its pattern in [`FILES`].
pub fn named(dist: &Path, pattern: &str) -> PathBuf {
    dist.join(pattern.replace('V', env!("CARGO_PKG_VERSION")))
}

/// Runs a program of the packagers, which has to succeed; returns what it printed.
#[track_caller]
pub fn tool(words: &[&str]) -> String {
    let output: Output = Command::new(words[0]).args(&words[1..]).output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The directory of the programs that check documents against published schemas.
pub fn validators() -> String {
    tool(&[repository("scripts/setup").to_str().unwrap(), "--validators"]).trim_end().to_owned()
}

#[test]
fn all_files_are_there_and_as_their_checksums_say() {
    let Some(dist) = dist("all_files_are_there_and_as_their_checksums_say") else { return };
    let entries = std::fs::read_dir(dist).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, FILES.map(|name| name.replace('V', env!("CARGO_PKG_VERSION"))));
    let words = ["--check", "--strict", "--quiet", "SHA256SUMS"];
    Start::new("sha256sum", words).current_dir(dist).run().expect(0);
    let sums = std::fs::read_to_string(dist.join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), FILES.len() - 1, "each file but the list has a line");
}

#[test]
fn made_elsewhere_and_later_each_byte_is_the_same() {
    let Some(dist) = dist("made_elsewhere_and_later_each_byte_is_the_same") else { return };
    let output = release(&["--verify"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let files = std::fs::read_dir(dist).unwrap().count();
    assert_eq!(text.matches("identical: ").count(), files, "{text}");
}

#[test]
fn the_archive_has_the_program_and_its_documents() {
    let Some(dist) = dist("the_archive_has_the_program_and_its_documents") else { return };
    for architecture in ["amd64", "arm64"] {
        let file = named(dist, &format!("container-init-V-{architecture}.tar.gz"));
        let listing = tool(&["tar", "--list", "--verbose", "-f", file.to_str().unwrap()]);
        let folder = format!("container-init-{}-{architecture}/", env!("CARGO_PKG_VERSION"));
        let names: Vec<&str> =
            listing.lines().map(|line| line.split_once(&folder).unwrap().1).collect();
        for name in [
            "container-init",
            "container-init.1",
            "completions/bash/container-init",
            "completions/zsh/_container-init",
            "completions/fish/container-init.fish",
            "CHANGELOG.md",
            "LICENSE",
            "THIRD-PARTY-LICENSES",
        ] {
            assert!(names.contains(&name), "{name} is not in {listing}");
        }
        assert!(listing.lines().all(|line| line.contains(" 0/0 ")), "numbers only: {listing}");
        let own = format!("{folder}container-init");
        let packed = ["tar", "--extract", "--to-stdout", "-f", file.to_str().unwrap(), &own];
        let packed = Command::new(packed[0]).args(&packed[1..]).output().unwrap().stdout;
        let alone = std::fs::read(dist.join(format!("container-init-{architecture}"))).unwrap();
        assert!(packed == alone, "{file:?} has another binary");
    }
}

/// The key comes from the environment, as a forge's secrets do, and touches no file.
#[test]
fn checksums_are_signed_with_the_publishers_key() {
    let Some(dist) = dist("checksums_are_signed_with_the_publishers_key") else { return };
    let scratch = Scratch::new();
    let path = |name: &str| scratch.path(name).to_str().unwrap().to_owned();
    tool(&["openssl", "genpkey", "-algorithm", "ed25519", "-out", &path("key")]);
    tool(&["openssl", "pkey", "-in", &path("key"), "-pubout", "-out", &path("key.pub")]);
    std::fs::copy(dist.join("SHA256SUMS"), path("SHA256SUMS")).unwrap();
    let key = std::fs::read_to_string(path("key")).unwrap();
    let sign = |key: &str| {
        release(&["--sign", &path("SHA256SUMS")]).env("RELEASE_SIGNING_KEY", key).output().unwrap()
    };
    let output = sign(&key);
    assert!(output.status.success(), "{output:?}");
    let verify = || {
        let words = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", &path("key.pub"), "-in"];
        let words = words.map(str::to_owned).into_iter();
        let words = words.chain([path("SHA256SUMS"), "-sigfile".into(), path("SHA256SUMS.sig")]);
        Start::new("openssl", words.collect::<Vec<_>>()).run().code()
    };
    assert_eq!(verify(), 0);
    std::fs::write(path("SHA256SUMS"), "others\n").unwrap();
    assert_ne!(verify(), 0);
    assert!(!sign("no key").status.success());
    let without = sign("");
    let said = String::from_utf8_lossy(&without.stderr);
    assert_eq!(
        (without.status.code(), &*said),
        (Some(2), "release: no key in $RELEASE_SIGNING_KEY\n")
    );
}

/// What a crate's build script reads, it can send away.
#[test]
fn no_build_gets_the_key() {
    let test = "no_build_gets_the_key";
    if !can_release(test) {
        return;
    }
    let scratch = Scratch::new();
    let seen = scratch.path("seen");
    let cargo = format!("#!/bin/sh\nenv >'{}'\nexit 1\n", seen.display());
    std::fs::write(scratch.path("cargo"), cargo).unwrap();
    tool(&["chmod", "+x", scratch.path("cargo").to_str().unwrap()]);
    let path = format!("{}:{}", scratch.path("").display(), std::env::var("PATH").unwrap());
    let mut dist = release(&["--dist"]);
    let output = dist.env("PATH", path).env("RELEASE_SIGNING_KEY", "secret").output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(seen.contains("SOURCE_DATE_EPOCH=") && !seen.contains("secret"), "{seen}");
}

#[test]
fn the_bill_of_materials_follows_its_schema_and_names_each_crate() {
    let test = "the_bill_of_materials_follows_its_schema_and_names_each_crate";
    let Some(dist) = dist(test) else { return };
    let file = named(dist, "container-init-V.cdx.json");
    let script = "import sys\n\
        from cyclonedx.schema import SchemaVersion\n\
        from cyclonedx.validation.json import JsonStrictValidator\n\
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())\n\
        sys.exit(str(error) if error else 0)";
    let python = format!("{}/python", validators());
    tool(&[&python, "-c", script, file.to_str().unwrap()]);

    let bill: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let names: Vec<_> = bill["components"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
    for name in ["env_logger", "libc", "log", "nix", "signal-hook", "rust-std", "musl"] {
        assert!(names.iter().any(|found| *found == name), "{name} is not in {names:?}");
    }
    assert!(names.iter().all(|found| *found != "proptest"), "the tests' crates are not inside");
}
