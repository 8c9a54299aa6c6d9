//! Options with two values, and the order of options, shown with a table of its own.

use super::*;
use crate::config::apply::Given;
use crate::config::parser::{Grammar, Long, Parser};
use crate::config::spec::{Accepted, Id, Mount, Words};

/// A table of its own, with options that the program does not have yet.
const PAIRS: &[Opt] = &[
    Opt {
        id: Id::Mount(Mount::Proc),
        long: "pair",
        short: Some(b'p'),
        value: Value::Two(&[
            Accepted { name: Words::new("SRC"), kind: Kind::File },
            Accepted { name: Words::new("DST"), kind: Kind::Directory },
        ]),
        variable: false,
        repeatable: true,
        help: Words::new("Two values"),
        more: Words::new(""),
        relations: &[],
    },
    Opt {
        id: Id::Mount(Mount::Propagation),
        long: "one",
        short: Some(b'o'),
        value: Value::One(Accepted { name: Words::new("DST"), kind: Kind::Directory }),
        variable: false,
        repeatable: true,
        help: Words::new("One value"),
        more: Words::new(""),
        relations: &[],
    },
];

#[test]
fn two_values_and_the_order_of_options() {
    let grammar = Grammar { long: Long::Whole, equals: true, hyphens: true };
    let argv = ["--pair", "a", "b", "--one=c", "-p", "d", "e", "-pf", "g", "--pair=h", "--", "x"];
    let mut parser = Parser::new(PAIRS, grammar, Strings::leak(&argv));
    let mut found = Vec::new();
    while let Some(option) = parser.option().unwrap_or_else(|usage| panic!("{usage}")) {
        found.push((option.opt.long, option.given));
    }
    let pair = |one: &'static str, other: &'static str| {
        ("pair", Given::Pair(one.as_bytes(), other.as_bytes()))
    };
    let one = ("one", Given::Value(b"c"));
    assert_eq!(found, [pair("a", "b"), one, pair("d", "e"), pair("f", "g"), pair("h", "--")]);
    for words in [&["--pair"][..], &["--pair", "a"], &["-pa"], &["--pair=a"]] {
        let mut parser = Parser::new(PAIRS, grammar, Strings::leak(words));
        let message = parser.option().map(drop).unwrap_err().to_string();
        assert_eq!(
            message, "option --pair needs two values (a file to write, and a directory)",
            "{words:?}"
        );
    }
    let clap = by_clap::of("init", PAIRS);
    clap.clone().debug_assert();
    let matches = clap.try_get_matches_from(["init", "--pair", "a", "b", "-p", "d", "e"]).unwrap();
    let values = matches.get_many::<std::ffi::OsString>("pair").unwrap();
    assert_eq!(values.collect::<Vec<_>>(), ["a", "b", "d", "e"]);
}
