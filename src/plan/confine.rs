//! How the app's own process confines itself: the part of its steps that only a sandbox has.
//!
//! In: what was asked for. Out: ordered steps. Pure: the order is what the app's rights
//! depend on, so it is tested.

use super::app::{Confinement, Step};
use crate::capabilities::CapabilitySet;
use crate::config::sandbox::Sandbox;
use crate::seccomp::Filter;

/// What the steps depend on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances {
    /// Where the app starts unless it is told; it is not where init is.
    pub home: Option<&'static [u8]>,
    /// setgroups(2) is denied.
    pub groups_stay: bool,
    /// The app is to be kept from what its caller has.
    pub confined: bool,
    /// The app has a terminal, and nothing that guards it.
    pub has_terminal: bool,
    /// We have CAP_SYS_ADMIN over the app's user namespace.
    pub is_admin: bool,
    /// The filters of its system calls.
    pub filters: &'static [Filter],
    /// No kernel kills the app together with its parent.
    pub dies_with_parent: bool,
}

/// The steps, first to last.
pub fn confine(sandbox: &Sandbox, circumstances: Circumstances) -> Confinement {
    let mut steps = Vec::new();
    // While the rights to raise a limit are there.
    steps.extend(sandbox.limits.iter().copied().map(Step::Limit));
    let directory = sandbox.directory.or(circumstances.home);
    steps.extend(directory.map(Step::Directory));
    let guards = circumstances.has_terminal && !sandbox.allow_tiocsti;
    let guard = guards.then_some(Step::GuardTerminal);
    // While CAP_SYS_ADMIN is held, it needs no no_new_privs.
    steps.extend(guard.filter(|_| circumstances.is_admin));
    let capabilities = sandbox.capabilities();
    steps.extend(capabilities.map(|(drop, add)| Step::Bounding(drop.without(add))));
    steps.extend(change_ids(sandbox, circumstances.groups_stay));
    // No later step needs a capability.
    steps.extend(capabilities.map(|(drop, add)| Step::Capabilities(drop, add)));
    steps.extend(sandbox.no_new_privs.then_some(Step::NoNewPrivs));
    let late = sandbox.no_new_privs && !circumstances.is_admin;
    steps.extend(guard.filter(|_| late));
    // A change of ids has taken the parent-death signal back (prctl(2)).
    let again = circumstances.dies_with_parent && sandbox.ids.are_given();
    steps.extend(again.then_some(Step::DieWithParent { required: true }));
    steps.extend(circumstances.confined.then_some(Step::NewKeyring));
    steps.push(Step::CloseFrom(3 + sandbox.preserve_fds));
    // Whatever they refuse, init has done already.
    let last: Vec<Step> = circumstances.filters.iter().map(Step::Filter).collect();
    Confinement { steps: steps.leak(), last: last.leak(), moves: directory.is_some() }
}

/// Groups first: who is no longer root may not change them.
fn change_ids(sandbox: &Sandbox, groups_stay: bool) -> impl Iterator<Item = Step> {
    let ids = &sandbox.ids;
    let leaves = ids.are_given() && !groups_stay;
    let groups = leaves.then(|| &*ids.groups.clone().unwrap_or_default().leak());
    // A change from user 0 to another one takes all capabilities (capabilities(7)).
    let keep = sandbox.cap_add != CapabilitySet::NONE;
    let user = ids.user.map(|id| Step::User { id, keep });
    groups.map(Step::Groups).into_iter().chain(ids.group.map(Step::Group)).chain(user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::Capability;
    use crate::config::sandbox::{Limit, Resource};
    use crate::config::{self, Request};
    use crate::sys::Strings;

    fn steps(words: &[&str], circumstances: Circumstances) -> Vec<Step> {
        let words: Vec<&str> = ["init"].iter().chain(words).chain(&["true"]).copied().collect();
        match config::read(Strings::leak(&words), Strings::leak::<&str>(&[]), || u64::MAX) {
            Ok(Request::Run(config)) => {
                let sandbox = config.sandbox.as_ref().unwrap();
                let Confinement { steps, last, .. } = confine(sandbox, circumstances);
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
        let alone = Circumstances { confined: true, ..Circumstances::default() };
        let expected = [
            Step::Limit(Limit { resource: Resource::NOFILE, soft: 8, hard: 9 }),
            Step::Directory(b"/d"),
            Step::Bounding(all),
            Step::Capabilities(all, none),
            Step::NoNewPrivs,
            Step::NewKeyring,
            Step::CloseFrom(5),
        ];
        assert_eq!(steps(&words, alone), expected);
    }

    #[test]
    fn the_guard_comes_while_it_is_allowed() {
        let terminal = Circumstances { has_terminal: true, ..Circumstances::default() };
        let admin = Circumstances { is_admin: true, ..terminal };
        let (guard, none, close) = (Step::GuardTerminal, CapabilitySet::NONE, Step::CloseFrom(3));
        let (all, nnp) = (CapabilitySet::ALL, Step::NoNewPrivs);
        let drop = [Step::Bounding(all), Step::Capabilities(all, none)];
        let [bounding, capabilities] = drop;
        for (words, circumstances, expected) in [
            (&["--uts"][..], admin, &[guard, close][..]),
            (&["--cap-drop=ALL"], admin, &[guard, bounding, capabilities, close]),
            (&["--no-new-privs"], admin, &[guard, nnp, close]),
            (&["--no-new-privs"], terminal, &[nnp, guard, close]),
            // Nothing allows it.
            (&["--preserve-fds=0"], terminal, &[close]),
            (&["--uts", "--allow-tiocsti"], admin, &[close]),
            (&["--uts"], Circumstances::default(), &[close]),
        ] {
            assert_eq!(steps(words, circumstances), expected, "{words:?}");
        }
    }

    #[test]
    fn filters_come_last() {
        static FILTERS: [Filter; 2] =
            [Filter { file: b"a", program: b"" }, Filter { file: b"b", program: b"" }];
        let circumstances = Circumstances { filters: &FILTERS, ..Circumstances::default() };
        let [one, two] = &FILTERS;
        let expected = [Step::NoNewPrivs, Step::CloseFrom(3), Step::Filter(one), Step::Filter(two)];
        assert_eq!(steps(&["--seccomp=a", "--seccomp=b"], circumstances), expected);
    }

    #[test]
    fn ids_between_the_two_halves_of_capabilities() {
        let words = ["--setuid=5", "--setgid=6", "--groups=7,8", "--cap-add=KILL"];
        let kill = CapabilitySet::only(Capability::KILL);
        let again = Step::DieWithParent { required: true };
        let expected = [
            Step::Bounding(CapabilitySet::NONE),
            Step::Groups(&[7, 8]),
            Step::Group(6),
            Step::User { id: 5, keep: true },
            Step::Capabilities(CapabilitySet::NONE, kill),
            again,
            Step::CloseFrom(3),
        ];
        let below = Circumstances { dies_with_parent: true, ..Circumstances::default() };
        assert_eq!(steps(&words, below), expected);
        let user = Step::User { id: 5, keep: false };
        let leave = [Step::Groups(&[]), user, Step::CloseFrom(3)];
        assert_eq!(steps(&["--setuid=5"], Circumstances::default()), leave);
        let denied = Circumstances { groups_stay: true, ..Circumstances::default() };
        assert_eq!(steps(&["--setuid=5"], denied), [user, Step::CloseFrom(3)]);
        assert_eq!(steps(&["--uts"], below), [Step::CloseFrom(3)]);
    }
}
