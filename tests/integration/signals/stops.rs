//! Stops without a shell, and things in the way of init that must not make it deaf.

use crate::support::*;

/// As without init: the kernel drops TSTP where no shell could continue the process.
#[test]
fn an_app_that_stops_itself_goes_on() {
    for first in [true, false] {
        for stop in ["kill -TSTP $$", "kill -TSTP 0"] {
            let script = format!("{stop}; exit 4");
            let start = init(["sh", "-c", &script]).as_pid1(first);
            let start = start.before_exec(|| _ = nix::unistd::setsid());
            start.run().expect(4).silent();
        }
    }
}

/// A program asks for it, by a signal that is rewritten: the app stays stopped until somebody
/// continues it, as after the same stop signal itself.
#[test]
fn a_stop_by_rewriting_lasts() {
    for first in [true, false] {
        for stop in ["TSTP", "TTIN", "STOP"] {
            let words = ["-r", &format!("USR1:{stop}"), "sleep", "1000"];
            let start = init(words).as_pid1(first).before_exec(|| _ = nix::unistd::setsid());
            let mut run = start.start();
            let main = run.main_child();
            run.signal(libc::SIGUSR1);
            in_state(main, 'T');
            std::thread::sleep(std::time::Duration::from_millis(100));
            assert_eq!(state(main), Some('T'), "{stop}");
            run.signal(libc::SIGCONT);
            in_state(main, 'S');
            run.signal(libc::SIGTERM);
            run.finish().expect(143).silent();
        }
    }
}

/// A stop signal that becomes another one asks for no stop.
#[test]
fn a_stop_that_is_rewritten_is_none() {
    let script = "trap 'kill -TSTP $$; exit 4' USR1; echo up; while :; do sleep 0.01; done";
    for first in [true, false] {
        let start = init(["-r", "TSTP:USR1", "sh", "-c", script]).as_pid1(first);
        let mut run = start.before_exec(|| _ = nix::unistd::setsid()).start();
        run.expect("up");
        run.signal(libc::SIGTSTP);
        run.finish().expect(4).silent();
    }
}

/// The app binds a FIFO over `/dev/tty` and continues init, which looks for the terminal then.
#[test]
fn a_fifo_in_place_of_the_terminal() {
    if !root() {
        return skip("a_fifo_in_place_of_the_terminal", "needs root, to mount");
    }
    let scratch = Scratch::new();
    let script = "mkfifo fifo && mount --bind fifo /dev/tty && echo up; exec sleep 1000";
    let init = init_path();
    let words =
        ["-m", "--propagation", "private", "--", init.to_str().unwrap(), "sh", "-c", script];
    let start = Start::new("unshare", words).current_dir(&scratch.path(""));
    let mut run = start.before_exec(|| _ = nix::unistd::setsid()).start();
    run.expect("up");
    run.signal(libc::SIGCONT);
    run.signal(libc::SIGTERM);
    run.finish().expect(143).silent();
}
