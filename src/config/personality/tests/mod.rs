//! Each personality's command line as a table.

mod dumb_init;
mod tini;

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

/// A refused command line ends as the other program does it.
#[test]
fn refusals_have_the_programs_status() {
    for (name, status) in
        [("init", 125), ("docker-init", 1), ("tini", 1), ("dumb-init", 1), ("catatonit", 1)]
    {
        match read(Strings::leak(&[name, "--no-such-option"]), Strings::leak::<&str>(&[]), || 0) {
            Err(refusal) => assert_eq!(refusal.status(), status, "{name}"),
            Ok(_) => panic!("{name} takes it"),
        }
        assert_eq!(run(&[name, "x"], &[]).failure, status, "{name}");
    }
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

/// Also where the name gives survivors no time.
#[test]
fn pause_has_the_same_grace_period_under_every_name() {
    let grace_period = |argv: &[&str], env: &[&str]| run(argv, env).grace_period.as_millis();
    for name in ["init", "tini", "docker-init", "dumb-init", "catatonit", "pause"] {
        assert_eq!(grace_period(&[name, "-P"], &[]), 5000, "{name}");
        for (value, ms) in [("8s", 8000), ("0", 0)] {
            let variable = format!("CONTAINER_INIT_GRACE_PERIOD={value}");
            assert_eq!(grace_period(&[name, "-P"], &[&variable]), ms, "{name}");
        }
        assert_eq!(grace_period(&[name], &["CONTAINER_INIT_PAUSE=1"]), 5000, "{name}");
    }
    assert_eq!(grace_period(&["init", "-P", "--grace-period=1s"], &[]), 1000);
    assert_eq!(grace_period(&["tini", "x"], &[]), 0);
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
        for off in ["A=1", "CONTAINER_INIT_PAUSE=0", "CONTAINER_INIT_PAUSE="] {
            assert!(run(argv, &[off]).pause, "{argv:?} {off}");
        }
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
