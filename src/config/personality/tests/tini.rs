//! Tini's command line as tables.

use super::*;

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
