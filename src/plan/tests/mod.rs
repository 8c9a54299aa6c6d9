//! The order of operations as tables, and what holds of every plan.

mod confinement;
mod every_plan;
mod id_maps;
mod inner_steps;
mod joins;
mod mount_steps;

use super::inner::Step as Inner;
use super::mounts::Step as Mount;
use super::outer::{Ids, Step as Outer};
use super::*;
use crate::accounts::Subordinate;
use crate::capabilities::CapabilitySet;
use crate::config::sandbox::{IdRange, Propagation};
use crate::config::{self, Request};
use crate::signals::SignalSet;
use crate::sys::Strings;
use nix::unistd::Pid;

const ROOT: Credentials = Credentials {
    user: 0,
    group: 0,
    capabilities: CapabilitySet::ALL,
    groups_denied: false,
    has_terminal: false,
    filters: &[],
    has_machine_root: true,
    directory: b"/here",
    doors: &[],
    users: None,
    groups: None,
};
const ANN: Credentials = Credentials {
    user: 1000,
    group: 100,
    capabilities: CapabilitySet::NONE,
    groups_denied: false,
    has_terminal: false,
    filters: &[],
    has_machine_root: true,
    directory: b"/here",
    doors: &[],
    users: Some(Subordinate { start: 100_000, count: 65536 }),
    groups: Some(Subordinate { start: 200_000, count: 65536 }),
};

fn read(words: &[&str]) -> Config {
    let argv: Vec<&str> = ["init"].iter().chain(words).chain(&["true"]).copied().collect();
    match config::read(Strings::leak(&argv), Strings::leak::<&str>(&[]), || u64::MAX) {
        Ok(Request::Run(config)) => config,
        Ok(Request::Print(..)) => panic!("{words:?}: a page"),
        Err(refusal) => panic!("{words:?}: {}", refusal.text()),
    }
}

fn result(words: &[&str], found: &Credentials) -> Result<SandboxPlan, Refusal> {
    let facts = Facts {
        own: Pid::from_raw(7),
        mask: SignalSet::NONE,
        child_ignored: false,
        foreground: false,
    };
    let config = read(words);
    super::sandbox(config.sandbox.as_ref().unwrap(), &config, &facts, found)
}

fn planned(words: &[&str], found: &Credentials) -> SandboxPlan {
    result(words, found).unwrap_or_else(|refusal| panic!("{words:?}: {refusal:?}"))
}

fn one(inside: u32, outside: u32) -> Vec<IdRange> {
    vec![IdRange { inside, outside, count: 1 }]
}
