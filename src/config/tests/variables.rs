//! Variables: whose they are, and when they count.

use super::*;

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

/// Of an image whose report is asked for by its variable.
#[test]
fn pause_writes_no_report() {
    let report = "CONTAINER_INIT_REPORT=/report";
    for (words, env) in [(&["-P"][..], &[report][..]), (&[], &[report, "CONTAINER_INIT_PAUSE=1"])] {
        assert!(config(words, env).pause);
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
