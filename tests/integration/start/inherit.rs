//! The app starts as if init were absent.

use crate::support::*;
use std::fs::File;

/// Asserts that the probe finds the same with and without init, but for the part that must
/// differ. Returns what it found.
fn compare(name: &str, mut adjust: impl FnMut(Start) -> Start) -> String {
    let scratch = Scratch::new();
    let out = scratch.path("out");
    let streams = scratch.path("streams");
    // Both runs have the same marker, and no other process has it: its carriers are killed.
    let mark = marker();
    let mut found = |start: Start| {
        // The same files in both runs: descriptors and environment are compared byte by byte.
        let stream = || File::create(&streams).unwrap();
        let start = start.stdio(1, stream()).stdio(2, stream());
        let start = adjust(start).env("PROBE_OUT", out.to_str().unwrap());
        start.marked(&mark).run().expect(0);
        std::fs::read_to_string(&out).unwrap()
    };
    let direct = found(Start::new(probe_path(), ["state"]));
    let under = found(init_probe(&[], &["state"]));
    let same = |text: &str| text.split("\n--\n").next().unwrap().to_owned();
    for (direct, under) in same(&direct).lines().zip(same(&under).lines()) {
        assert_eq!(direct, under, "{name}");
    }
    assert_eq!(same(&direct).lines().count(), same(&under).lines().count(), "{name}");
    assert!(under.ends_with("pgid-is-pid true\nsid-is-pid false\n"), "{name}: {under}");
    same(&under)
}

fn ignore(signal: i32) {
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

#[test]
fn plain() {
    compare("plain", |start| start);
}

#[test]
fn mask_and_ignored_signals() {
    for signal in [libc::SIGPIPE, libc::SIGCHLD, libc::SIGHUP, libc::SIGTERM, 64] {
        let text = compare("ignored", |start| start.before_exec(move || ignore(signal)));
        let ignored = text.lines().find_map(|line| line.strip_prefix("SigIgn:\t")).unwrap();
        let ignored = u64::from_str_radix(ignored, 16).unwrap();
        assert_ne!(ignored & 1 << (signal - 1), 0, "{signal} is not ignored: the test is blind");
    }
    let text = compare("blocked", |start| {
        start.before_exec(|| {
            let mask = 0x8000_0001_8000_5003_u64;
            let nothing: *mut u64 = std::ptr::null_mut();
            unsafe {
                libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &mask, nothing, 8)
            };
        })
    });
    assert!(text.contains("SigBlk:\t8000000180005003\n"), "{text}");
}

#[test]
fn descriptors() {
    let scratch = Scratch::new();
    let path = scratch.path("file");
    std::fs::write(&path, "x").unwrap();
    let text = compare("descriptors", |start| {
        let path = path.clone();
        start.before_exec(move || {
            let file = File::open(&path).unwrap();
            unsafe {
                libc::dup2(std::os::fd::AsRawFd::as_raw_fd(&file), 77);
                libc::dup2(77, 99);
            }
        })
    });
    assert!(text.contains("fd 77 ") && text.contains("fd 99 "), "{text}");
}

#[test]
fn closed_standard_descriptors_stay_closed() {
    for closed in 0..8 {
        let text = compare("closed", |start| {
            start.before_exec(move || {
                for fd in (0..3).filter(|fd| closed & 1 << fd != 0) {
                    unsafe { libc::close(fd) };
                }
            })
        });
        for fd in 0..3 {
            let open = text.contains(&format!("fd {fd} "));
            assert_eq!(open, closed & 1 << fd == 0, "{closed:03b} {text}");
        }
    }
}

#[test]
fn directory_umask_limits_environment() {
    let scratch = Scratch::new();
    let dir = scratch.path("");
    let text = compare("the rest", |start| {
        start.current_dir(&dir).env("EMPTY", "").env("CONTAINER_INIT_QUIET", "1").before_exec(
            || unsafe {
                libc::umask(0o027);
                let limit = libc::rlimit { rlim_cur: 123, rlim_max: 456 };
                libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
                libc::nice(3);
            },
        )
    });
    assert!(text.contains("Umask:\t0027\n"), "{text}");
    assert!(text.contains("CONTAINER_INIT_QUIET=1"), "{text}");
}
