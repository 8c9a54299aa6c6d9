//! The rows of the manual's tables about tini, dumb-init and catatonit.

use super::rows::*;

/// An orphan says who adopted it; it gives up after some seconds.
const ADOPTS: &str = r#"exec "$@" sh -c 'echo $( (sh -c '\''
    n=0; until read -r _ _ _ p _ </proc/$$/stat; [ $p = $0 ] || [ $n = 500 ]; do n=$((n+1)); sleep 0.01; done
    [ $p = $0 ] && echo adopted'\'' $PPID &) )'"#;
/// The parent ends, and the command says what it was told.
const PARENT_ENDS: &str = r#"sh -c '"$@" sh -c '\''trap "echo told; exit" TERM; echo up; while :; do sleep 0.01; done'\'' >out &
    until grep -q up out; do sleep 0.01; done' sh "$@"
    n=0; until grep told out || [ $n = 500 ]; do n=$((n+1)); sleep 0.01; done"#;
/// A child of the main child tells whether a signal to init reaches it; the main child ignores it.
const GROUP: &str = r#"exec "$@" sh -c '(trap "echo told; exit" TERM; : >up; n=0
    until [ $n = 500 ]; do n=$((n+1)); sleep 0.01; done) &
    until [ -e up ]; do sleep 0.01; done; trap "" TERM; kill $PPID; wait'"#;
/// The same; a later signal to the main child ends both.
const ALONE: &str = r#"exec "$@" sh -c '(trap "echo told" TERM; : >up
    until [ -e over ]; do sleep 0.01; done) & child=$!
    until [ -e up ]; do sleep 0.01; done; trap "" TERM; trap ": >over" WINCH; kill $PPID; kill -WINCH $PPID
    wait $child; wait $child; echo alone'"#;
const WARNS: &str = r#""$@" sh -c 'o=$( (sh -c "echo \$\$" &) ); while [ -e /proc/$o ]; do sleep 0.01; done' 2>&1 | grep -c eaped"#;
const QUIT: &str =
    r#"exec "$@" sh -c 'trap "echo quit; exit 4" QUIT; kill $PPID; while :; do sleep 0.01; done'"#;
const DROPPED: &str = r#"exec "$@" sh -c 'trap "echo term" TERM; trap "exit 5" WINCH; kill $PPID; kill -WINCH $PPID; while :; do sleep 0.01; done'"#;
/// How many lines tell of the main child's start and end.
const TELLS: &str = r#""$@" true 2>&1 | grep -ciE 'spawned|main child'"#;
/// Does a line tell of the main child's start? grep reads to the end: dumb-init answers a SIGPIPE by a
/// message, which is the next SIGPIPE.
const STARTS: &str = r#""$@" true 2>&1 | grep -iE 'spawned|started' >/dev/null && echo start"#;
/// Does a line tell of a signal?
const TRACES: &str = r#""$@" sh -c 'trap "exit 3" USR1; kill -USR1 $PPID; while :; do sleep 0.01; done' 2>&1 | grep -iE 'usr1|user defined signal 1|signal 10|signal: 10' >/dev/null && echo signal"#;
const SHORT: &str = r#""$@" | grep -q . && echo text"#;
const PAUSES: &str = r#""$@" & until grep -qE 'sigtimedwait|signalfd' /proc/$!/wchan; do sleep 0.01; done; kill -TERM $!; wait $!"#;
const PLAIN: &str = r#"exec "$@""#;
const EIGHT: &str = r#"exec "$@" sh -c 'exit 8'"#;

pub const TABLES: &[Table] = &[
    Table {
        heading: "From tini",
        program: "tini",
        rows: &[
            row(
                "`-s`, `TINI_SUBREAPER`",
                "nothing: `-s` is the default",
                &[
                    same("tini -s --", "init --", ADOPTS, (0, "adopted")),
                    same("env TINI_SUBREAPER= tini --", "init -s --", ADOPTS, (0, "adopted")),
                ],
            ),
            row(
                "`-p SIG`",
                "the same",
                &[same("tini -p SIGTERM --", "init -p SIGTERM --", PARENT_ENDS, (0, "told"))],
            ),
            row(
                "`-g`, `TINI_KILL_PROCESS_GROUP`",
                "`-g`, `CONTAINER_INIT_PROCESS_GROUP=1`",
                &[
                    same("tini -g --", "init -g --", GROUP, (0, "told")),
                    same(
                        "env TINI_KILL_PROCESS_GROUP= tini --",
                        "env CONTAINER_INIT_PROCESS_GROUP=1 init --",
                        GROUP,
                        (0, "told"),
                    ),
                ],
            ),
            row(
                "`-e CODE`",
                "the same, or a list: `-e 143,130`",
                &[
                    same("tini -e 7 --", "init -e 7 --", SEVEN, (0, "")),
                    same("tini -e 7 -e 8 --", "init -e 7,8 --", EIGHT, (0, "")),
                    same("tini -e 7 --", "init -e 7 --", EIGHT, (8, "")),
                ],
            ),
            row("`-w`", "the same", &[same("tini -s -w --", "init -w --", WARNS, (0, "1"))]),
            row(
                "`-v`, `-vv`, `-vvv`",
                "the same; all messages are on stderr",
                &[
                    same("tini -s -v --", "init -v --", TELLS, (0, "2")),
                    same("tini -s -vv --", "init -vv --", TRACES, (0, "signal")),
                    same("tini -s -vvv --", "init -vvv --", TRACES, (0, "signal")),
                ],
            ),
            row(
                "`TINI_VERBOSITY=3`",
                "`CONTAINER_INIT_VERBOSE=2`, one less: ours counts from 0",
                &[
                    same(
                        "env TINI_VERBOSITY=2 tini -s --",
                        "env CONTAINER_INIT_VERBOSE=1 init --",
                        TELLS,
                        (0, "2"),
                    ),
                    same(
                        "env TINI_VERBOSITY=3 tini -s --",
                        "env CONTAINER_INIT_VERBOSE=2 init --",
                        TRACES,
                        (0, "signal"),
                    ),
                ],
            ),
            row(
                "`-l`, `-h`, `--version`",
                "the same",
                &[
                    same("tini -l", "init -l", SHORT, (0, "text")),
                    same("tini -h", "init -h", SHORT, (0, "text")),
                    same("tini --version", "init --version", SHORT, (0, "text")),
                ],
            ),
            row(
                "status 1 for an error of its own",
                "status 125",
                &[other("tini -x", "init -x", PLAIN, (1, ""), (125, ""))],
            ),
        ],
    },
    Table {
        heading: "From dumb-init",
        program: "dumb-init",
        rows: &[
            row(
                "no option: a session, and signals for its group",
                "`--new-session --forward-to group`",
                &[
                    same(
                        "dumb-init --",
                        "init --new-session --forward-to group --",
                        LEADS,
                        (0, "leads"),
                    ),
                    same(
                        "dumb-init --",
                        "init --new-session --forward-to group --",
                        GROUP,
                        (0, "told"),
                    ),
                ],
            ),
            row(
                "`-c`, `--single-child`, `DUMB_INIT_SETSID=0`",
                "nothing: always so",
                &[
                    same("dumb-init -c --", "init --", ALONE, (0, "alone")),
                    same("dumb-init --single-child --", "init --", LEADS, (1, "")),
                    same("env DUMB_INIT_SETSID=0 dumb-init --", "init --", LEADS, (1, "")),
                ],
            ),
            row(
                "`-r 15:3`, `--rewrite 15:3`",
                "the same, or `-r TERM:QUIT`",
                &[
                    same("dumb-init -r 15:3 --", "init -r 15:3 --", QUIT, (4, "quit")),
                    same(
                        "dumb-init --rewrite 15:3 --",
                        "init --rewrite TERM:QUIT --",
                        QUIT,
                        (4, "quit"),
                    ),
                ],
            ),
            row(
                "`-r 15:0`",
                "the same, or `-r TERM:none`",
                &[
                    same("dumb-init -r 15:0 --", "init -r 15:0 --", DROPPED, (5, "")),
                    same("dumb-init -r 15:0 --", "init -r TERM:none --", DROPPED, (5, "")),
                ],
            ),
            row(
                "`-v`, `--verbose`, `DUMB_INIT_DEBUG=1`",
                "`-vv`",
                &[
                    same("dumb-init -v --", "init -vv --", TRACES, (0, "signal")),
                    same("dumb-init --verbose --", "init -vv --", TRACES, (0, "signal")),
                    same(
                        "env DUMB_INIT_DEBUG=1 dumb-init --",
                        "init -vv --",
                        TRACES,
                        (0, "signal"),
                    ),
                ],
            ),
            row(
                "`-h`, `--help`, `-V`, `--version`",
                "the same, on stdout",
                &[
                    same("dumb-init -h", "init -h", TEXT, (0, "text")),
                    same("dumb-init --help", "init --help", TEXT, (0, "text")),
                    same("dumb-init -V", "init -V", TEXT, (0, "text")),
                    same("dumb-init --version", "init --version", TEXT, (0, "text")),
                ],
            ),
            row(
                "status 1 for an error of its own, 2 for a command that does not run",
                "status 125; 127 and 126",
                &[
                    other("dumb-init -x", "init -x", PLAIN, (1, ""), (125, "")),
                    other("dumb-init /no", "init /no", PLAIN, (2, ""), (127, "")),
                    other("dumb-init /", "init /", PLAIN, (2, ""), (126, "")),
                ],
            ),
        ],
    },
    Table {
        heading: "From catatonit",
        program: "catatonit",
        rows: &[
            row("`-g`", "the same", &[same("catatonit -g --", "init -g --", GROUP, (0, "told"))]),
            row(
                "`-P`",
                "the same, or `--pause`",
                &[
                    same("catatonit -P", "init -P", PAUSES, (0, "")),
                    same("catatonit -P", "init --pause", PAUSES, (0, "")),
                ],
            ),
            row(
                "`CATATONIT_DEBUG=1`",
                "`-vv`",
                &[same("env CATATONIT_DEBUG=1 catatonit --", "init -vv --", STARTS, (0, "start"))],
            ),
            row("`-L`", "`-l`", &[same("catatonit -L", "init -l", TEXT, (0, "text"))]),
            row(
                "`-h`, `-V`, `--version`",
                "the same, on stdout",
                &[
                    same("catatonit -h", "init -h", TEXT, (0, "text")),
                    same("catatonit -V", "init -V", TEXT, (0, "text")),
                    same("catatonit --version", "init --version", TEXT, (0, "text")),
                ],
            ),
            row(
                "status 1 for an error of its own, and for a command that does not run",
                "status 125; 127 and 126",
                &[
                    other("catatonit -x", "init -x", PLAIN, (1, ""), (125, "")),
                    other("catatonit /no", "init /no", PLAIN, (1, ""), (127, "")),
                    other("catatonit /", "init /", PLAIN, (1, ""), (126, "")),
                ],
            ),
        ],
    },
    super::unshare::UNSHARE,
    super::bwrap::BWRAP,
];
