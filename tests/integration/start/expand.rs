//! `--expand-env`: variables in the command's words, without a shell.

use crate::support::*;
use std::time::{Duration, Instant};

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
    let scratch = Scratch::new();
    let path = scratch.executable("script", b"exit $1\n");
    let start = init(["--expand-env", "$SCRIPT", "${CODE:-5}"]);
    start.env("SCRIPT", &path).run().expect(5).silent();
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

/// The kernel takes words of 128 KiB, and of words and environment a quarter of the stack's
/// limit: what it would refuse is refused before, and said.
#[test]
fn the_kernels_limits() {
    let long = "x".repeat(100_000);
    let expand = |words: &[&str]| init(words).env("V", &long);
    let done = expand(&["--expand-env", "true", "$V$V"]).run().expect(125);
    done.one_line("option --expand-env: '$V$V' becomes longer than 131071 bytes");
    expand(&["--expand-env", "true", "$V"]).run().expect(0).silent();
    let of = |words: usize| {
        let command = ["--expand-env", "/bin/true"].into_iter();
        let start = init(command.chain(std::iter::repeat_n("$V", words)));
        let start = start.env("V", "0123456789").before_exec(|| unsafe {
            let limit = libc::rlimit { rlim_cur: 1 << 20, rlim_max: libc::RLIM_INFINITY };
            libc::setrlimit(libc::RLIMIT_STACK, &limit);
        });
        let done = start.run();
        let code = done.code();
        match code {
            0 => drop(done.silent()),
            _ => drop(done.expect(125).one_line("command and its environment become more than")),
        }
        code
    };
    // A word and its pointer take 19 of 256 KiB: the edge is somewhere here.
    let mut codes: Vec<i32> = (12_000..14_000).step_by(61).map(of).collect();
    codes.dedup();
    assert_eq!(codes, [0, 125]);
}

#[test]
fn many_words_take_no_time() {
    let words = std::iter::once("--expand-env").chain(std::iter::once("true"));
    let words = words.chain(std::iter::repeat_n("$V", 60_000));
    let start = Instant::now();
    init(words).env("V", "x").run().expect(0).silent();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
