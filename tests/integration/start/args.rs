//! Arguments are bytes, and reach the app as they are. Variables: init reads its own only.

use crate::support::places::own;
use crate::support::*;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

fn echoed(args: &[Vec<u8>]) {
    let probe = [probe_path().into_os_string(), OsString::from("args")];
    let words = probe.into_iter().chain(args.iter().cloned().map(OsString::from_vec));
    let done = init(words.collect::<Vec<_>>()).run().expect(0).silent();
    let found: Vec<&[u8]> = done.raw.split(|b| *b == 0).collect();
    assert_eq!(found.split_last().unwrap().1, args);
}

#[test]
fn any_bytes() {
    let every = (1..=255).collect::<Vec<u8>>();
    echoed(&[every, b"".to_vec(), b"-h".to_vec(), b"--".to_vec(), b"\xff\xfe".to_vec()]);
}

#[test]
fn nearly_two_megabytes() {
    // execve(2): a word has at most 128 KiB, all words a quarter of the stack limit.
    let args: Vec<Vec<u8>> = (0..19).map(|n| vec![b'a' + n; 100_000]).collect();
    echoed(&args);
}

#[test]
fn bad_words_of_any_bytes_are_named_on_one_line() {
    let word = OsString::from_vec(b"--\xff\n\x1b[31m".to_vec());
    init([word]).run().expect(125).one_line("unknown option --");
    let long = OsString::from_vec([b"--".to_vec(), vec![b'x'; 100_000]].concat());
    init([long]).run().expect(125).one_line("unknown option --xxx");
    // The message is cut, but the part behind the long word stays.
    let long = "x".repeat(2000);
    init(["--timeout", &long, "true"]).run().expect(125).one_line("...' (accepted: a duration");
    init([long]).run().expect(127).one_line("...: No such file or directory");
}

/// The kernel adds the interpreter's line, so a script can have too much where init had not.
#[test]
fn too_many_arguments() {
    let scratch = Scratch::new();
    let line = format!("#!/bin/sh -{}\n", "e".repeat(200));
    let path = scratch.executable("app", line.as_bytes());
    let text = |text: &str| std::ffi::CString::new(text).unwrap();
    let (own, path) = (text(&own()), text(&path));
    // 128 KiB is the least that Linux allows; "true" runs where not even init gets them.
    let with = |count: usize| {
        let (own, path) = (own.clone(), path.clone());
        let (one, other) = (text(&"x".repeat(count / 2)), text(&"x".repeat(count - count / 2)));
        let start = Start::new("true", [""; 0]).before_exec(move || unsafe {
            let limit = libc::rlimit { rlim_cur: 512 * 1024, rlim_max: 512 * 1024 };
            libc::setrlimit(libc::RLIMIT_STACK, &limit);
            let none = [std::ptr::null()];
            let words = [own.as_ptr(), path.as_ptr(), one.as_ptr(), other.as_ptr(), none[0]];
            libc::execve(own.as_ptr(), words.as_ptr(), none.as_ptr());
        });
        start.run()
    };
    let done = (130_000..131_100).step_by(50).map(with).find(|done| !done.stderr.is_empty());
    let done = done.unwrap().expect(126);
    done.one_line("Argument list too long (arguments and environment have 13");
}

#[test]
fn variables_of_images_do_nothing() {
    let start = init(["sh", "-c", "exit 3"]);
    let images = [("INIT_DELAY", "5s"), ("INIT_TIMEOUT", "x"), ("INIT_PAUSE", "1")];
    let start = images.iter().fold(start, |start, (name, value)| start.env(name, value));
    start.env("INIT_CHECK", "1").run().expect(3).silent();
}

#[test]
fn an_unknown_variable_is_named_when_asked() {
    let with = |option| init([option, "true"]).env("CONTAINER_INIT_GRACE", "8s").run().expect(0);
    with("-q").silent();
    with("-s").silent();
    let said = with("-v").stderr;
    let name = "CONTAINER_INIT_GRACE: unknown (did you mean CONTAINER_INIT_GRACE_PERIOD?)";
    assert!(said.contains(&format!("init: variable {name}\n")), "{said}");
}
