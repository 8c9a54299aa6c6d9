//! The options of sandbox mode: any of them switches it on. They are long only and have no
//! variable: an image's environment must not change what a sandbox is.

mod environment;
mod existing;
mod ids;
mod initial;
mod mounts;
mod namespaces;
mod privileges;
mod process;

use super::Relation::{Conflicts, Implies, Needs};
use super::{
    Accepted, Existing, Id, IdMap, Initial, Kind, Mount, Namespace, Opt, Privilege, Process,
};
use super::{Relation, Value, Variable, Words, option, text, words};

const DIRECTORY: Accepted = Accepted { name: Words::new("DIR"), kind: Kind::Directory };

const USER: Relation = Implies(Id::Namespace(Namespace::User));
const MOUNT: Relation = Implies(Id::Namespace(Namespace::Mount));

/// The rows of each concern, in the order of the help.
const CONCERNS: [&[Opt]; 8] = [
    namespaces::OPTIONS,
    existing::OPTIONS,
    ids::OPTIONS,
    mounts::OPTIONS,
    initial::OPTIONS,
    process::OPTIONS,
    environment::OPTIONS,
    privileges::OPTIONS,
];

/// The rows.
pub const OPTIONS: &[Opt] = &super::joined::<{ super::count(&CONCERNS) }>(&CONCERNS);
