//! The table of causes for a command that the kernel did not run, row by row.

use super::*;

fn command(word: &str) -> Command {
    Command {
        word: word.as_bytes().to_vec(),
        path: Some(b"/usr/bin:/bin".to_vec()),
        default_path: b"/bin",
        directory: Some(b"/srv".to_vec()),
        user: 1000,
        ..Command::default()
    }
}

/// A command of which this file was found.
fn found(file: File) -> Command {
    Command { file: Some(file), ..command("./app") }
}

/// A file that can be executed, but for its contents.
fn file(path: &str, contents: Contents, interpreter: Option<Interpreter>) -> File {
    File {
        path: path.as_bytes().to_vec(),
        kind: Kind::Regular,
        mode: 0o755,
        may_execute: true,
        noexec: false,
        has_capabilities: false,
        contents,
        interpreter: interpreter.map(Box::new),
    }
}

fn missing(path: &str) -> Option<Interpreter> {
    Some(Interpreter::Missing(path.as_bytes().to_vec()))
}

fn by(interpreter: File) -> Option<Interpreter> {
    Some(Interpreter::Found(interpreter))
}

fn script(name: &str) -> Contents {
    Contents::Script(name.as_bytes().to_vec())
}

fn elf(machine: u8) -> Contents {
    let mut start = *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0";
    start[18] = machine;
    contents::contents(&start)
}

#[track_caller]
fn row(errno: Errno, command: &Command, expected: Option<&str>) {
    let found = explain(errno, command).map(|hint| hint.to_string());
    assert_eq!(found.as_deref(), expected, "{errno} {command:?}");
}

#[test]
fn words_that_are_no_command() {
    let line = |word| Command { is_line: true, ..command(word) };
    for (command, expected) in [
        (
            command(""),
            "the command is an empty word; name a command; an unset variable in quotes is an \
             empty word too",
        ),
        (
            command("-v"),
            "the command begins with a dash; options of init stand before --, and arguments \
             after their command",
        ),
        (
            line("app --port 80"),
            "the command is one word with blanks in it; write the command and each argument as \
             a word of its own",
        ),
        (
            command("app"),
            "it is in no directory of PATH, /usr/bin:/bin; install it, or write its path",
        ),
        (
            Command { is_here: true, ..command("app") },
            "it is in no directory of PATH, /usr/bin:/bin; write ./app to run the file in \
             this directory",
        ),
        (
            Command { path: None, ..command("app") },
            "PATH is unset, and it is not in /bin; install it, or write its path",
        ),
        (
            Command { path: Some(Vec::new()), ..command("app") },
            "PATH is empty; install it, or write its path",
        ),
    ] {
        row(Errno::ENOENT, &command, Some(expected));
    }
    let script = line("sleep 1; echo a very long script");
    let expected = explain(Errno::ENOENT, &script).map(|hint| hint.to_string());
    row(Errno::ENAMETOOLONG, &script, expected.as_deref());
}

#[test]
fn paths_that_lead_nowhere() {
    let at = |word, lookup| Command { lookup, ..command(word) };
    let path = |path: &str| path.as_bytes().to_vec();
    for (errno, command, expected) in [
        (
            Errno::ENOENT,
            at("/opt/x/app", Lookup::Missing(path("/opt/x"))),
            Some("/opt/x does not exist; correct the path"),
        ),
        (
            Errno::ENOENT,
            at("x/app", Lookup::Missing(path("x"))),
            Some("x does not exist; a relative path starts here at /srv"),
        ),
        (
            Errno::ENOENT,
            at("./app", Lookup::Missing(path("./app"))),
            Some("there is none in /srv; correct the path"),
        ),
        (Errno::ENOENT, at("/app", Lookup::Missing(path("/app"))), None),
        (
            Errno::ENOENT,
            at("/app", Lookup::Link(path("/lost"))),
            Some(
                "it is a symbolic link to /lost, which does not exist; correct the link, or \
                 install what it points to",
            ),
        ),
        (
            Errno::ENOTDIR,
            at("/etc/passwd/x", Lookup::NoDirectory(path("/etc/passwd"))),
            Some("/etc/passwd is not a directory; correct the path"),
        ),
        (
            Errno::EACCES,
            at("/root/app", Lookup::Closed(path("/root"))),
            Some("user 1000 may not search the directory /root; chmod a+x /root"),
        ),
        (
            Errno::ELOOP,
            at("/a", Lookup::Loop),
            Some("its symbolic links form a loop; correct the links"),
        ),
    ] {
        row(errno, &command, expected);
    }
}

#[test]
fn interpreters_that_do_not_exist() {
    let bash = || file("/bin/bash", elf(62), missing("/lib64/ld.so"));
    for (file, expected) in [
        (
            file("./app", script("/bin/zsh"), missing("/bin/zsh")),
            "its interpreter, /bin/zsh, does not exist; install the interpreter, or correct the #! line",
        ),
        (
            file("./app", script("/bin/sh\r"), missing("/bin/sh\r")),
            "the script has Windows line ends: a carriage return follows its #! line; remove \
             them: sed -i 's/\\r$//' ./app",
        ),
        (
            file("./app", elf(62), missing("/lib/ld-musl-x86_64.so.1")),
            "its interpreter, /lib/ld-musl-x86_64.so.1, does not exist; install the C library \
             that it was linked with, or use a static binary",
        ),
        (
            file("./app", script("/bin/bash"), by(bash())),
            "the interpreter of /bin/bash, /lib64/ld.so, does not exist; install the C library \
             that it was linked with, or use a static binary",
        ),
    ] {
        row(Errno::ENOENT, &found(file), Some(expected));
    }
    // What was missing is there now: nothing explains the errno.
    row(Errno::ENOENT, &found(file("./app", elf(62), None)), None);
    let whole = file("./app", script("/a"), by(file("/a", elf(62), None)));
    row(Errno::ENOENT, &found(whole), None);
}

#[test]
fn files_that_may_not_be_executed() {
    let plain = || file("./app", Contents::Text, None);
    let behind = |inner: File| file("./app", script("/i"), by(inner));
    for (file, expected) in [
        (File { kind: Kind::Directory, ..plain() }, "it is a directory; name a file in it"),
        (File { kind: Kind::Special, ..plain() }, "it is not a regular file; name a program"),
        (
            File { mode: 0o644, may_execute: false, ..plain() },
            "it is not executable; chmod +x ./app",
        ),
        (
            File { mode: 0o700, may_execute: false, ..plain() },
            "it is not executable by user 1000; chmod a+x ./app",
        ),
        (
            File { noexec: true, may_execute: false, ..plain() },
            "it is on a file system that is mounted noexec; copy it elsewhere, or mount the \
             file system with exec",
        ),
        (
            behind(File { mode: 0o644, path: b"/i".to_vec(), ..plain() }),
            "its interpreter /i is not executable; chmod +x /i",
        ),
    ] {
        row(Errno::EACCES, &found(file), Some(expected));
    }
    let profile = Some("docker-default".to_owned());
    let confined = Command { apparmor_profile: profile, ..found(plain()) };
    let expected = "the AppArmor profile docker-default forbids it; use --security-opt \
                    apparmor=unconfined";
    row(Errno::EACCES, &confined, Some(expected));
    row(Errno::EACCES, &found(plain()), None);
}

#[test]
fn files_of_another_format() {
    let of = |contents| file("./app", contents, None);
    let built = format!("; {}", build_for_linux());
    let (other, name) = if ARCH == "aarch64" { (62, "x86_64") } else { (183, "aarch64") };
    let garbage = "neither a program for Linux nor a script; check the file; it may be incomplete";
    let text = || file("./app", Contents::Text, missing("/bin/sh"));
    let inner = File { path: b"/i".to_vec(), ..of(Contents::Garbage) };
    for (file, expected) in [
        (of(elf(other)), format!("it is built for {name}, and this machine is {ARCH}{built}")),
        (
            of(elf(99)),
            format!(
                "it is built for a machine with the ELF number 99, and this machine is {ARCH}{built}"
            ),
        ),
        (of(Contents::MacOs), format!("it is a program for macOS{built}")),
        (of(Contents::Windows), format!("it is a program for Windows{built}")),
        (of(Contents::Garbage), format!("it is {garbage}")),
        (
            text(),
            "a script without a #! line is run by /bin/sh, which does not exist; add a #! line, \
             or install a shell"
                .to_owned(),
        ),
        (file("./app", script("/i"), by(inner)), format!("its interpreter /i is {garbage}")),
    ] {
        row(Errno::ENOEXEC, &found(file), Some(&expected));
    }
    row(Errno::ENOEXEC, &found(of(Contents::Text)), None);
}

#[test]
fn limits_and_filters() {
    let all = found(file("./app", Contents::Text, None));
    let filtered = Command { filtered: true, ..all.clone() };
    let filter = "a seccomp filter refuses execve; allow it in the filter, or use --security-opt \
                  seccomp=unconfined";
    for errno in [Errno::EPERM, Errno::EACCES, Errno::ENOSYS] {
        row(errno, &filtered, Some(filter));
    }
    let capable = File { has_capabilities: true, ..file("./app", elf(62), None) };
    for (errno, command, expected) in [
        (
            Errno::E2BIG,
            Command { longest_word: WORD_MAX, ..all.clone() },
            "a word of the command or the environment has 131072 bytes, and Linux passes at most \
             131071; pass it in a file, or on stdin",
        ),
        (
            Errno::E2BIG,
            Command { longest_word: 9, all_words: 3_000_000, ..all.clone() },
            "arguments and environment have 3000000 bytes together; pass less, or raise \
             RLIMIT_STACK: a quarter of it, and at most 6 MiB, is for them",
        ),
        (
            Errno::EAGAIN,
            Command { process_limit: Some(9), ..all.clone() },
            "the user has reached the limit of 9 processes; raise RLIMIT_NPROC, or use another \
             user",
        ),
        (Errno::ETXTBSY, all.clone(), "the file is open for writing; run it once it is closed"),
        (Errno::ELOOP, all.clone(), "its #! lines nest too deep; name a program in its first line"),
        (
            Errno::EPERM,
            found(capable),
            "the file has capabilities that the bounding set does not allow; add them with \
             --cap-add, or remove them: setcap -r ./app",
        ),
    ] {
        row(errno, &command, Some(expected));
    }
    row(Errno::EPERM, &all, None);
    row(Errno::EIO, &all, None);
}
