//! How the app's own process confines itself: the part of its steps that only a sandbox has.
//!
//! In: what was asked for. Out: ordered steps. Pure: the order is what the app's rights
//! depend on, so it is tested.

use super::app::{Confinement, Step};
use crate::config::sandbox::Sandbox;

/// The steps, first to last.
pub fn confine(sandbox: &Sandbox) -> Confinement {
    let mut steps = Vec::new();
    // While the rights to raise a limit are there.
    steps.extend(sandbox.limits.iter().copied().map(Step::Limit));
    steps.extend(sandbox.app_directory().map(Step::Directory));
    // No later step needs a capability.
    steps.extend(sandbox.capabilities().map(|(drop, add)| Step::Capabilities(drop, add)));
    steps.extend(sandbox.no_new_privs.then_some(Step::NoNewPrivs));
    steps.push(Step::CloseFrom(3 + sandbox.preserve_fds));
    Confinement { steps: steps.leak(), last: &[] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::CapabilitySet;
    use crate::config::sandbox::{Limit, Resource};
    use crate::config::{self, Request};
    use crate::sys::Strings;

    fn steps(words: &[&str]) -> Vec<Step> {
        let words: Vec<&str> = ["init"].iter().chain(words).chain(&["true"]).copied().collect();
        match config::read(Strings::leak(&words), Strings::leak::<&str>(&[]), || u64::MAX) {
            Ok(Request::Run(config)) => {
                let Confinement { steps, last } = confine(config.sandbox.as_ref().unwrap());
                steps.iter().chain(last).copied().collect()
            }
            _ => panic!("a command line that is right"),
        }
    }

    #[test]
    fn the_order_of_steps() {
        let words = [
            "--no-new-privs",
            "--preserve-fds=2",
            "--cap-drop=ALL",
            "--chdir=/d",
            "--rlimit=nofile=8:9",
        ];
        let (all, none) = (CapabilitySet::ALL, CapabilitySet::NONE);
        let expected = [
            Step::Limit(Limit { resource: Resource::NOFILE, soft: 8, hard: 9 }),
            Step::Directory(b"/d"),
            Step::Capabilities(all, none),
            Step::NoNewPrivs,
            Step::CloseFrom(5),
        ];
        assert_eq!(steps(&words), expected);
    }
}
