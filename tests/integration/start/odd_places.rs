//! Odd places to start in: the app runs there as without init, or one line says why not.

use crate::support::places::{own, root_directory};
use crate::support::*;
use std::time::Duration;

const EXIT_7: [&str; 3] = ["/bin/sh", "-c", "exit 7"];

/// Without a sandbox, and with one.
fn sandboxes() -> impl Iterator<Item = &'static str> {
    ["-q", "--pid"].into_iter().filter(|option| *option == "-q" || root())
}

fn limit_descriptors(limit: u64) {
    let limit = libc::rlimit { rlim_cur: limit, rlim_max: limit };
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
}

#[test]
fn no_variable_and_very_many() {
    let own = own();
    assert_eq!(
        Start::new("env", ["-i", &own, "--", "/usr/bin/env"]).run().expect(0).silent().stdout,
        ""
    );
    for option in sandboxes() {
        let mut start = init([option, "-q", "/usr/bin/env"]);
        for n in 0..100_000 {
            start = start.env(&format!("N{n}"), "");
        }
        let done = start.run().expect(0).silent();
        let many = done.stdout.lines().filter(|line| line.starts_with('N') && line.ends_with('='));
        assert_eq!(many.count(), 100_000);
    }
}

/// The kernel then makes an empty word of it, or none before Linux 5.18.
#[test]
fn no_name() {
    let path = std::ffi::CString::new(own()).unwrap();
    let done = Start::new("true", [""; 0]).before_exec(move || unsafe {
        let nothing = [std::ptr::null()];
        libc::execve(path.as_ptr(), nothing.as_ptr(), nothing.as_ptr());
    });
    done.run().expect(125).one_line("init: ");
}

#[test]
fn no_descriptor_is_left() {
    // It loads no libraries.
    let done = init(["--", &own(), "-V"]).before_exec(|| limit_descriptors(3)).run();
    assert!(done.expect(0).silent().stdout.starts_with("init "));
    let sandbox = init(["--uts", "-q", "/bin/true"]);
    let done = sandbox.before_exec(|| limit_descriptors(3)).run();
    done.expect(125).one_line("init: clone: No file descriptors available\n");
}

#[test]
fn a_directory_that_is_gone() {
    let scratch = Scratch::new();
    for option in sandboxes() {
        let script =
            format!("mkdir d && cd d && rmdir ../d && exec '{}' -q {option} \"$@\"", own());
        let words = [&["-c", &script, "sh"][..], &EXIT_7].concat();
        // The shell says that it does not know where it is.
        Start::new("sh", words).current_dir(&scratch.path("")).run().expect(7);
    }
}

/// A root that is read-only, with nothing but init in it.
#[test]
fn no_proc_and_no_dev() {
    if !root() {
        return skip("no_proc_and_no_dev", "needs root, for a chroot");
    }
    let directory = root_directory();
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && \
                  shift && exec chroot \"$@\"";
    for more in [&[][..], &["--grace-period=1s", "-g"], &["--pid", "-q"], &["--uts", "-q"]] {
        let path = directory.path("").to_str().unwrap().to_owned();
        let start = ["-m", "--", "sh", "-c", script, "sh", &path, &path, "/init"];
        let words = [&start, more, &["--", "/init", "--", "/init", "-V"]].concat();
        let done = Start::new("unshare", words).run().expect(0).silent();
        assert!(done.stdout.starts_with("init "), "{done:?}");
    }
}

/// exit(7) by the system calls of i386.
#[cfg(target_arch = "x86_64")]
#[test]
fn an_app_of_32_bits() {
    let mut image = vec![0x7f, b'E', b'L', b'F', 1, 1, 1, 0];
    image.resize(16, 0);
    let word = |image: &mut Vec<u8>, value: u32| image.extend(value.to_le_bytes());
    let at = 0x0804_8000;
    // elf(5): ET_EXEC, EM_386; entry, program headers, sections, flags; sizes.
    image.extend([2, 0, 3, 0]);
    for value in [1, at + 84, 52, 0, 0, 52 | 32 << 16, 1] {
        word(&mut image, value);
    }
    image.resize(52, 0);
    // PT_LOAD of the whole file, readable and executable.
    for value in [1, 0, at, at, 96, 96, 5, 0x1000] {
        word(&mut image, value);
    }
    // mov eax, 1; mov ebx, 7; int 0x80
    image.extend([0xb8, 1, 0, 0, 0, 0xbb, 7, 0, 0, 0, 0xcd, 0x80]);
    let scratch = Scratch::new();
    let app = scratch.executable("app", &image);
    if Start::new(&app, [""; 0]).run().status.code() != Some(7) {
        return skip("an_app_of_32_bits", "this kernel runs none");
    }
    init(["--", &app]).run().expect(7).silent();
    if root() {
        init(["--pid", "-q", "--", &app]).run().expect(7).silent();
    }
}

/// Whoever stops init at any moment of its start only makes it later.
#[test]
fn stopped_and_continued_while_it_starts() {
    for option in sandboxes() {
        for moment in moments_within(Duration::from_millis(4), 40) {
            let words = [&["-q", option][..], &EXIT_7].concat();
            let mut run = init(words).start();
            wait(moment);
            run.signal(libc::SIGSTOP);
            run.signal(libc::SIGCONT);
            run.finish().expect(7).silent();
        }
    }
}

/// So does a debugger that looks at it (ptrace(2)).
#[test]
fn traced_while_it_starts() {
    let mut traced = 0;
    let nothing = std::ptr::null_mut::<u8>();
    for option in sandboxes() {
        for moment in moments_within(Duration::from_millis(4), 40) {
            let words = [&["-q", option][..], &EXIT_7].concat();
            let mut run = init(words).start();
            let pid = run.pid();
            wait(moment);
            let seized = unsafe {
                libc::ptrace(libc::PTRACE_SEIZE, pid, nothing, nothing) == 0
                    && libc::ptrace(libc::PTRACE_INTERRUPT, pid, nothing, nothing) == 0
            };
            if seized {
                until("it is stopped, or has ended", || matches!(state(pid), Some('t' | 'Z')));
                let detached = unsafe { libc::ptrace(libc::PTRACE_DETACH, pid, nothing, nothing) };
                traced += i32::from(detached == 0);
            }
            run.finish().expect(7).silent();
        }
    }
    assert!(traced > 10, "{traced}");
}
