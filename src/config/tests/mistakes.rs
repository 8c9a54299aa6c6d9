//! Every mistake has a message of its own.

use super::*;

const PID: &str = "option --parent-death-signal: bad value 'f' (accepted: a name such as TERM or \
                   RTMIN+3, or a number from 1 to 64; did you mean --pid?)";
const PROC: &str = "option --parent-death-signal: bad value '--mount-proc' (accepted: a name such \
                    as TERM or RTMIN+3, or a number from 1 to 64; did you mean --pid?)";
const ROOT: &str = "option --rewrite: bad value 'true' (accepted: FROM:TO, two signals; FROM not \
                    KILL, STOP or CHLD; TO may be none)";

/// Words, environment, and the message.
type Row = (&'static [&'static str], &'static [&'static str], &'static str);

const MISTAKES: &[Row] = &[
    (&["--subreper"], &[], "unknown option --subreper (did you mean --subreaper?)"),
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
        "option --remap-exit: bad value '143,': '' is no exit code (accepted: a number from 0 to 255)",
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
    (&["--map-auto", "--map-users", "0:0:1", "x"], &[], "--map-auto conflicts with --map-users"),
    (&["--net", "--unshare-all", "--share-net", "x"], &[], "--net conflicts with --share-net"),
    (&["--map-users", "0:0:1", "--map-auto", "x"], &[], "--map-auto conflicts with --map-users"),
    (&["--pid"], &["CONTAINER_INIT_PAUSE=1"], "--pid conflicts with CONTAINER_INIT_PAUSE"),
    (&["-P", "--hostname", "x"], &[], "--hostname conflicts with --pause"),
    (&["-P", "--report", "x"], &[], "--report conflicts with --pause"),
    (
        &["--report", "x"],
        &["CONTAINER_INIT_PAUSE=1"],
        "--report conflicts with CONTAINER_INIT_PAUSE",
    ),
    (&["--propagation", "slave", "x"], &[], "--propagation needs --mount"),
    (
        &["--propagation", "rslave", "--mount", "x"],
        &[],
        "option --propagation: bad value 'rslave' (accepted: private, slave, shared, \
             unbindable or unchanged)",
    ),
    (&["--user=1000", "x"], &[], "option --user takes no value (got 1000; use --setuid 1000)"),
    (
        &["--net=/f", "x"],
        &[],
        "option --net takes no value (got /f; use --persist net=/f to keep it, --join net=/f to \
         enter it)",
    ),
    (
        &["--pid=/f", "x"],
        &[],
        "option --pid takes no value (got /f; use --join pid=/f to enter it)",
    ),
    (&["--fork=x", "x"], &[], "option --fork takes no value (got x)"),
    (
        &["--tmpfs=/a", "--tmpfs-size=1m", "x"],
        &[],
        "option --tmpfs-size stands before --tmpfs, and no --tmpfs follows",
    ),
    (&["--mount-proc=", "x"], &[], "option --mount-proc: bad value '' (accepted: a directory)"),
    (&["-g"], &[], "no command given (usage: init [OPTIONS] [--] COMMAND [ARG]...)"),
];

#[test]
fn every_mistake_is_named() {
    for (words, env, message) in MISTAKES {
        let usage = request(words, env).err().map(|usage| usage.to_string());
        assert_eq!(usage.as_deref(), Some(*message));
    }
}
