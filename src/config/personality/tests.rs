//! Each personality's command line as a table.

use std::time::Duration;

use log::LevelFilter;

use super::*;
use crate::config::{ForwardTo, Request, read};
use crate::signals::Signal;

/// What a command line comes to: settings and command, a page, or the answer.
fn outcome(argv: &[&str], env: &[&str]) -> Result<(Config, Vec<String>), String> {
    match read(Strings::leak(argv), Strings::leak(env), || u64::MAX) {
        Ok(Request::Run(config)) => {
            let text = |word: crate::sys::Text| String::from_utf8_lossy(word.to_bytes()).into();
            let command = config.command.iter().map(text).collect();
            Ok((config, command))
        }
        Ok(Request::Print(page, called)) => Err(crate::config::page(page, &called)),
        Err(refusal) => Err(refusal.text()),
    }
}

fn run(argv: &[&str], env: &[&str]) -> Config {
    outcome(argv, env).unwrap_or_else(|text| panic!("{argv:?} {env:?}: {text}")).0
}

fn refused(argv: &[&str]) -> String {
    outcome(argv, &[]).expect_err("a wrong command line").lines().next().unwrap().to_owned()
}

#[test]
fn goes_by_the_last_part_of_the_name() {
    for (name, personality) in [
        ("tini", "tini"),
        ("/usr/bin/tini-static", "tini"),
        ("/sbin/docker-init", "tini"),
        ("./dumb-init", "dumb-init"),
        ("//catatonit", "catatonit"),
        ("/pause", "pause"),
        ("init", "init"),
        ("/run/podman-init", "init"),
        ("tini/", "init"),
        ("TINI", "init"),
        ("", "init"),
    ] {
        let called = Invocation::by(Strings::leak(&[name]));
        assert_eq!(called.personality.style.name, personality, "{name}");
    }
    assert_eq!(Invocation::by(Strings::leak::<&str>(&[])).personality.style.name, "init");
}

#[test]
fn only_its_own_command_line_ends_as_ours() {
    for (name, grace) in [("init", 5), ("docker-init", 5), ("tini", 0), ("dumb-init", 0)] {
        assert_eq!(run(&[name, "x"], &[]).grace_period, Duration::from_secs(grace), "{name}");
    }
    for name in ["tini", "tini-static", "docker-init", "dumb-init", "catatonit"] {
        let config = run(&[name, "x"], &["CONTAINER_INIT_GRACE_PERIOD=8s"]);
        assert_eq!(config.grace_period, Duration::from_secs(8), "{name}");
        assert!(outcome(&[name, "x"], &["CONTAINER_INIT_GRACE_PERIOD=y"]).is_err(), "{name}");
    }
}

#[test]
fn mistakes_in_our_variables_are_named_under_every_name() {
    for name in ["init", "tini", "docker-init", "dumb-init", "catatonit", "pause"] {
        for (env, message) in [
            (
                &["CONTAINER_INIT_QUIET=1", "CONTAINER_INIT_VERBOSE=1"][..],
                "CONTAINER_INIT_VERBOSE conflicts with CONTAINER_INIT_QUIET",
            ),
            (&["CONTAINER_INIT_TIMEOUT=x"], "variable CONTAINER_INIT_TIMEOUT: bad value 'x'"),
            (&["CONTAINER_INIT_EXPAND_ENV=1"], "NOPE is unset in '$NOPE'"),
        ] {
            let text = match outcome(&[name, "$NOPE"], env) {
                Err(text) => text,
                // It has no command whose words could be expanded.
                Ok(_) => {
                    assert_eq!(name, "pause");
                    continue;
                }
            };
            assert!(text.contains(message) && text.lines().count() == 1, "{name}: {text}");
        }
    }
}

#[test]
fn pause_is_there_under_every_name() {
    for name in ["init", "tini", "tini-static", "docker-init", "dumb-init", "catatonit", "pause"] {
        assert!(run(&[name, "-P"], &[]).pause, "{name}");
        assert_eq!(run(&[name, "x"], &[]).pause, name == "pause", "{name}");
    }
    for name in ["init", "dumb-init"] {
        assert!(run(&[name, "--pause"], &[]).pause, "{name}");
    }
    assert!(run(&["pause"], &[]).pause);
}

#[test]
fn tini_flags() {
    let config = run(&["tini", "-svvge143", "-p", "SIGKILL", "-w", "-e", "1", "--", "x"], &[]);
    assert!(config.subreaper && config.warn_on_reap && config.warn_no_reaper);
    assert_eq!(config.verbosity, LevelFilter::Debug);
    assert_eq!(config.forward_to, ForwardTo::Group);
    assert_eq!(config.parent_death_signal, Some(Signal::KILL));
    assert!(config.remap_exit.contains(143) && config.remap_exit.contains(1));
    assert!(!run(&["tini", "x"], &[]).subreaper);
    let (_, command) = outcome(&["tini", "-g", "echo", "-l", "--"], &[]).unwrap();
    assert_eq!(command, ["echo", "-l", "--"], "nothing is permuted");
}

#[test]
fn tini_exit_codes_are_read_by_strtol() {
    for (text, code) in [
        ("0", Some(0)),
        (" 7", Some(7)),
        ("+255", Some(255)),
        ("", Some(0)),
        ("-0", Some(0)),
        ("256", None),
        ("-1", None),
        ("1x", None),
        ("x", None),
        ("99999999999999999999", None),
    ] {
        let found = outcome(&["tini", "-e", text, "x"], &[]);
        let set = found.ok().map(|(config, _)| (0..=255).find(|c| config.remap_exit.contains(*c)));
        assert_eq!(set.map(Option::unwrap), code, "{text:?}");
    }
}

#[test]
fn tini_variables() {
    for (variable, level) in [
        ("TINI_VERBOSITY=", LevelFilter::Error),
        ("TINI_VERBOSITY=x", LevelFilter::Error),
        ("TINI_VERBOSITY=-1", LevelFilter::Error),
        ("TINI_VERBOSITY=1", LevelFilter::Warn),
        ("TINI_VERBOSITY=3x", LevelFilter::Debug),
        ("TINI_VERBOSITY=9", LevelFilter::Trace),
    ] {
        assert_eq!(run(&["tini", "-vv", "x"], &[variable]).verbosity, level, "{variable}");
    }
    let config = run(&["tini", "x"], &["TINI_SUBREAPER=", "TINI_KILL_PROCESS_GROUP=0"]);
    assert!(config.subreaper);
    assert_eq!(config.forward_to, ForwardTo::Group);
    assert!(!run(&["dumb-init", "x"], &["TINI_SUBREAPER="]).warn_no_reaper);
}

#[test]
fn tini_answers() {
    let version = outcome(&["tini", "--version"], &[]).unwrap_err();
    let parts: Vec<_> = version.trim_end().split(" - ").collect();
    assert_eq!(parts[0], "tini version 0.19.0");
    assert!(parts[1].starts_with("git.") && parts[1].matches('.').count() == 1, "{version}");
    for (argv, line) in [
        (&["tini", "--version", "x"][..], "tini: invalid option -- '-'"),
        (&["/x/tini", "-gz"], "/x/tini: invalid option -- 'z'"),
        (&["tini", "-e"], "tini: option requires an argument -- 'e'"),
    ] {
        assert_eq!(refused(argv), line);
        let text = outcome(argv, &[]).unwrap_err();
        assert!(text.contains("supervision of a valid init process"), "{text}");
    }
    for (argv, end) in [
        (&["tini", "-e=143", "x"][..], "Not a valid option for -e: =143"),
        (&["tini", "-p", "FOO", "x"], "Not a valid option for -p: FOO"),
    ] {
        let text = outcome(argv, &[]).unwrap_err();
        assert!(text.starts_with("[FATAL tini (") && text.trim_end().ends_with(end), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}

#[test]
fn dumb_init_modes() {
    let session = run(&["dumb-init", "x"], &[]);
    assert!(session.new_session && session.stops_along);
    assert_eq!(session.forward_to, ForwardTo::Group);
    assert_eq!(session.end_signal, Some(Signal::TERM));
    for signal in Signal::TERMINAL_STOPS {
        assert_eq!(session.rewrites.of(signal), Some(Signal::STOP));
    }
    for (argv, env) in [
        (&["dumb-init", "-c", "x"][..], &[][..]),
        (&["dumb-init", "--single", "x"], &["DUMB_INIT_SETSID=1"]),
        (&["dumb-init", "x"], &["DUMB_INIT_SETSID=0"]),
    ] {
        let single = run(argv, env);
        assert!(!single.new_session && single.stops_along, "{argv:?}");
        assert_eq!(single.forward_to, ForwardTo::Main);
        for signal in Signal::TERMINAL_STOPS {
            assert_eq!(single.rewrites.of(signal), Some(signal));
        }
    }
    for (variable, level) in [
        ("DUMB_INIT_DEBUG=1", LevelFilter::Info),
        ("DUMB_INIT_DEBUG=true", LevelFilter::Warn),
        ("DUMB_INIT_DEBUG=", LevelFilter::Warn),
    ] {
        assert_eq!(run(&["dumb-init", "x"], &[variable]).verbosity, level, "{variable}");
    }
}

#[test]
fn dumb_init_rewrites() {
    let of = |n| Signal::new(n).unwrap();
    for (text, from, to) in [
        ("15:3", 15, Some(3)),
        (" 15: 3", 15, Some(3)),
        ("15:3:4", 15, Some(3)),
        ("1:31", 1, Some(31)),
        ("31:0", 31, None),
        ("20:20", 20, Some(20)),
        ("20:15", 20, Some(15)),
    ] {
        for argv in [
            &["dumb-init", "-r", text, "x"][..],
            &["dumb-init", &format!("-cr{text}"), "x"],
            &["dumb-init", &format!("--rewrite={text}"), "x"],
            &["dumb-init", "--rew", text, "x"],
        ] {
            assert_eq!(run(argv, &[]).rewrites.of(of(from)), to.map(of), "{argv:?}");
        }
    }
    for bad in ["", "herp", "15", "15:", "15::12", "15:derp", "0:1", "32:1", "1:32", "1:-1"] {
        let text = refused(&["dumb-init", "-r", bad, "x"]);
        assert!(text.starts_with("Usage: -r option takes"), "{bad}: {text}");
    }
}

#[test]
fn dumb_init_answers() {
    let version = outcome(&["dumb-init", "--vers"], &[]).unwrap_err();
    assert!(version.starts_with("dumb-init v1.2.5"), "{version}");
    for (argv, line) in [
        (&["dumb-init"][..], "Usage: dumb-init [option] program [args]"),
        (&["dumb-init", "--yolo", "x"], "dumb-init: unrecognized option '--yolo'"),
        (&["dumb-init", "--yolo=1"], "dumb-init: unrecognized option '--yolo=1'"),
        (
            &["dumb-init", "--ver"],
            "dumb-init: option '--ver' is ambiguous; possibilities: '--verbose' '--version'",
        ),
        (&["dumb-init", "--he=1"], "dumb-init: option '--help' doesn't allow an argument"),
        (&["dumb-init", "--rew"], "dumb-init: option '--rewrite' requires an argument"),
        (&["dumb-init", "-r"], "dumb-init: option requires an argument -- 'r'"),
        (&["dumb-init", "-z"], "dumb-init: invalid option -- 'z'"),
    ] {
        assert_eq!(refused(argv), line);
    }
}

#[test]
fn catatonit_command_lines() {
    let config = run(&["catatonit", "-g", "--", "x"], &[]);
    assert!(config.subreaper && !config.warn_no_reaper);
    assert_eq!(config.forward_to, ForwardTo::Group);
    assert_eq!(config.verbosity, LevelFilter::Error);
    assert_eq!(run(&["catatonit", "x"], &["CATATONIT_DEBUG="]).verbosity, LevelFilter::Debug);
    for argv in [&["catatonit", "-V"][..], &["catatonit", "--version"], &["catatonit", "--v"]] {
        let version = outcome(argv, &[]).unwrap_err();
        assert!(version.starts_with("tini version 0.2.0_catatonit - git."), "{version}");
    }
    for (argv, line) in [
        (&["catatonit", "-z"][..], "catatonit: invalid option -- 'z'"),
        (&["catatonit", "--foo"], "catatonit: unrecognized option '--foo'"),
    ] {
        assert_eq!(refused(argv), line);
        let usage = "usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]";
        assert_eq!(outcome(argv, &[]).unwrap_err().lines().nth(1), Some(usage));
    }
    let text = refused(&["catatonit"]);
    assert!(text.starts_with("ERROR (catatonit:") && text.ends_with("missing program name"));
}

#[test]
fn pause_takes_anything() {
    for argv in [&["pause"][..], &["pause", "x", "-z", "--foo"], &["pause", "-vx"]] {
        assert!(run(argv, &[]).pause, "{argv:?}");
    }
    for (argv, start) in [
        (&["pause", "-v"][..], "pause "),
        (&["pause", "x", "-V"], "pause "),
        (&["pause", "--version"], "pause "),
        (&["pause", "-h"], "Usage: pause "),
        (&["pause", "--help"], "Usage: pause "),
    ] {
        let page = outcome(argv, &[]).unwrap_err();
        assert!(page.starts_with(start), "{argv:?}: {page}");
    }
}

#[test]
fn numbers_are_cs() {
    for (text, expected) in [
        ("12", Some((12, ""))),
        (" \t\n-12x", Some((-12, "x"))),
        ("+3:4", Some((3, ":4"))),
        ("", None),
        ("-", None),
        ("x1", None),
        ("99999999999999999999", Some((i64::MAX, ""))),
    ] {
        let expected = expected.map(|(value, rest)| (value, rest.as_bytes()));
        assert_eq!(number(text.as_bytes()), expected, "{text:?}");
    }
}
