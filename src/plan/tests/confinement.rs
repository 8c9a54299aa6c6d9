//! What the app's confinement depends on, as the plan finds it.

use super::super::joins::Door;
use super::*;

const fn doors(types: Namespaces) -> [Door; 1] {
    [Door { word: b"f", types, process: false, groups_denied: false }]
}

static USER: [Door; 1] = doors(Namespaces::only(Namespace::User));
static DENIED: [Door; 1] = [Door { groups_denied: true, ..USER[0] }];
static NET: [Door; 1] = doors(Namespaces::only(Namespace::Net));

fn steps(words: &[&str], found: &Credentials) -> Vec<app::Step> {
    planned(words, found).app.steps.iter().collect()
}

/// A program that is kept from what its caller has does not get the caller's keys.
#[test]
fn who_gets_a_keyring() {
    let joined = Credentials { doors: &NET, ..ROOT };
    for (words, found, expected) in [
        (&["--no-new-privs"][..], &ROOT, false),
        (&["--pid", "--net"], &ROOT, false),
        (&["--user"], &ROOT, true),
        (&["--no-new-privs"], &joined, true),
        (&["--root=/r"], &ROOT, true),
        (&["--cap-drop=KILL"], &ROOT, true),
    ] {
        let gets = steps(words, found).contains(&app::Step::NewKeyring);
        assert_eq!(gets, expected, "{words:?}");
    }
}

/// The guard comes first where CAP_SYS_ADMIN allows it, and else behind no_new_privs.
#[test]
fn who_guards_the_terminal_first() {
    let terminal = Credentials { has_terminal: true, ..ROOT };
    let weak = Credentials { capabilities: CapabilitySet::NONE, ..terminal };
    for (words, found, expected) in [
        (&["--no-new-privs"][..], terminal, true),
        (&["--no-new-privs"], weak, false),
        (&["--no-new-privs"], Credentials { doors: &NET, ..weak }, false),
        (&["--no-new-privs"], Credentials { doors: &USER, ..weak }, true),
        (&["--no-new-privs", "--user"], weak, true),
    ] {
        let steps = steps(words, &found);
        let place = |step| steps.iter().position(|other| *other == step).unwrap();
        let first = place(app::Step::GuardTerminal) < place(app::Step::NoNewPrivs);
        assert_eq!(first, expected, "{words:?}");
    }
}

/// As PID 1 the app ends with init; elsewhere somebody has to see to that.
#[test]
fn who_dies_with_its_parent() {
    for own in [1, 7] {
        let own = Pid::from_raw(own);
        let facts = Facts { own, mask: SignalSet::NONE, child_ignored: false, foreground: false };
        let Ok(Request::Run(config)) =
            config::read(Strings::leak(&["init", "true"]), Strings::leak::<&str>(&[]), || u64::MAX)
        else {
            panic!("a command line that is right");
        };
        let dies = app::Step::DieWithParent { required: false };
        assert_eq!(plain(&config, &facts).steps.iter().any(|s| s == dies), own.as_raw() != 1);
    }
}

/// Where setgroups(2) is denied, the groups stay, and a list of groups is refused.
#[test]
fn denied_groups_stay() {
    let denied = Credentials { groups_denied: true, ..ROOT };
    let entered = Credentials { doors: &DENIED, ..ROOT };
    let leaves =
        |found: &Credentials| steps(&["--setuid=5"], found).contains(&app::Step::Groups(&[]));
    assert!(leaves(&ROOT) && leaves(&Credentials { doors: &USER, ..ROOT }));
    for denied in [denied, entered] {
        assert!(!leaves(&denied));
        let refusal = result(&["--setuid=5", "--groups=7"], &denied).map(drop);
        assert!(matches!(refusal, Err(Refusal::GroupsDenied)), "{refusal:?}");
    }
}
