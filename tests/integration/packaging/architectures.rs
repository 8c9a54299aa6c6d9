//! scripts/release builds each architecture on one machine, without a cross compiler.

use crate::support::engine::repository;
use crate::support::*;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Target, its number in elf(5)'s e_machine, the emulator of qemu.
const TARGETS: [(&str, u16, &str); 2] = [
    ("x86_64-unknown-linux-musl", 62, "qemu-x86_64-static"),
    ("aarch64-unknown-linux-musl", 183, "qemu-aarch64-static"),
];

/// The number of this machine.
fn own_machine() -> u16 {
    if cfg!(target_arch = "x86_64") { 62 } else { 183 }
}

fn release(words: &[&str], variable: Option<&str>) -> Output {
    let mut command = Command::new(repository("scripts/release"));
    command.args(words).env_remove("CARGO_BUILD_TARGET");
    variable.map(|target| command.env("CARGO_BUILD_TARGET", target));
    command.output().unwrap()
}

/// The binaries that a successful run names.
#[track_caller]
fn binaries(output: &Output) -> Vec<PathBuf> {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| repository(line.split_once(": ").unwrap().0)).collect()
}

#[test]
fn each_architecture_is_built_here() {
    if !can_release("each_architecture_is_built_here") {
        return;
    }
    let all = binaries(&release(&TARGETS.map(|(target, ..)| target), None));
    assert_eq!(all.len(), TARGETS.len());
    for ((target, machine, _), binary) in TARGETS.iter().zip(&all) {
        let image = std::fs::read(binary).unwrap();
        let half = |at: usize| u16::from_le_bytes(image[at..at + 2].try_into().unwrap());
        assert_eq!(half(0x10), 2, "{target}: ET_EXEC");
        assert_eq!(half(0x12), *machine, "{target}");
        // Cargo's own variable names a target too.
        assert_eq!(&binaries(&release(&[], Some(target))), std::slice::from_ref(binary));
    }
}

#[test]
fn an_emulated_binary_runs_a_command() {
    let test = "an_emulated_binary_runs_a_command";
    if !can_release(test) {
        return;
    }
    for (target, _, emulator) in TARGETS {
        if !installed(emulator) {
            skip(test, &format!("needs {emulator}"));
            continue;
        }
        let binary = binaries(&release(&[target], None)).remove(0);
        let binary = binary.to_str().unwrap();
        let version = Start::new(emulator, [binary, "--version"]).run().expect(0).silent();
        assert!(version.stdout.starts_with("init "), "{version:?}");
        let words = [binary, "--", "sh", "-c", "echo here; kill -TERM $$"];
        let done = Start::new(emulator, words).run().expect(143);
        assert_eq!(done.stdout, "here\n");
    }
}

/// The other tests of this program, as far as emulation goes, with the other binary.
#[test]
fn an_emulated_binary_passes_tests_of_this_machine() {
    let test = "an_emulated_binary_passes_tests_of_this_machine";
    if !can_release(test) {
        return;
    }
    for (target, _, emulator) in TARGETS.iter().filter(|(_, machine, _)| *machine != own_machine())
    {
        if !root() || !installed(emulator) {
            skip(test, &format!("needs root and {emulator}"));
            continue;
        }
        let binary = binaries(&release(&[target], None)).remove(0);
        let mut command = Command::new(repository("scripts/test-emulated"));
        command.arg("--some").arg(binary).arg(std::env::current_exe().unwrap());
        let mut output = command.output().unwrap();
        // qemu needs threads, and another test may have taken the machine's for a moment.
        if String::from_utf8_lossy(&output.stdout).contains("qemu_thread_create") {
            output = command.output().unwrap();
        }
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains(" 0 failed") && !said.contains(" 0 passed"), "{said}");
    }
}

#[test]
fn another_target_is_refused() {
    let output = release(&["riscv64gc-unknown-linux-musl"], None);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("riscv64gc-unknown-linux-musl"), "{text}");
}
