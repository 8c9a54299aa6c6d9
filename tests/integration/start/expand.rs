//! `--expand-env`: variables in the command's words, without a shell.

use crate::support::*;

fn echoed(words: &[&str]) -> Start {
    let probe = probe_path();
    let before = ["--expand-env", "--", probe.to_str().unwrap(), "args"];
    init([&before[..], words].concat()).env("NAME", "a b").env("EMPTY", "")
}

#[test]
fn words_are_expanded_and_not_split() {
    let done = echoed(&["$NAME", "x${NAME}y", "${EMPTY:-80}", "$$NAME", "$"]).run().expect(0);
    assert_eq!(done.silent().stdout, "a b\0xa by\080\0$NAME\0$\0");
    let plain = init([probe_path().to_str().unwrap(), "args", "$NAME"]).run().expect(0);
    assert_eq!(plain.silent().stdout, "$NAME\0");
}

#[test]
fn the_command_too_and_by_a_variable() {
    let start = init(["$PROGRAM", "-c", "exit $STATUS"]).env("CONTAINER_INIT_EXPAND_ENV", "1");
    start.env("PROGRAM", "sh").env("STATUS", "9").run().expect(9).silent();
}

/// To run a script without `#!`, exec needs a free word before the command.
#[test]
fn scripts_still_run() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let path = scratch.path("script");
    std::fs::write(&path, "exit $1\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let start = init(["--expand-env", "$SCRIPT", "${CODE:-5}"]);
    start.env("SCRIPT", path.to_str().unwrap()).run().expect(5).silent();
}

#[test]
fn what_cannot_be_expanded() {
    for (word, text) in [
        (
            "$NOPE",
            "option --expand-env: NOPE is unset in '$NOPE' (set it, or give a default: ${NOPE:-TEXT})",
        ),
        ("${NAME", "option --expand-env: bad variable in '${NAME' (accepted: $VAR, "),
    ] {
        echoed(&["x", word]).run().expect(125).one_line(text);
    }
    let start = init(["$NOPE"]).env("CONTAINER_INIT_EXPAND_ENV", "yes");
    start.run().expect(125).one_line("NOPE is unset");
}
