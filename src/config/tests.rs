//! The command line as tables, and the small parser against clap.

use proptest::prelude::*;

use super::apply::{Given, with_implied};
use super::parser::{Grammar, Long, Parser};
use super::spec::{Accepted, Id, Kind, Mount, OURS, Opt, Table, Value, Words};
use super::*;

fn request(words: &[&str], env: &[&str]) -> Result<Request, Usage> {
    let mut argv = vec!["init"];
    argv.extend(words);
    read(Strings::leak(&argv), Strings::leak(env), || u64::MAX).map_err(|refusal| refusal.usage)
}

fn tables() -> impl Iterator<Item = &'static Opt> {
    spec::all(OURS)
}

fn config(words: &[&str], env: &[&str]) -> Config {
    match request(words, env) {
        Ok(Request::Run(config)) => config,
        Ok(Request::Print(page, _)) => panic!("{words:?} {env:?}: {page:?}"),
        Err(usage) => panic!("{words:?} {env:?}: {usage}"),
    }
}

fn command(config: &Config) -> Vec<Vec<u8>> {
    config.command.iter().map(|word| word.to_bytes().to_vec()).collect()
}

/// What can differ between two configurations of the same command.
fn settings(config: &Config) -> String {
    format!("{:?}", Config { command: Strings::leak::<&str>(&[]).tail(0), ..config.clone() })
        .split_once("subreaper")
        .unwrap()
        .1
        .to_owned()
}

#[test]
fn parsing_stops_at_the_command() {
    for (words, rest) in [
        (&["sh", "-g"][..], &["sh", "-g"][..]),
        (&["-g", "sh", "--", "-g"], &["sh", "--", "-g"]),
        (&["--", "-g"], &["-g"]),
        (&["--", "--", "x"], &["--", "x"]),
        (&["-", "x"], &["-", "x"]),
        (&["", "x"], &["", "x"]),
    ] {
        let expected: Vec<_> = rest.iter().map(|w| w.as_bytes().to_vec()).collect();
        assert_eq!(command(&config(words, &[])), expected, "{words:?}");
    }
}

#[test]
fn options_can_be_written_in_every_form() {
    let expected = settings(&config(&["--remap-exit", "143", "--process-group", "x"], &[]));
    for words in [
        &["-e", "143", "-g", "x"][..],
        &["-e143", "-g", "x"],
        &["-e=143", "-g", "x"],
        &["-ge143", "x"],
        &["-ge", "143", "x"],
        &["--remap-exit=143", "-g", "--", "x"],
        &["--forward-to=group", "-e", "143", "x"],
    ] {
        assert_eq!(settings(&config(words, &[])), expected, "{words:?}");
    }
}

#[test]
fn the_last_value_counts() {
    let to = |words| config(words, &[]).forward_to;
    assert_eq!(to(&["--forward-to", "all", "--forward-to", "main", "x"]), ForwardTo::Main);
    assert_eq!(config(&["-vv", "x"], &[]).verbosity, LevelFilter::Debug);
}

#[test]
fn lists_and_counts() {
    let remapped = settings(&config(&["-e", "143", "-e", "130", "x"], &[]));
    for words in [&["-e", "143,130", "x"][..], &["-e143,130", "x"], &["--remap-exit=130,143", "x"]]
    {
        assert_eq!(settings(&config(words, &[])), remapped, "{words:?}");
    }
    for (value, level) in [
        ("0", LevelFilter::Warn),
        ("1", LevelFilter::Info),
        ("2", LevelFilter::Debug),
        ("3", LevelFilter::Trace),
        ("255", LevelFilter::Trace),
        ("yes", LevelFilter::Info),
        ("", LevelFilter::Warn),
    ] {
        let env = format!("CONTAINER_INIT_VERBOSE={value}");
        assert_eq!(config(&["x"], &[&env]).verbosity, level, "{env}");
    }
    for bad in ["256", "-1", "2x", "on"] {
        assert!(request(&["x"], &[&format!("CONTAINER_INIT_VERBOSE={bad}")]).is_err(), "{bad}");
    }
    assert!(request(&["x"], &["CONTAINER_INIT_QUIET=2"]).is_err());
}

#[test]
fn variables_speak_where_no_flag_does() {
    let group = config(&["-g", "x"], &[]);
    assert_eq!(settings(&config(&["x"], &["CONTAINER_INIT_PROCESS_GROUP=1"])), settings(&group));
    assert_eq!(settings(&config(&["x"], &["CONTAINER_INIT_FORWARD_TO=group"])), settings(&group));
    assert_eq!(
        settings(&config(&["-g", "x"], &["CONTAINER_INIT_FORWARD_TO=main"])),
        settings(&group),
        "a flag wins over a variable of the same setting"
    );
    let remapped = config(&["-e", "1", "-e", "143", "x"], &[]);
    assert_eq!(
        settings(&config(&["x"], &["CONTAINER_INIT_REMAP_EXIT=1,143"])),
        settings(&remapped)
    );
    for off in ["CONTAINER_INIT_SUBREAPER=0", "CONTAINER_INIT_NO_SUBREAPER=yes"] {
        assert!(!config(&["x"], &[off]).subreaper, "{off}");
    }
    for nothing in [
        "CONTAINER_INIT_REMAP_EXIT=",
        "CONTAINER_INIT_PROCESS_GROUP=",
        "CONTAINER_INIT_=1",
        "CONTAINER_INIT_HELP=1",
        "INIT=1",
    ] {
        assert_eq!(settings(&config(&["x"], &[nothing])), settings(&config(&["x"], &[])));
    }
    let twice =
        config(&["x"], &["PATH=/a", "CONTAINER_INIT_QUIET=1", "PATH=/b", "CONTAINER_INIT_QUIET=0"]);
    assert_eq!(twice.verbosity, LevelFilter::Error);
}

#[test]
fn variables_of_others_are_left_alone() {
    let plain = settings(&config(&["x"], &[]));
    for theirs in [
        "INIT_DELAY=5s",
        "INIT_TIMEOUT=2",
        "INIT_PAUSE=1",
        "INIT_CHECK=yes",
        "INIT_QUIET=nonsense",
        "INIT_LOG=trace",
        "CONTAINER_INIT=1",
        "XCONTAINER_INIT_PAUSE=1",
    ] {
        assert_eq!(settings(&config(&["x"], &[theirs])), plain, "{theirs}");
    }
}

#[test]
fn unknown_variables_are_named() {
    let env = [
        "PATH=/bin",
        "CONTAINER_INIT_GRACE=8s",
        "CONTAINER_INIT_QUIET=0",
        "CONTAINER_INIT_LOG=warn",
        "CONTAINER_INIT_KILLAFTER=1",
        "CONTAINER_INIT_PID=1",
        "CONTAINER_INIT_HELP=1",
        "CONTAINER_INIT_",
        "CONTAINER_INIT_quiet=1",
        "INIT_DELAY=5s",
        "CONTAINER_INIT_SOMETHING_ELSE=1",
    ];
    let found: Vec<_> =
        unknown_variables(Strings::leak(&env)).map(|unknown| unknown.to_string()).collect();
    let expected = [
        "variable CONTAINER_INIT_GRACE: unknown (did you mean CONTAINER_INIT_GRACE_PERIOD?)",
        "variable CONTAINER_INIT_KILLAFTER: unknown (did you mean CONTAINER_INIT_KILL_AFTER?)",
        "variable CONTAINER_INIT_PID: unknown (--pid has no variable)",
        "variable CONTAINER_INIT_HELP: unknown (--help has no variable)",
        "variable CONTAINER_INIT_: unknown (see init --help)",
        "variable CONTAINER_INIT_quiet: unknown (did you mean CONTAINER_INIT_QUIET?)",
        "variable CONTAINER_INIT_SOMETHING_ELSE: unknown (see init --help)",
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_optional_value() {
    for (words, env, form) in [
        (&["--check"][..], &[][..], Some(Form::Table)),
        (&["--check=table"], &[], Some(Form::Table)),
        (&["--check=json"], &[], Some(Form::Json)),
        (&[], &["CONTAINER_INIT_CHECK=1"], Some(Form::Table)),
        (&["x"], &["CONTAINER_INIT_CHECK=json"], Some(Form::Json)),
        (&["--check"], &["CONTAINER_INIT_CHECK=json"], Some(Form::Table)),
        (&["x"], &["CONTAINER_INIT_CHECK=no"], None),
        (&["x"], &["CONTAINER_INIT_CHECK="], None),
    ] {
        assert_eq!(config(words, env).check, form, "{words:?} {env:?}");
    }
}

const PID: &str = "option --parent-death-signal: bad value 'f' (accepted: a name such as TERM or \
                   RTMIN+3, or a number from 1 to 64; did you mean --pid?)";
const PROC: &str = "option --parent-death-signal: bad value '--mount-proc' (accepted: a name such \
                    as TERM or RTMIN+3, or a number from 1 to 64; did you mean --pid?)";
const ROOT: &str = "option --rewrite: bad value 'true' (accepted: FROM:TO, two signals; FROM not \
                    KILL, STOP or CHLD; TO may be none)";

#[test]
fn every_mistake_is_named() {
    for (words, env, message) in [
        (&["--subreper"][..], &[][..], "unknown option --subreper (did you mean --subreaper?)"),
        (&["--xyzzy"], &[], "unknown option --xyzzy (see init --help)"),
        (&["-gz"], &[], "unknown option -z (see init --help)"),
        (&["-e"], &[], "option --remap-exit needs a value (a number from 0 to 255)"),
        (
            &["-p", "FOO", "x"],
            &[],
            "option --parent-death-signal: bad value 'FOO' (accepted: a name such as TERM or \
             RTMIN+3, or a number from 1 to 64)",
        ),
        (
            &["--rewrite", "TREM:QUIT", "x"],
            &[],
            "option --rewrite: bad value 'TREM:QUIT': 'TREM' is no signal (accepted: FROM:TO, two \
             signals; FROM not KILL, STOP or CHLD; TO may be none)",
        ),
        (&["-pf", "x"], &[], PID),
        (&["-p", "--mount-proc", "x"], &[], PROC),
        (&["-r", "true"], &[], ROOT),
        (&["-U", "x"], &[], "unknown option -U (did you mean --user?)"),
        (&["--unshare-pid", "x"], &[], "unknown option --unshare-pid (did you mean --pid?)"),
        (&["--proc", "/proc", "x"], &[], "unknown option --proc (did you mean --mount-proc?)"),
        (
            &["--hostname", "--", "true"],
            &[],
            "option --hostname needs a value (a name of 1 to 64 bytes)",
        ),
        (&["-e", "--", "x"], &[], "option --remap-exit needs a value (a number from 0 to 255)"),
        (
            &["-e", "143,", "x"],
            &[],
            "option --remap-exit: bad value '143,' (accepted: a number from 0 to 255)",
        ),
        (
            &["--check", "json"],
            &[],
            "option --check runs no command (got 'json'; table or json stands after =)",
        ),
        (&["-P", "x"], &[], "option --pause runs no command (got 'x')"),
        (&["-q", "-v", "x"], &[], "--verbose conflicts with --quiet"),
        (&["-g", "--forward-to", "all", "x"], &[], "--process-group conflicts with --forward-to"),
        (&["-s", "--no-subreaper", "x"], &[], "--subreaper conflicts with --no-subreaper"),
        (
            &["x"],
            &["CONTAINER_INIT_QUIET=1", "CONTAINER_INIT_VERBOSE=2"],
            "CONTAINER_INIT_VERBOSE conflicts with CONTAINER_INIT_QUIET",
        ),
        (&["--report=", "x"], &[], "option --report: bad value '' (accepted: a file to write)"),
        (&["--quiet=1", "x"], &[], "option --quiet takes no value (got 1)"),
        (
            &["x"],
            &["CONTAINER_INIT_REMAP_EXIT=1,,2"],
            "variable CONTAINER_INIT_REMAP_EXIT: bad value '' (accepted: a number from 0 to 255)",
        ),
        (
            &["x"],
            &["CONTAINER_INIT_SUBREAPER=maybe"],
            "variable CONTAINER_INIT_SUBREAPER: bad value 'maybe' (accepted: 1, true, yes, 0, false, no or \
             nothing)",
        ),
        (&["--check="], &[], "option --check: bad value '' (accepted: table or json)"),
        (
            &["x"],
            &["CONTAINER_INIT_CHECK=xml"],
            "variable CONTAINER_INIT_CHECK: bad value 'xml' (accepted: table or json)",
        ),
        (
            &["--map-auto", "--map-users", "0:0:1", "x"],
            &[],
            "--map-auto conflicts with --map-users",
        ),
        (&["--net", "--unshare-all", "--share-net", "x"], &[], "--net conflicts with --share-net"),
        (
            &["--map-users", "0:0:1", "--map-auto", "x"],
            &[],
            "--map-auto conflicts with --map-users",
        ),
        (&["--pid"], &["CONTAINER_INIT_PAUSE=1"], "--pid conflicts with CONTAINER_INIT_PAUSE"),
        (&["-P", "--hostname", "x"], &[], "--hostname conflicts with --pause"),
        (&["--propagation", "slave", "x"], &[], "--propagation needs --mount"),
        (
            &["--propagation", "rslave", "--mount", "x"],
            &[],
            "option --propagation: bad value 'rslave' (accepted: private, slave, shared or \
             unchanged)",
        ),
        (&["--user=1000", "x"], &[], "option --user takes no value (got 1000)"),
        (&["--mount-proc=", "x"], &[], "option --mount-proc: bad value '' (accepted: a directory)"),
        (&["-g"], &[], "no command given (usage: init [OPTIONS] [--] COMMAND [ARG]...)"),
    ] {
        let usage = request(words, env).err().map(|usage| usage.to_string());
        assert_eq!(usage.as_deref(), Some(message));
    }
}

#[test]
fn sandbox_options() {
    assert!(config(&["--new-session", "x"], &[]).sandbox.is_none());
    for opt in spec::sandbox::TABLE.options {
        assert!(!opt.variable, "--{}", opt.long);
        let variable = opt.long.to_ascii_uppercase().replace('-', "_");
        for value in ["1", "0:0:1", "private", "/proc"] {
            let entry = format!("CONTAINER_INIT_{variable}={value}");
            assert!(config(&["x"], &[&entry]).sandbox.is_none(), "{entry}");
        }
    }
    let of = |words| config(words, &[]).sandbox.unwrap();
    assert_eq!(of(&["--mount-proc", "/p"]).proc, Some(&b"/proc"[..]), "/p is the command");
    assert_eq!(of(&["--mount-proc=/p", "x"]).proc, Some(&b"/p"[..]));
    assert_eq!(of(&["--monotonic", "-5", "x"]).monotonic, Some(-5));
    assert_eq!(of(&["--boottime=-5", "x"]).boottime, Some(-5));
    let ranges = of(&["--map-users=0:1:2", "--map-groups", "3:4:5", "--map-users=6:7:8", "x"]);
    assert_eq!((ranges.users.len(), ranges.groups.len()), (2, 1));
}

/// A table of its own, with options that the program does not have yet.
const PAIRS: &[Table] = &[Table {
    heading: Words::new("Options"),
    conflicts: &[],
    options: &[
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
    ],
}];

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

#[test]
fn every_word_that_a_row_lists_is_understood() {
    for opt in tables() {
        let (Value::One(accepted) | Value::Optional(accepted)) = opt.value else { continue };
        let Kind::Words(words) = accepted.kind else { continue };
        for word in words {
            let option = format!("--{}={word}", opt.long);
            let command = ["x"].into_iter().filter(|_| opt.long != "check");
            let words: Vec<_> = ["--mount", &option].into_iter().chain(command).collect();
            assert!(request(&words, &[]).is_ok(), "{words:?}");
            let wrong = request(&["--mount", &format!("{option}x")], &[]).err();
            assert!(matches!(wrong, Some(Usage::BadValue { .. })), "{option}x");
        }
    }
}

#[test]
fn pages_come_before_everything_behind_them() {
    for (words, page) in [
        (&["-h"][..], Page::Summary),
        (&["--help"], Page::Help),
        (&["-gV", "--nonsense"], Page::Version),
        (&["-l", "x"], Page::Licence),
    ] {
        let found = request(words, &["CONTAINER_INIT_QUIET=nonsense"]);
        assert!(matches!(found, Ok(Request::Print(p, _)) if p == page), "{words:?}");
    }
}

#[test]
fn the_table_is_sound() {
    by_clap::ours("init").debug_assert();
    let all: Vec<&Opt> = tables().collect();
    for (n, opt) in all.iter().enumerate() {
        for other in &all[..n] {
            assert_ne!(opt.long, other.long);
            assert!(opt.short.is_none() || opt.short != other.short, "-{:?}", opt.short);
        }
    }
}

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
    let long = || prop::sample::select(tables().map(|opt| opt.long).collect::<Vec<_>>());
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
