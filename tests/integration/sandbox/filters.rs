//! `--seccomp`: filters of the app's system calls.

use std::fs;

use crate::support::places::ordinary;
use crate::support::*;

const ERRNO: u32 = libc::SECCOMP_RET_ERRNO;

/// Files with programs, which everybody may read.
struct Filters(Scratch);

impl Filters {
    fn new() -> Filters {
        let scratch = Scratch::new();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(scratch.path(""), mode).unwrap();
        Filters(scratch)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.path(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

const TOPOLOGIES: [&[&str]; 5] = [&[], &["--pid"], &["--uts"], &["--time"], &["--cap-drop=ALL"]];

#[test]
fn the_app_runs_under_all_filters() {
    let filters = Filters::new();
    let no_uname = filters.file("uname", &program(&[libc::SYS_uname], ERRNO | 95));
    let no_sync = filters.file("sync", &program(&[libc::SYS_sync], ERRNO | 1));
    // The second filter refuses what loads a filter.
    let no_more = filters.file("more", &program(&[libc::SYS_prctl, libc::SYS_seccomp], ERRNO | 1));
    let script = "uname 2>&1; grep -E '^(NoNewPrivs|Seccomp|Seccomp_filters):' /proc/self/status";
    for topology in TOPOLOGIES {
        let files = ["--seccomp", &no_uname, "--seccomp", &no_sync, "--seccomp", &no_more];
        let words = [topology, &files, &["--", "sh", "-c", script]].concat();
        as_each(&words, |user, start| {
            let done = start
                .before_exec(|| unsafe {
                    let _ = libc::setsid();
                })
                .run();
            let found = done.expect(0).silent().stdout;
            let expected = ["Operation not supported", "NoNewPrivs:\t1", "Seccomp:\t2"];
            for part in expected.into_iter().chain(["Seccomp_filters:\t3"]) {
                assert!(found.contains(part), "{user:?} {topology:?} {part} {found}");
            }
        });
    }
}

/// A filter asks for no namespace.
#[test]
fn an_ordinary_user_needs_no_namespace() {
    let filters = Filters::new();
    let file = filters.file("a", &program(&[libc::SYS_uname], ERRNO | 1));
    let words = ["--seccomp", &file, "--", "readlink", "/proc/self/ns/user"];
    let done = ordinary(init(words)).run().expect(0).silent();
    assert_eq!(done.stdout.trim(), fs::read_link("/proc/self/ns/user").unwrap().to_str().unwrap());
}

/// A program as libseccomp compiles and exports it, which is what bubblewrap's users have.
#[test]
fn a_program_of_libseccomp() {
    let test = "a_program_of_libseccomp";
    let python = "/usr/bin/python3";
    let has = Start::new(python, ["-c", "import seccomp"]).run().code() == 0;
    if !has {
        return skip(test, "needs python3-seccomp");
    }
    let filters = Filters::new();
    let file = filters.file("libseccomp", b"");
    let script = "import sys, seccomp as s\n\
                  f = s.SyscallFilter(s.ALLOW)\n\
                  f.add_rule(s.ERRNO(95), 'uname')\n\
                  f.add_rule(s.ERRNO(1), 'socket', s.Arg(0, s.EQ, 16))\n\
                  f.export_bpf(open(sys.argv[1], 'wb'))";
    Start::new(python, ["-c", script, &file]).run().expect(0).silent();
    for topology in TOPOLOGIES {
        let words = [topology, &["--seccomp", &file, "--", "uname"]].concat();
        as_each(&words, |_, start| {
            start.run().expect(1).one_line("Operation not supported");
        });
    }
    // The same by bubblewrap, which takes a descriptor.
    if !installed("bwrap") {
        return skip(test, "needs bwrap");
    }
    let script = "exec bwrap --bind / / --seccomp 9 uname 9<\"$0\"";
    let done = Start::new("sh", ["-c", script, &file]).run().expect(1);
    done.one_line("Operation not supported");
}

#[test]
fn files_that_are_no_programs() {
    let filters = Filters::new();
    let allow = program(&[], ERRNO);
    let elf = fs::read("/proc/self/exe").unwrap()[..4096].to_vec();
    for (bytes, said) in [
        (&b""[..], "it is empty; "),
        (&elf, "it is an ELF file; "),
        (b"{ \"defaultAction\": \"SCMP_ACT_ERRNO\" }\n", "it is JSON; "),
        (&allow[..13], "its length is no multiple of 8"),
        (&allow.repeat(4096), "it is longer than 4096 instructions; "),
    ] {
        let file = filters.file("bad", bytes);
        for topology in TOPOLOGIES {
            let words = [topology, &["--seccomp", &file, "true"]].concat();
            as_each(&words, |_, start| {
                let line = format!("init: read filter {file}: {said}");
                start.run().expect(125).one_line(&line);
            });
        }
    }
    let missing = init(["--seccomp=/nosuch", "true"]).run().expect(125);
    missing.one_line("init: read filter /nosuch: No such file or directory");
    for special in ["/dev/null", "/", "/proc/self/fd/0"] {
        let done = init(["--seccomp", special, "true"]).run().expect(125);
        done.one_line(&format!("init: read filter {special}: it is not a regular file; "));
    }
    // The kernel refuses what only it can judge: a jump past the end.
    let file = filters.file("bad", &[6, 0, 0, 0, 0, 0, 0, 0].map(|b| b | 1));
    for topology in TOPOLOGIES {
        as_each(&[topology, &["--seccomp", &file, "true"]].concat(), |_, start| {
            let line = format!("init: load filter {file}: Invalid argument (it is not a valid BPF");
            start.run().expect(125).one_line(&line);
        });
    }
}

/// A filter that does not let the command start is named, also one that refuses everything.
#[test]
fn filters_that_refuse_the_exec() {
    let filters = Filters::new();
    let exec = [libc::SYS_execve];
    // BPF_RET | BPF_K for all calls.
    let all = |answer: u32| [&[6, 0, 0, 0][..], &answer.to_ne_bytes()].concat();
    for (bytes, error, does) in [
        (program(&exec, ERRNO | 13), "Permission denied", "refuses execve"),
        (program(&exec, ERRNO), "Operation not permitted", "refuses execve"),
        (all(ERRNO | 1), "Operation not permitted", "refuses execve"),
        (program(&exec, libc::SECCOMP_RET_KILL_PROCESS), "Operation not permitted", "kills who"),
        (all(libc::SECCOMP_RET_KILL_PROCESS), "Operation not permitted", "kills who"),
    ] {
        let file = filters.file("exec", &bytes);
        for topology in TOPOLOGIES {
            as_each(&[topology, &["--seccomp", &file, "true"]].concat(), |_, start| {
                let line =
                    format!("init: exec true: {error} (the filter {file} of --seccomp {does}");
                start.run().expect(126).one_line(&line);
            });
        }
    }
}

/// A command that does not run is named also where the filter refuses what would tell of it, or
/// the exit, or kills for the first call behind the exec.
#[test]
fn filters_that_refuse_what_follows_a_failed_exec() {
    let filters = Filters::new();
    let kill = libc::SECCOMP_RET_KILL_PROCESS;
    let ends = [libc::SYS_sendto, libc::SYS_exit, libc::SYS_exit_group];
    let looks = [libc::SYS_faccessat, libc::SYS_faccessat2];
    for (bytes, command, status, said) in [
        (program(&ends[..1], ERRNO | 1), "nosuch", 127, "No such file or directory"),
        (program(&ends[..1], kill), "nosuch", 127, "No such file or directory"),
        (program(&ends, ERRNO | 1), "nosuch", 127, "No such file or directory"),
        (program(&looks, kill), "/etc/passwd", 126, "Permission denied"),
    ] {
        let file = filters.file("message", &bytes);
        for topology in TOPOLOGIES {
            as_each(&[topology, &["--seccomp", &file, command]].concat(), |_, start| {
                let line = format!("init: exec {command}: {said}");
                start.run().expect(status).one_line(&line);
            });
        }
    }
}

/// A filter that kills the app for a call that it makes is no failure of init's.
#[test]
fn an_app_that_its_filter_kills() {
    let filters = Filters::new();
    let file = filters.file("kill", &program(&[libc::SYS_uname], libc::SECCOMP_RET_KILL_PROCESS));
    for topology in TOPOLOGIES {
        as_each(&[topology, &["--seccomp", &file, "uname"]].concat(), |_, start| {
            start.run().expect(128 + libc::SIGSYS);
        });
    }
}
