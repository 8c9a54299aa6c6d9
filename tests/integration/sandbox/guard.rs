//! Keys that an app puts into its terminal, where the caller's shell would read them: no app of
//! a sandbox can, unless `--allow-tiocsti` says so.

use std::io::Read;
use std::os::fd::AsRawFd;

use crate::support::places::{ordinary, own};
use crate::support::pty::Terminal;
use crate::support::*;

/// Makes the terminal the program's controlling terminal; 0, 1 and 2 are elsewhere.
fn controlled(start: Start, terminal: &Terminal) -> Start {
    let terminal = terminal.open();
    start.before_exec(move || unsafe {
        libc::setsid();
        libc::ioctl(terminal.as_raw_fd(), libc::TIOCSCTTY, 0);
    })
}

/// How many keys the terminal has got that nobody has typed.
fn keys(terminal: &Terminal) -> usize {
    let fd = terminal.open();
    let mut count = 0;
    unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONREAD, &mut count) };
    let mut read = vec![0; count as usize];
    std::fs::File::from(fd).read_exact(&mut read).unwrap();
    assert!(read.iter().all(|key| *key == b'x'), "{read:?}");
    read.len()
}

/// Keys can be read as they come.
fn terminal() -> Terminal {
    let terminal = Terminal::new();
    terminal.set(|settings| settings.local_flags.remove(nix::sys::termios::LocalFlags::ICANON));
    terminal
}

/// The answers to each way to put keys into a terminal.
fn answers(said: &str) -> Vec<(&str, &str)> {
    let lines = said.lines().filter(|line| line.starts_with("TIOC"));
    lines.map(|line| line.split_once(": ").unwrap()).collect()
}

/// Asserts that each way was refused by a filter. Not each kernel knows every way.
#[track_caller]
fn refused(said: &str, terminal: &Terminal) {
    let answers = answers(said);
    assert!(answers.len() >= 4, "{said}");
    for (way, answer) in answers {
        let expected = "Operation not permitted (os error 1)";
        assert_eq!(answer, expected, "{way}\n{said}");
    }
    assert_eq!(keys(terminal), 0);
}

/// Asserts that a key came through.
#[track_caller]
fn works(said: &str, terminal: &Terminal) {
    let native = answers(said).into_iter().find(|(way, _)| *way == "TIOCSTI native").unwrap();
    let has_done = answers(said).iter().filter(|(_, answer)| *answer == "done").count();
    match native.1 {
        "done" => assert_eq!(keys(terminal), has_done),
        // What the kernel says where dev.tty.legacy_tiocsti is 0, to who is not root.
        answer => assert_eq!(answer, "Input/output error (os error 5)"),
    }
}

const TTY: [&str; 2] = ["type", "/dev/tty"];

/// Without the guard the attack works, by the plain init and by another sandbox.
#[test]
fn unguarded_keys_reach_the_terminal() {
    let terminal = terminal();
    let probe = probe_path();
    let run = |start: Start| controlled(start, &terminal).run().expect(0).stdout;
    works(&run(init_probe(&[], &TTY)), &terminal);
    works(&run(init_probe(&["--chdir=/", "--allow-tiocsti"], &TTY)), &terminal);
    probe_as_each(&["-q", "--user", "--allow-tiocsti"], &TTY, |_, start| {
        works(&run(start), &terminal);
    });
    if !installed("bwrap") {
        return skip("unguarded_keys_reach_the_terminal", "needs bwrap");
    }
    let bwrap = ["--dev-bind", "/", "/", probe.to_str().unwrap()];
    works(&run(Start::new("bwrap", bwrap.iter().chain(&TTY))), &terminal);
}

#[test]
fn guarded_keys_do_not() {
    let terminal = terminal();
    for options in [
        &["--user"][..],
        &["--user", "--pid", "--mount-proc"],
        &["--time", "--uts"],
        &["--cap-drop=ALL"],
        &["--no-new-privs"],
        &["--root=/", "--mount-dev", "--pid"],
        &["--user", "--new-session"],
        &["--user", "--cap-add=SYS_ADMIN"],
    ] {
        let options = [&["-q"], options].concat();
        probe_as_each(&options, &TTY, |user, start| {
            // By the controlling terminal, with 0, 1 and 2 elsewhere.
            let done = controlled(start, &terminal).run().expect(0).silent();
            if options.contains(&"--new-session") {
                assert!(done.stdout.starts_with("open false"), "{user:?}");
                assert_eq!(keys(&terminal), 0);
            } else {
                refused(&done.stdout, &terminal);
            }
        });
        // By standard input, in another session.
        probe_as_each(&options, &["type", "/proc/self/fd/0"], |_, start| {
            let done = start.stdio(0, terminal.open()).run().expect(0).silent();
            if done.stdout.starts_with("open true") {
                refused(&done.stdout, &terminal);
            }
            assert_eq!(keys(&terminal), 0);
        });
    }
    if root() {
        let options = ["--setuid=7", "--cap-add=SYS_ADMIN", "--uts"];
        let done = controlled(init_probe(&options, &TTY), &terminal).run().expect(0).silent();
        refused(&done.stdout, &terminal);
    }
}

/// Who has neither CAP_SYS_ADMIN nor no_new_privs can have no filter: said at `-v`.
#[test]
fn a_guard_that_cannot_be() {
    let terminal = terminal();
    let done = controlled(ordinary(init_probe(&["-v", "--chdir=/"], &TTY)), &terminal).run();
    let done = done.expect(0);
    assert!(done.stderr.contains("no guard of the terminal: it needs "), "{done:?}");
    works(&done.stdout, &terminal);
}

/// Without a terminal there is no filter, and in a sandbox with a guard no second guard.
#[test]
fn one_guard_where_there_is_a_terminal() {
    let status = ["grep", "^Seccomp", "/proc/self/status"];
    let own = own();
    let nested = [&["--user", "--", &own, "--user", "--"][..], &status].concat();
    let terminal = terminal();
    for (words, filters) in [([&["-q", "--user", "--"][..], &status].concat(), 1), (nested, 1)] {
        let words = [&["-q"], &words[..]].concat();
        let run = |start: Start| ordinary(start).run().expect(0).silent().stdout;
        let guarded = run(controlled(init(&words), &terminal));
        assert_eq!(guarded, format!("Seccomp:\t2\nSeccomp_filters:\t{filters}\n"));
        let free = run(init(&words).before_exec(|| unsafe {
            libc::setsid();
        }));
        assert_eq!(free, "Seccomp:\t0\nSeccomp_filters:\t0\n");
    }
}

/// Refuses prctl(2) with PR_SET_SECCOMP, as a kernel without filters does.
fn refuse_filters() {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter};
    let line = |code: u32, jf: u8, k: u32| sock_filter { code: code as u16, jt: 0, jf, k };
    let (load, equal) = (BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K);
    let mut lines = [
        line(load, 0, 0),
        line(equal, 3, libc::SYS_prctl as u32),
        line(load, 0, 16),
        line(equal, 1, libc::PR_SET_SECCOMP as u32),
        line(BPF_RET | BPF_K, 0, libc::SECCOMP_RET_ERRNO | libc::EINVAL as u32),
        line(BPF_RET | BPF_K, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: lines.len() as u16, filter: lines.as_mut_ptr() };
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program), 0);
    }
}

#[test]
fn where_filters_cannot_be_loaded() {
    let terminal = terminal();
    for topology in ["--uts", "--pid", "--time"] {
        as_each(&["-q", "--user", topology, "true"], |_, start| {
            let start = controlled(start, &terminal).before_exec(refuse_filters);
            let line =
                "init: guard the terminal: Invalid argument (no seccomp filter can be loaded";
            start.run().expect(125).one_line(line);
        });
        as_each(&["-q", "--user", topology, "--allow-tiocsti", "true"], |_, start| {
            let start = controlled(start, &terminal).before_exec(refuse_filters);
            start.run().expect(0).silent();
        });
    }
}

/// The guard is no cause of anything else.
#[test]
fn the_guard_is_not_blamed() {
    if !installed("strace") {
        return skip("the_guard_is_not_blamed", "needs strace");
    }
    let terminal = terminal();
    let own = own();
    let inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=pivot_root:error=EPERM"];
    let nested = [&inject[..], &["--", &own, "--root=/", "true"]].concat();
    let outer = [&["-q", "--user", "--map-root-user", "--"][..], &nested].concat();
    let done = controlled(ordinary(init(&outer)), &terminal).run().expect(125);
    let done = done.one_line("init: pivot_root: Operation not permitted");
    assert!(!done.stderr.contains("seccomp"), "{done:?}");
    // With a filter of somebody else's there is more to suspect.
    let filter = || refuse(&[libc::SYS_sync], libc::EPERM);
    let done = controlled(ordinary(init(&outer)), &terminal).before_exec(filter).run();
    done.expect(125).one_line("(a seccomp filter blocks it; ");
}
