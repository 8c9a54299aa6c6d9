//! Signals at any moment around the spawn: no signal is lost, and no process stays behind.

use std::time::Duration;

use crate::support::*;

/// A start takes a part of this time: most moments fall into the start, some behind it.
const WITHIN: Duration = Duration::from_millis(3);

/// Moments spread over the start: the same moments in every run, and no two alike.
fn moments(count: u32) -> impl Iterator<Item = Duration> {
    moments_within(WITHIN, count)
}

fn block_all() {
    let mask = u64::MAX;
    let nothing: *mut u64 = std::ptr::null_mut();
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &mask, nothing, 8) };
}

/// TERM is blocked from the start, so it kills no process on the way: each TERM has to reach
/// the app.
#[test]
fn term_arrives() {
    for options in [&[][..], &["-g"], &["--new-session"]] {
        for moment in moments(500) {
            let mut run = init_probe(options, &["signals"]).before_exec(block_all).start();
            wait(moment);
            run.signal(libc::SIGTERM);
            let done = run.finish().expect(0).silent();
            assert!(done.stdout.ends_with("got 15 0 0\n"), "{options:?} {moment:?} {done:?}");
        }
    }
}

/// Started as by a shell, with nothing blocked: a TERM before init blocks signals kills init,
/// and a TERM before the app blocks them kills the app. The status tells the death.
#[test]
fn term_ends_it() {
    for moment in moments(500) {
        let mut run = init_probe(&[], &["signals"]).start();
        wait(moment);
        run.signal(libc::SIGTERM);
        let done = run.finish();
        let told = done.code() == 0 && done.stdout.ends_with("got 15 0 0\n");
        assert!(told || done.code() == 143, "{moment:?} {done:?}");
    }
}

#[test]
fn kill_leaves_nobody() {
    for moment in moments(200) {
        let mark = marker();
        let mut run = init_probe(&[], &["signals"]).marked(&mark).start();
        wait(moment);
        run.signal(libc::SIGKILL);
        until("the app is gone too", || marked(&mark).is_empty());
        drop(run);
    }
}
