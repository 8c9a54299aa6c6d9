//! The command's environment.

use super::{Accepted, Id, Kind, Needs, Opt, Value, Variable, Words, option};

const NAME: Accepted =
    Accepted { name: Words::new("NAME"), kind: Kind::Text("the name of a variable") };
const VALUE: Accepted = Accepted { name: Words::new("VALUE"), kind: Kind::Text("any text") };

const fn variable(id: Variable, long: &'static str, help: &'static str) -> Opt {
    Opt { repeatable: true, ..option(Id::Variable(id), long, help) }
}

/// The rows.
pub const OPTIONS: &[Opt] = &[
    Opt {
        repeatable: false,
        more: Words::new("The options about variables act in the order given."),
        ..variable(Variable::Clear, "clearenv", "Clear the command's environment")
    },
    Opt {
        value: Value::One(NAME),
        relations: &[Needs(Id::Variable(Variable::Clear))],
        more: Words::new("If there is none, this does nothing."),
        ..variable(Variable::Keep, "keepenv", "Bring a variable back that --clearenv took")
    },
    Opt {
        value: Value::Two(&[NAME, VALUE]),
        more: Words::new("Everybody can read the command line: for a secret there is --keepenv."),
        ..variable(Variable::Set, "setenv", "Set a variable")
    },
    Opt { value: Value::One(NAME), ..variable(Variable::Unset, "unsetenv", "Take a variable out") },
];
