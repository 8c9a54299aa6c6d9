//! What each option sets.
//!
//! In: an option's identity and what was given to it. Out: a changed `Config`. One match for
//! each concern, without a wildcard: the compiler names the option that has no arm.

mod mounts;
mod namespaces;
mod plain;
mod process;

use super::Config;
use super::sandbox::Sandbox;
use super::spec::{Id, Opt};

/// What was given to an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// The option alone, or a variable that switches it on.
    On,
    /// A variable that switches it off.
    Off,
    /// Its value.
    Value(&'static [u8]),
    /// Its two values.
    Pair(&'static [u8], &'static [u8]),
}

impl Given {
    /// Was it switched on?
    pub fn on(self) -> bool {
        self != Given::Off
    }

    /// The value of an option that has one.
    pub fn value(self) -> Option<&'static [u8]> {
        match self {
            Given::Value(value) => Some(value),
            Given::On | Given::Off | Given::Pair(..) => None,
        }
    }
}

/// Sets one option. `None` when the value cannot be understood.
pub type Apply = fn(&mut Config, Id, Given) -> Option<()>;

/// Sets an option and what it implies.
pub fn with_implied(apply: Apply, config: &mut Config, opt: &Opt, given: Given) -> Option<()> {
    apply(config, opt.id, given)?;
    opt.implies().try_for_each(|id| apply(config, id, Given::On))
}

/// Sets one of our own options.
pub fn ours(config: &mut Config, id: Id, given: Given) -> Option<()> {
    if let Id::Plain(option) = id {
        return plain::set(config, option, given);
    }
    match id {
        Id::Page(_) | Id::Plain(_) => Some(()),
        Id::Namespace(option) => namespaces::set(sandbox_of(config), option),
        Id::Existing(option) => namespaces::set_existing(sandbox_of(config), option, given),
        Id::IdMap(option) => namespaces::set_ids(sandbox_of(config), option, given),
        Id::Mount(option) => mounts::set(sandbox_of(config), option, given),
        Id::Initial(option) => namespaces::set_initial(sandbox_of(config), option, given),
        Id::Process(option) => process::set(sandbox_of(config), option, given),
        Id::Variable(option) => process::set_variable(sandbox_of(config), option, given),
        Id::Privilege(option) => process::set_privilege(sandbox_of(config), option, given),
    }
}

/// The sandbox of `config`: the first option that is about it makes it.
fn sandbox_of(config: &mut Config) -> &mut Sandbox {
    config.sandbox.get_or_insert_default()
}
