//! Dumb-init's command line as tables.

use super::*;

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
