//! Messages never block init and never end it, whatever stderr is.

use crate::support::*;
use std::io::Write;
use std::os::fd::OwnedFd;

/// Asserts that signals and the status pass while init writes many messages.
fn works(start: Start) {
    let mut run = start.start();
    run.expect("ready ");
    for signal in [libc::SIGHUP, libc::SIGUSR1, libc::SIGWINCH, 40, 64] {
        run.signal(signal);
        run.expect(&format!("got {signal} "));
    }
    run.signal(libc::SIGTERM);
    run.expect("got 15 ");
    run.finish().expect(0);
}

fn talkative() -> Start {
    init_probe(&["-vvv"], &["signals"])
}

#[test]
fn closed() {
    works(talkative().before_exec(|| unsafe {
        libc::close(2);
    }));
}

#[test]
fn full_pipe() {
    let (reader, writer) = pipe();
    fill(&writer);
    works(talkative().stdio(2, writer));
    drop(reader);
}

#[test]
fn broken_pipe() {
    let (reader, writer) = pipe();
    drop(reader);
    works(talkative().stdio(2, writer));
}

#[test]
fn full_and_broken_socket() {
    for broken in [false, true] {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        fill(&theirs);
        let kept = (!broken).then_some(ours);
        works(talkative().stdio(2, OwnedFd::from(theirs)));
        drop(kept);
    }
}

/// A terminal with stopped output takes a few bytes and then blocks the writer.
#[test]
fn stopped_terminal() {
    let (mut main, side) = pty();
    // Ctrl-S; the line discipline acts on it during the write.
    main.write_all(b"\x13").unwrap();
    fill(&side);
    works(talkative().stdio(2, side));
    drop(main);
}

#[test]
fn full_disk() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    works(talkative().stdio(2, full));
}

#[test]
fn messages_are_appended_to_a_file() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    std::fs::write(&path, "before\n").unwrap();
    let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    init(["nosuch"]).stdio(2, file).run().expect(127);
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.strip_prefix("before\ninit: exec nosuch: No such file or directory");
    assert!(line.is_some_and(|rest| rest.ends_with('\n') && rest.lines().count() == 1), "{text}");
}

#[test]
fn verbosity() {
    let lines = |options: &[&str], log: &str| {
        let words = options.iter().copied().chain(["true"]).collect::<Vec<_>>();
        init(words).env("CONTAINER_INIT_LOG", log).run().expect(0).stderr.lines().count()
    };
    let plain = |options: &[&str]| {
        let words = options.iter().copied().chain(["true"]).collect::<Vec<_>>();
        init(words).run().expect(0).stderr
    };
    assert_eq!(plain(&[]), "");
    assert!(plain(&["-v"]).starts_with("init: main child "), "{}", plain(&["-v"]));
    assert_eq!(lines(&[], "info"), 2, "CONTAINER_INIT_LOG speaks where no flag does");
    assert_eq!(lines(&["-v"], "error"), 0, "and decides alone");
    init(["-q", "nosuch"]).run().expect(127).one_line("exec nosuch");
}

/// No filter hides why there is no app.
#[test]
fn errors_that_end_init_are_always_printed() {
    for log in ["off", "init::spawn=trace", "nosuch", "error,init=off"] {
        let done = init(["nosuch"]).env("CONTAINER_INIT_LOG", log).run().expect(127);
        done.one_line("init: exec nosuch: No such file or directory");
        let done = init(["--report", "/nosuch/x", "true"])
            .env("CONTAINER_INIT_LOG", log)
            .run()
            .expect(125);
        done.one_line("init: open report /nosuch/x: No such file or directory");
    }
}

/// A bad directive costs one line, where warnings are printed, and nothing else.
#[test]
fn odd_directives() {
    for (log, what) in [("a=b=c", "a=b=c"), ("info/text", "info/text"), ("warn,=x", "=x")] {
        let done = init(["true"]).env("CONTAINER_INIT_LOG", log).run().expect(0);
        done.one_line(&format!(
            "init: variable CONTAINER_INIT_LOG: bad value '{what}' (accepted: "
        ));
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        works(talkative().env("CONTAINER_INIT_LOG", log).stdio(2, full));
        let (reader, writer) = pipe();
        fill(&writer);
        works(talkative().env("CONTAINER_INIT_LOG", log).stdio(2, writer));
        drop(reader);
    }
    // An empty variable is no directive; it does not mean `error`.
    assert!(init(["-v", "true"]).env("CONTAINER_INIT_LOG", "").run().stderr.contains("main child"));
}
