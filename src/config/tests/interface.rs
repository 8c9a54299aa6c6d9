//! What the tables of options promise, row by row: a change of a table is a change of this list.

use super::*;
use crate::config::spec::{self, Accepted, Relation};

/// A line for each option: its names and values; whether it has a variable, and may be given again;
/// and what it has to do with other options.
const INTERFACE: &str = include_str!("interface.txt");

fn shown(value: &Accepted) -> String {
    match value.kind {
        Kind::Words(words) => words.join("|"),
        _ => value.name.text().to_owned(),
    }
}

fn line(opt: &Opt) -> String {
    let letter = opt.short.map(|letter| format!("-{}", char::from(letter)));
    let word = Some(opt.long).filter(|word| !word.is_empty()).map(|word| format!("--{word}"));
    let values = match opt.value {
        Value::None => vec![],
        Value::One(one) => vec![shown(&one)],
        Value::Two(both) => both.iter().map(shown).collect(),
        Value::Optional(one) => vec![format!("[={}]", shown(&one))],
    };
    let marks = [(opt.variable, "variable"), (opt.repeatable, "repeatable")];
    let marks = marks.into_iter().filter(|(has, _)| *has).map(|(_, mark)| mark.to_owned());
    let names = |id| spec::row(id).unwrap().long;
    let relations = opt.relations.iter().map(|relation| match relation {
        Relation::Implies(id) => format!("implies {}", names(*id)),
        Relation::Needs(id) => format!("needs {}", names(*id)),
        Relation::Conflicts(id) => format!("conflicts {}", names(*id)),
    });
    let first = letter.into_iter().chain(word).chain(values).collect::<Vec<_>>().join(" ");
    std::iter::once(first).chain(marks).chain(relations).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_tables_are_what_users_know() {
    let tables = [
        ("init", OURS),
        ("tini", spec::tini::OPTIONS),
        ("dumb-init", spec::dumb_init::OPTIONS),
        ("catatonit", spec::catatonit::OPTIONS),
    ];
    let all = tables.into_iter().flat_map(|(name, table)| {
        std::iter::once(format!("# {name}")).chain(table.iter().map(line))
    });
    let all: Vec<String> = all.collect();
    let known: Vec<&str> = INTERFACE.lines().collect();
    for (line, known) in all.iter().zip(&known) {
        assert_eq!(line, known);
    }
    assert_eq!(all.len(), known.len(), "{}", all.join("\n"));
}
