//! Numbers of processes that are given out again at once.

use crate::support::*;

/// Where the kernel's next number comes from, in the reader's PID namespace.
const LAST: &str = "/proc/sys/kernel/ns_last_pid";

fn able(test: &str) -> bool {
    if !root() {
        skip(test, "needs root, to choose numbers");
    }
    root()
}

/// Five orphans at a time have the same numbers as those before.
#[test]
fn orphans_with_the_same_numbers() {
    if !able("orphans_with_the_same_numbers") {
        return;
    }
    let five = "(:& :& :& :& :&)";
    let script =
        format!("n=0; while [ $n -lt 50 ]; do echo 300 >{LAST}; {five}; n=$((n+1)); done; exit 8");
    let init = init_path();
    let below = ["sh", "-c", "\"$@\"; exit $?", "sh", init.to_str().unwrap(), "sh", "-c", &script];
    init_in(&below).run().expect(8).silent();
    init_in(&below[4..]).run().expect(8).silent();
}

/// The program as PID 1: init, or a shell above it.
fn init_in(words: &[&str]) -> Start {
    Start::new(words[0], &words[1..]).as_pid1(true)
}

/// A survivor that ends on TERM, and another that gets its number: it is asked, too.
#[test]
fn a_survivor_with_the_number_of_another() {
    if !able("a_survivor_with_the_number_of_another") {
        return;
    }
    let (reader, writer) = pipe();
    let script = format!("'{}' again & read line; exit 7", storm_path().display());
    let start = init(["--grace-period=1h", "sh", "-c", &script]).as_pid1(true).stdio(0, reader);
    let mut run = start.start();
    let number = run.expect("first ")["first ".len()..].to_owned();
    drop(writer);
    assert_eq!(run.line(), format!("again {number}"));
    run.expect("asked");
    run.finish().expect(7).calm();
}
