//! Processes that entered init's PID namespace from outside, as those of `docker exec`: they
//! are survivors too, although the kernel does not tell init of their end.

use crate::support::*;

/// A PID namespace whose main child exits with 7 when the pipe is closed, and a program that
/// entered the namespace.
fn entered(period: &str, program: &[&str]) -> (Running, Running, std::io::PipeWriter) {
    let (reader, writer) = pipe();
    let mut run =
        init([&format!("--grace-period={period}"), "sh", "-c", "echo up; read line; exit 7"])
            .as_pid1(true)
            .stdio(0, reader)
            .start();
    run.expect("up");
    let init = run.pid().to_string();
    let enter = ["-t", init.as_str(), "-p", "-m", "--"];
    let stranger = Start::new("nsenter", enter.iter().chain(program)).start();
    (run, stranger, writer)
}

fn able(test: &str) -> bool {
    let able = root() && installed("nsenter");
    if !able {
        skip(test, "needs root and nsenter");
    }
    able
}

#[test]
fn they_finish_their_work() {
    if !able("they_finish_their_work") {
        return;
    }
    let work = "n=0; while [ $n -lt 3000 ]; do n=$((n+1)); done; echo complete; exit 0";
    let probe = probe_path();
    let wait = format!("'{}' signals & while :; do wait; done", probe.display());
    let script = format!("trap '{work}' TERM; {wait}");
    let (run, mut stranger, writer) = entered("1h", &["sh", "-c", &script]);
    stranger.expect("ready ");
    drop(writer);
    let done = stranger.finish().expect(0);
    assert!(done.stdout.contains("\ncomplete\n"), "{done:?}");
    run.finish().expect(7).calm();
}

#[test]
fn stubborn_ones_are_killed_by_name() {
    if !able("stubborn_ones_are_killed_by_name") {
        return;
    }
    let script = "trap '' TERM; echo in; exec sleep 1000";
    let (run, mut stranger, writer) = entered("300ms", &["sh", "-c", script]);
    stranger.expect("in");
    drop(writer);
    run.finish().expect(7).one_line("killed after the grace period of 300ms: ");
    stranger.finish().expect(137);
}
