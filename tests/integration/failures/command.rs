//! Why a command does not run: each cause is provoked on a real kernel and named in one line,
//! under every name of init.

use std::path::Path;

use crate::support::places::*;
use crate::support::*;

/// Who speaks, and how its message about the exec of `COMMAND` begins.
const SPEAKERS: [(&str, &str); 5] = [
    ("init", "init: exec COMMAND: "),
    ("tini", "exec COMMAND failed: "),
    ("docker-init", "exec COMMAND failed: "),
    ("dumb-init", "[dumb-init] COMMAND: "),
    ("catatonit", "failed to exec COMMAND: "),
];

/// Asserts that the command ends init with this status and one line with this reason.
#[track_caller]
fn fails(start: Start, status: i32, command: &str, reason: &str) {
    let line = format!("init: exec {command}: {reason}\n");
    let done = start.run().expect(status);
    assert_eq!(done.stderr, line, "{done:?}");
}

/// As [`fails`], for this one command under every name.
#[track_caller]
fn fails_for_all(command: &str, status: i32, reason: &str) {
    let scratch = Scratch::new();
    for (name, begin) in SPEAKERS {
        let path = scratch.path(name);
        std::os::unix::fs::symlink(init_path(), &path).unwrap();
        let done = Start::new(path, ["--", command]).env("TINI_SUBREAPER", "1").run();
        let done = done.expect(status);
        let (begin, end) = (begin.replace("COMMAND", command), format!("{reason}\n"));
        let whole = done.stderr.contains(&begin) && done.stderr.ends_with(&end);
        assert!(whole && done.stderr.lines().count() == 1, "{begin:?} {end:?}: {done:?}");
    }
}

/// An ELF header of a 64-bit program, for the machine with this number.
fn elf(machine: u16, bits: u8, big_endian: bool) -> Vec<u8> {
    let mut bytes = b"\x7fELF\0\0\x01".to_vec();
    bytes.resize(64, 0);
    (bytes[4], bytes[5]) = (bits / 32, 1 + u8::from(big_endian));
    let half = |number: u16| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    bytes[16..18].copy_from_slice(&half(2));
    bytes[18..20].copy_from_slice(&half(machine));
    bytes
}

#[test]
fn programs_of_another_machine_or_system() {
    let scratch = Scratch::new();
    let here = std::env::consts::ARCH;
    for (machine, bits, big_endian, name) in [
        (62, 64, false, "x86_64"),
        (183, 64, false, "aarch64"),
        (40, 32, false, "arm"),
        (22, 64, true, "s390x"),
        (8, 32, true, "mips"),
        (9999, 64, false, "a machine with the ELF number 9999"),
    ] {
        if name == here {
            continue;
        }
        let path = scratch.executable("foreign", &elf(machine, bits, big_endian));
        let cause = format!("it is built for {name}, and this machine is {here}; build it for ");
        let done = init([&path]).run().expect(126);
        done.one_line(&format!("init: exec {path}: Exec format error ({cause}"));
    }
    let path = scratch.executable("mac", b"\xcf\xfa\xed\xfe\x07\0\0\x01\x03\0\0\0");
    init([&path]).run().expect(126).one_line("Exec format error (it is a program for macOS; ");
    let path = scratch.executable("windows.exe", b"MZ\x90\0\x03\0\0\0");
    init([&path]).run().expect(126).one_line("Exec format error (it is a program for Windows; ");
    let path = scratch.executable("garbage", b"\x1f\x8b\x08\0\0\0");
    let garbage = "Exec format error (it is neither a program for Linux nor a script; check the \
                   file; it may be incomplete)";
    fails_for_all(&path, 126, garbage);
}

#[test]
fn interpreters() {
    let scratch = Scratch::new();
    let missing = "No such file or directory";
    let path = scratch.executable("dos", b"#!/bin/sh\r\necho\r\n");
    let windows = format!(
        "{missing} (the script has Windows line ends: a carriage return follows its #! line; \
         remove them: sed -i 's/\\r$//' {path})"
    );
    fails_for_all(&path, 127, &windows);
    // The remedy helps.
    Start::new("sed", ["-i", "s/\\r$//", &path]).run().expect(0);
    assert_eq!(init([&path]).run().expect(0).silent().stdout, "\n");

    let lost = scratch.executable("lost", b"#!/nosuch/sh -e\n");
    let reason = format!(
        "{missing} (its interpreter, /nosuch/sh, does not exist; install the interpreter, or \
         correct the #! line)"
    );
    fails_for_all(&lost, 127, &reason);
    let nested = scratch.executable("nested", format!("#!{lost}\n").as_bytes());
    let done = init([&nested]).run().expect(127);
    done.one_line(&format!("(the interpreter of {lost}, /nosuch/sh, does not exist; "));

    // A program with an ELF interpreter; the name has room for another of the same length.
    let sh = std::fs::read("/bin/sh").unwrap();
    let at = sh.windows(9).position(|bytes| bytes == b"/ld-linux");
    let Some(at) = at else { return skip("interpreters", "needs a /bin/sh that is not static") };
    let mut changed = sh;
    changed[at + 1..at + 3].copy_from_slice(b"no");
    let path = scratch.executable("elf", &changed);
    let done = init([&path]).run().expect(127);
    done.one_line("/no-linux").one_line("; install the C library that it was linked with, or ");
}

#[test]
fn files_that_may_not_be_executed() {
    let scratch = Scratch::new();
    let path = scratch.path("plain").to_str().unwrap().to_owned();
    std::fs::write(&path, "#!/bin/sh\n").unwrap();
    let plain = format!("Permission denied (it is not executable; chmod +x {path})");
    fails_for_all(&path, 126, &plain);
    let directory = scratch.path("").to_str().unwrap().to_owned();
    fails_for_all(&directory, 126, "Permission denied (it is a directory; name a file in it)");
    let script = scratch.executable("script", format!("#!{path}\n").as_bytes());
    let inner = format!("Permission denied (its interpreter {path} is not executable; chmod ");
    init([&script]).run().expect(126).one_line(&inner);
    let fifo = scratch.path("fifo").to_str().unwrap().to_owned();
    Start::new("mkfifo", ["-m755", &fifo]).run().expect(0);
    init([&fifo]).run().expect(126).one_line("(it is not a regular file; name a program)");
    if !root() {
        return skip("files_that_may_not_be_executed", "needs root, for other users and mounts");
    }
    let mode = |path: &str, mode: &str| drop(Start::new("chmod", [mode, path]).run().expect(0));
    mode(&directory, "755");
    let mine = scratch.executable("mine", b"#!/bin/sh\n");
    mode(&mine, "700");
    let done = ordinary(init([&mine])).run().expect(126);
    done.one_line(&format!("(it is not executable by user 54321; chmod a+x {mine})"));
    mode(&directory, "700");
    let done = ordinary(init([&mine])).run().expect(126);
    done.one_line("(user 54321 may not search the directory /tmp/init-test-");

    let noexec = "mount -t tmpfs -o noexec none /mnt && cp /bin/true /mnt/app";
    let done = after(noexec, &["-m"], &own(), &["/mnt/app"]).run().expect(126);
    done.one_line("Permission denied (it is on a file system that is mounted noexec; copy it ");
    let capable = scratch.executable("capable", &std::fs::read("/bin/true").unwrap());
    if installed("setcap") {
        Start::new("setcap", ["cap_net_raw+ep", &capable]).run().expect(0);
        let done = init(["--cap-drop", "ALL", &capable]).run().expect(126);
        done.one_line("Operation not permitted (the file has capabilities that the bounding set ");
    }
}

#[test]
fn paths_that_lead_nowhere() {
    let scratch = Scratch::new();
    let link = |name: &str, target: &str| {
        let path = scratch.path(name);
        std::os::unix::fs::symlink(target, &path).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let missing = "No such file or directory";
    fails_for_all("/nosuch", 127, missing);
    let reason = format!("{missing} (/nosuch does not exist; correct the path)");
    fails_for_all("/nosuch/x/app", 127, &reason);
    let reason = format!("{missing} (x does not exist; a relative path starts here at /)");
    fails(init(["x/app"]).current_dir(Path::new("/")), 127, "x/app", &reason);
    let reason = format!("{missing} (there is none in /; correct the path)");
    fails(init(["./app"]).current_dir(Path::new("/")), 127, "./app", &reason);
    let lost = link("lost", "/nosuch/target");
    let done = init([&lost]).run().expect(127);
    done.one_line("(it is a symbolic link to /nosuch/target, which does not exist; ");
    let circle = link("circle", "circle");
    let done = init([&circle]).run().expect(126);
    done.one_line("Symbolic link loop (its symbolic links form a loop; ");
    let below = "/etc/passwd/app";
    fails_for_all(below, 126, "Not a directory (/etc/passwd is not a directory; correct the path)");
    let mut deep = "/bin/sh".to_owned();
    for depth in 0..8 {
        deep = scratch.executable(&format!("deep{depth}"), format!("#!{deep}\n").as_bytes());
    }
    init([&deep]).run().expect(126).one_line("(its #! lines nest too deep; name a program in ");
}

#[test]
fn words_that_are_no_command() {
    let missing = "No such file or directory";
    let dash = format!(
        "{missing} (the command begins with a dash; options of init stand before --, and \
         arguments after their command)"
    );
    for option in ["-v", "--grace-period", "-x"] {
        fails_for_all(option, 127, &dash);
    }
    let line = format!(
        "{missing} (the command is one word with blanks in it; write the command and each \
         argument as a word of its own)"
    );
    for command in ["my-server --port 8080", "/bin/sh -c true", "sleep 1\nsleep 2"] {
        fails_for_all_shown(command, &line);
    }
    let long = "sleep 1; ".repeat(600);
    init([&long]).run().expect(127).one_line("No such file or directory (the command is one word ");
    let empty = "No such file or directory (the command is an empty word; name a command; an ";
    init(["--", ""]).run().expect(127).one_line(&format!("init: exec: {empty}"));
    let in_path = format!("{missing} (it is in no directory of PATH, /nosuch:/lost; install it, ");
    let done = init(["nosuch"]).env("PATH", "/nosuch:/lost").run().expect(127);
    done.one_line(&format!("init: exec nosuch: {in_path}"));
    init(["nosuch"]).env("PATH", "").run().expect(127).one_line("(PATH is empty; install it, ");
    let words = ["-u", "PATH", &own(), "nosuch"];
    let done = Start::new("env", words).run().expect(127);
    done.one_line("(PATH is unset, and it is not in /usr/local/bin:/usr/bin:/bin; install it, ");
    let scratch = Scratch::new();
    scratch.executable("app", b"#!/bin/sh\n");
    let done = init(["app"]).current_dir(&scratch.path("")).run().expect(127);
    done.one_line("; write ./app to run the file in this directory)");
}

/// As [`fails_for_all`], for a word that is shown otherwise than it is.
#[track_caller]
fn fails_for_all_shown(command: &str, reason: &str) {
    let shown = command.replace('\n', "?");
    let done = init(["--", command]).run().expect(127);
    assert_eq!(done.stderr, format!("init: exec {shown}: {reason}\n"), "{done:?}");
}

/// What the kernel says where the app would start is looked at there too.
#[test]
fn another_directory() {
    let scratch = Scratch::new();
    scratch.executable("app", b"#!/bin/sh\necho here\n");
    scratch.executable("lost", b"#!nosuch\n");
    let dir = scratch.path("").to_str().unwrap().to_owned();
    for options in [&[][..], &["--pid"], &["--time"], &["--uts"]] {
        let chdir = |to: &'static str| [&["--chdir", to], options].concat();
        // The file is in the directory that init starts in, and not where the app would be.
        let words = [&chdir("/proc")[..], &["--", "./app"]].concat();
        let done = init(words).current_dir(&scratch.path("")).run().expect(127);
        done.one_line("init: exec ./app: No such file or directory (there is none in /proc; ");
        // And the other way round.
        let words = [&["--chdir", &dir], options, &["--", "./lost"]].concat();
        let done = init(words).current_dir(Path::new("/")).run().expect(127);
        done.one_line("(its interpreter, nosuch, does not exist; ");
    }
}

#[test]
fn a_file_that_is_being_written() {
    let scratch = Scratch::new();
    let path = scratch.executable("app", &std::fs::read("/bin/true").unwrap());
    let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    let busy = "Text file busy (the file is open for writing; run it once it is closed)";
    fails_for_all(&path, 126, busy);
    drop(file);
}

/// A filter that refuses execve(2).
#[test]
fn a_filter_that_refuses_exec() {
    let own = std::ffi::CString::new(own()).unwrap();
    let start = init(["/bin/true"]).before_exec(move || {
        refuse(&[libc::SYS_execve], libc::EACCES);
        let words = [own.as_ptr(), c"/bin/true".as_ptr(), std::ptr::null()];
        let none = [std::ptr::null::<libc::c_char>()];
        unsafe {
            let at = libc::AT_FDCWD;
            libc::syscall(libc::SYS_execveat, at, own.as_ptr(), words.as_ptr(), none.as_ptr(), 0);
        }
    });
    let filter = "Permission denied (a seccomp filter refuses execve; allow it in the filter, ";
    start.run().expect(126).one_line(filter);
}
