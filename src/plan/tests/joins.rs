//! Existing namespaces: who enters what, and in which order.

use super::super::joins::{Door, Joins, Step};
use super::*;

const fn types(all: &[Namespace]) -> Namespaces {
    let (mut set, mut n) = (Namespaces::NONE, 0);
    while n < all.len() {
        set = set.with(all[n]);
        n += 1;
    }
    set
}

const USER: Namespaces = types(&[Namespace::User]);
const PID: Namespaces = types(&[Namespace::Pid]);
const NET: Namespaces = types(&[Namespace::Net]);
const MOUNT: Namespaces = types(&[Namespace::Mount]);
const NONE: Namespaces = Namespaces::NONE;

const fn file(types: Namespaces) -> Door {
    Door { word: b"f", types, process: false, groups_denied: false }
}

/// What outer and inner do, as (door, types, again).
type Calls = Vec<(usize, Namespaces, bool)>;

fn calls(doors: &[Door], new: Namespaces) -> (Calls, Calls) {
    let joins = Joins::of(doors, new).unwrap();
    let calls = |steps: &[Step]| steps.iter().map(|s| (s.door, s.types, s.again)).collect();
    (calls(&joins.outer), calls(&joins.inner))
}

#[test]
fn files() {
    // Each by itself.
    assert_eq!(calls(&[file(NET)], NONE), (vec![], vec![(0, NET, false)]));
    assert_eq!(calls(&[file(PID)], NONE), (vec![(0, PID, false)], vec![]));
    // Others, then the user namespace, then those that were refused before.
    let doors = [file(USER), file(NET), file(MOUNT)];
    let expected = vec![
        (1, NET, true),
        (2, MOUNT, true),
        (0, USER, false),
        (1, NET, false),
        (2, MOUNT, false),
    ];
    assert_eq!(calls(&doors, NONE), (vec![], expected));
    // outer enters the user namespace only for the PID namespace's sake.
    let (outer, inner) = calls(&[file(PID), file(USER)], NONE);
    assert_eq!(outer, [(0, PID, true), (1, USER, false), (0, PID, false)]);
    assert_eq!(inner, [(1, USER, false)]);
    let joins = Joins::of(&[file(PID), file(USER)], NONE).unwrap();
    assert_eq!(joins.outer[1].unless, PID);
}

#[test]
fn a_process() {
    let all = types(&Namespace::ALL);
    let door = Door { word: b"7", types: all, process: true, groups_denied: false };
    let (outer, inner) = calls(&[door], NONE);
    assert_eq!(outer, [(0, PID, true), (0, USER, false), (0, PID, false)]);
    assert_eq!(inner, [(0, all.minus(PID), false)], "all at once");
    let joins = Joins::of(&[door], NONE).unwrap();
    assert_eq!(joins.inner[0].optional, types(&[Namespace::Time]));
    // What is shared is left out.
    let door = Door { types: NET.union(PID), ..door };
    assert_eq!(calls(&[door], NONE), (vec![(0, PID, false)], vec![(0, NET, false)]));
    assert_eq!(calls(&[Door { types: NONE, ..door }], NONE), (vec![], vec![]));
}

/// Who is in a new user namespace has no rights over older ones.
#[test]
fn with_a_new_user_namespace_outer_enters() {
    let doors = [file(NET), file(MOUNT)];
    let expected = (vec![(0, NET, false)], vec![(1, MOUNT, false)]);
    assert_eq!(calls(&doors, USER), expected);
}

#[test]
fn what_does_not_go_together() {
    let of = |doors: &[Door], new| Joins::of(doors, new).map(drop);
    assert_eq!(of(&[file(NET)], NET), Err(Refusal::JoinsNew(Namespace::Net)));
    assert_eq!(of(&[file(NET), file(NET)], NONE), Err(Refusal::JoinsTwice(Namespace::Net)));
    assert_eq!(of(&[file(USER)], NET), Err(Refusal::JoinsUser));
    let time = types(&[Namespace::Time]);
    assert_eq!(of(&[file(PID)], time), Err(Refusal::JoinsPid));
    assert_eq!(of(&[file(NET)], types(&[Namespace::Time, Namespace::Pid])), Ok(()));
}

const DOOR: Credentials = Credentials { doors: &[file(NET)], ..ROOT };

#[test]
fn the_whole_plan() {
    let plan = planned(&["--unshare-all", "--mount-proc"], &DOOR);
    assert!(!plan.namespaces.contains(Namespace::Net), "--unshare-all gives way");
    let enter = plan.inner.iter().position(|step| matches!(step, Inner::Join(_)));
    let before = &plan.inner[..enter.unwrap()];
    let private = Inner::Propagate(Propagation::Private);
    assert_eq!(before, [Inner::DieWithOuter, Inner::LeaveGroup, Inner::HideFromProc]);
    assert!(plan.inner.contains(&private) && !plan.inner.contains(&Inner::RaiseLoopback));
    let hides = plan.inner.iter().filter(|step| **step == Inner::HideFromProc);
    assert_eq!(hides.count(), 1);
    assert!(result(&["--net"], &DOOR).is_err());
    // A user namespace that is entered: no own one is made.
    const DOORS: &[Door] = &[file(USER), file(MOUNT)];
    let user = Credentials { doors: DOORS, ..ANN };
    let plan = planned(&["--no-new-privs"], &user);
    assert_eq!(plan.namespaces, Namespaces::NONE);
    assert!(plan.inner.ends_with(&[Inner::BecomeRootIfMapped, Inner::DieWithOuter]));
    let home = app::Step::Directory(b"/");
    assert!(plan.app.steps.iter().any(|step| step == home), "the root is another one");
}

#[test]
fn cgroups_and_files_that_keep_namespaces() {
    let plan = planned(&["--cgroup", "--join-cgroup=/c", "--pid"], &ROOT);
    assert!(!plan.namespaces.contains(Namespace::Cgroup));
    assert_eq!(plan.outer, [Outer::MoveToCgroup(b"/c")]);
    let wait = plan.inner.iter().position(|step| *step == Inner::AwaitOuter);
    let unshare = plan.inner.iter().position(|step| *step == Inner::UnshareCgroup);
    assert!(wait.is_some() && wait < unshare, "moved first: {:?}", plan.inner);
    let plan = planned(&["--join-cgroup=c", "--root=/r"], &ROOT);
    assert_eq!(plan.outer, [Outer::MoveToCgroup(b"/here/c")]);

    let plan = planned(&["--persist=mnt=m", "--persist=time=t", "--root=/r"], &ROOT);
    assert!(plan.namespaces.contains(Namespace::Mount) && plan.forks);
    assert_eq!(plan.persists.len(), 2);
    let wait = Inner::AwaitPersist;
    assert_eq!(plan.inner[plan.inner.len() - 2..], [wait, Inner::HideFromProc]);
    assert!(matches!(result(&["--persist=net=n"], &ANN), Err(Refusal::PersistNeedsAdmin)));
}

/// outer has moved to the new root when it comes to the files.
#[test]
fn a_file_to_persist_is_the_callers() {
    let file = |words: &[&str]| {
        let found = planned(&[words, &["--uts", "--persist", "uts=kept"]].concat(), &ROOT);
        found.persists.iter().find_map(|step| match step {
            Outer::Persist(persist) => Some(persist.file),
            _ => None,
        })
    };
    assert_eq!(file(&[]), Some(&b"kept"[..]));
    assert_eq!(file(&["--root=/tree"]), Some(&b"/here/kept"[..]));
}
