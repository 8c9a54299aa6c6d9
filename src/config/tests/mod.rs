//! The command line as tables; each subject has a file.

mod against_clap;
mod interface;
mod mistakes;
mod two_values;
mod variables;

use super::spec::{Kind, OURS, Opt, Value};
use super::*;

fn request(words: &[&str], env: &[&str]) -> Result<Request, Usage> {
    let mut argv = vec!["init"];
    argv.extend(words);
    read(Strings::leak(&argv), Strings::leak(env), || u64::MAX).map_err(|refusal| refusal.usage)
}

fn tables() -> impl Iterator<Item = &'static Opt> {
    OURS.iter()
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
    let mut config = Config { command: Strings::leak::<&str>(&[]).tail(0), ..config.clone() };
    // Where the environment is says nothing.
    config.sandbox.iter_mut().for_each(|sandbox| sandbox.cleared = None);
    format!("{config:?}").split_once("subreaper").unwrap().1.to_owned()
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

#[test]
fn sandbox_options() {
    assert!(config(&["--new-session", "x"], &[]).sandbox.is_none());
    for opt in spec::sandbox::OPTIONS {
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

#[test]
fn the_environment_is_edited_in_a_sandbox() {
    let shown = |words: &[&str]| {
        let config = config(words, &["A=1", "B=2"]);
        let entries: Vec<String> = config
            .environment
            .entries()
            .iter()
            .map(|entry| String::from_utf8_lossy(entry.to_bytes()).into())
            .collect();
        (entries.join(" "), config.sandbox.unwrap().cleared.is_some())
    };
    for (words, expected) in [
        (&["--uts", "true"][..], ("A=1 B=2", false)),
        (&["--setenv", "C", "3", "--unsetenv=A", "true"], ("B=2 C=3", false)),
        (&["--clearenv", "--setenv", "C", "3", "true"], ("C=3", true)),
    ] {
        assert_eq!(shown(words), (expected.0.to_owned(), expected.1), "{words:?}");
    }
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

/// `--check` has a row for a new option, or its manual says which row speaks for it.
#[test]
fn every_sandbox_option_is_in_the_manual_of_check() {
    let manual = include_str!("../../manual/check.md");
    let without = "map-current-user map-root-user map-users map-groups unshare-all share-net \
                   fork kill-child chdir wd preserve-fds clearenv keepenv setenv unsetenv \
                   allow-tiocsti";
    for opt in spec::OURS.iter().skip_while(|opt| opt.long != "pid") {
        let row = format!("\n--{} ", opt.long);
        let by_another = format!("`--{}`", opt.long);
        let found = manual.contains(&row) || manual.contains(&by_another);
        let free = without.split_whitespace().any(|name| name == opt.long);
        assert!(found != free, "{}", opt.long);
    }
}
