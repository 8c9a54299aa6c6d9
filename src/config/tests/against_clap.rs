//! The small parser against clap, and against words of any bytes.

use proptest::prelude::*;

use super::*;
use crate::config::apply::{Given, with_implied};
use crate::config::spec::Id;

/// The same words through clap: what it found, in its order, through the same setters.
fn read_by_clap(words: &[&str]) -> Option<(Config, Vec<Vec<u8>>)> {
    use std::os::unix::ffi::OsStrExt;
    let argv = std::iter::once(&"init").chain(words);
    let matches = by_clap::ours("init").try_get_matches_from(argv).ok()?;
    let mut found: Vec<(usize, &Opt, Given)> = Vec::new();
    for opt in tables() {
        let at = matches.indices_of(opt.long).into_iter().flatten();
        if opt.value == Value::None {
            found.extend(at.map(|at| (at, opt, Given::On)));
            continue;
        }
        let values = matches.get_many::<std::ffi::OsString>(opt.long).into_iter().flatten();
        found.extend(at.zip(values).map(|(at, value)| match value.as_bytes() {
            value if value == by_clap::MISSING.as_bytes() => (at, opt, Given::On),
            value => (at, opt, Given::Value(value.to_vec().leak())),
        }));
    }
    // To clap `--` may be a value.
    if found.iter().any(|(.., given)| *given == Given::Value(b"--")) {
        return None;
    }
    found.sort_by_key(|(at, ..)| *at);
    let mut config =
        Config::new(Strings::leak::<&str>(&[]), Environment::read(Strings::leak::<&str>(&[])));
    let mut given = relations::IdSet::default();
    for (_, opt, value) in found {
        if let Id::Page(_) = opt.id {
            return None;
        }
        with_implied(apply::ours, &mut config, opt, value)?;
        given.insert(opt.id);
    }
    relations::check(given, relations::IdSet::default()).ok()?;
    relations::check_order(&config).ok()?;
    let words = matches.get_many::<std::ffi::OsString>("COMMAND");
    // clap asks for no command, and takes one with options that run nothing.
    if words.is_some() == (config.pause || config.check.is_some()) {
        return None;
    }
    let command: Vec<_> = words.into_iter().flatten().collect();
    Some((config, command.into_iter().map(|word| word.as_bytes().to_vec()).collect()))
}

/// Words that are, or nearly are, those of a command line.
fn word() -> impl Strategy<Value = String> {
    // clap takes no second value that looks like an option.
    let one = |opt: &&Opt| !matches!(opt.value, Value::Two(_));
    let names: Vec<_> = tables().filter(one).map(|opt| opt.long).collect();
    let long = || prop::sample::select(names.clone());
    let value = || {
        prop::sample::select(vec![
            "143",
            "0",
            "256",
            "",
            "TERM",
            "64",
            "RTMIN+3",
            "main",
            "group",
            "all",
            "-1",
            "x=y",
            "-",
            "TERM:QUIT",
            "HUP:none",
            "KILL:1",
            "TERM=5s",
            "1.5",
            "500ms",
            "-1s",
            "99999999999h",
            "json",
            "0:1000:1",
            "NET_ADMIN",
            "slave",
        ])
    };
    prop_oneof![
        4 => long().prop_map(|name| format!("--{name}")),
        2 => (long(), value()).prop_map(|(name, value)| format!("--{name}={value}")),
        4 => "-[spgewvqxekr]{1,4}",
        2 => ("-[gvw]{0,2}[epkr]", value()).prop_map(|(flag, value)| format!("{flag}{value}")),
        3 => value().prop_map(str::to_owned),
        1 => Just("--".to_owned()),
        2 => "[a-z]{1,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_clap(words in prop::collection::vec(word(), 0..7)) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ours = match request(&words, &[]) {
            // clap wants a command, and --pause has none.
            Ok(Request::Run(config)) if config.pause => return Ok(()),
            Ok(Request::Run(config)) => Some((settings(&config), command(&config))),
            // clap reads on behind the page's option.
            Ok(Request::Print(..)) => return Ok(()),
            Err(_) => None,
        };
        let claps = read_by_clap(&words).map(|(config, command)| (settings(&config), command));
        prop_assert_eq!(ours, claps, "{:?}", words);
    }

    #[test]
    fn takes_any_bytes(words in prop::collection::vec(prop::collection::vec(1_u8.., 0..9), 0..5)) {
        let mut argv = vec![b"init".to_vec()];
        argv.extend(words);
        if let Err(refusal) = read(Strings::leak(&argv), Strings::leak::<&str>(&[]), || u64::MAX) {
            prop_assert!(!refusal.text().is_empty());
        }
    }
}
