//! Why the kernel did not run the command, and what the user can do about it.
//!
//! In: the errno of execve(2), and what was observed afterwards. Out: a `Hint`. Pure:
//! `observed` does the looking, `contents` reads headers. Without a fact that explains the
//! errno there is no hint. Allocates, so it may be called only when no app will run.

pub mod contents;
mod observed;

use std::env::consts::ARCH;

use nix::errno::Errno;

use super::{Hint, hint};
use crate::text::{Excerpt, Printable};
use contents::{Contents, Elf};
pub use observed::{Command, File, Interpreter, Kind, Lookup};

/// The longest word that Linux passes to a program, its NUL included (MAX_ARG_STRLEN).
const WORD_MAX: usize = 128 * 1024;

/// Why the exec of `command` failed with `errno`.
pub fn explain(errno: Errno, command: &Command) -> Option<Hint> {
    if command.filtered {
        return hint(
            "a seccomp filter refuses execve",
            "allow it in the filter, or use --security-opt seccomp=unconfined",
        );
    }
    match errno {
        Errno::E2BIG => too_long(command),
        Errno::EAGAIN => hint(
            match command.process_limit {
                Some(limit) => format!("the user has reached the limit of {limit} processes"),
                None => "the user has reached the limit of processes".to_owned(),
            },
            "raise RLIMIT_NPROC, or use another user",
        ),
        Errno::ENOMEM => hint("the memory is used up", "raise RLIMIT_AS or memory.max"),
        Errno::EMFILE | Errno::ENFILE => {
            hint("no descriptor is left", "raise RLIMIT_NOFILE or fs.file-max")
        }
        Errno::ETXTBSY => hint("the file is open for writing", "run it once it is closed"),
        _ => match &command.file {
            Some(file) => file_refused(errno, file, command),
            None => not_found(errno, command),
        },
    }
}

/// Below this a new address space has no room for a stack with arguments.
const ROOM: u64 = 1024 * 1024;

fn too_long(command: &Command) -> Option<Hint> {
    if let Some(limit) = command.address_space.filter(|limit| *limit < ROOM) {
        return hint(
            format!("the limit of the address space is {limit} bytes"),
            "raise it with --rlimit as=SIZE",
        );
    }
    if command.longest_word >= WORD_MAX {
        return hint(
            format!(
                "a word of the command or the environment has {} bytes, and Linux passes at most {}",
                command.longest_word,
                WORD_MAX - 1
            ),
            "pass it in a file, or on stdin",
        );
    }
    hint(
        format!("arguments and environment have {} bytes together", command.all_words),
        "pass less, or raise RLIMIT_STACK: a quarter of it, and at most 6 MiB, is for them",
    )
}

/// No file was found.
fn not_found(errno: Errno, command: &Command) -> Option<Hint> {
    let word = &command.word;
    if word.is_empty() {
        return hint(
            "the command is an empty word",
            "name a command; an unset variable in quotes is an empty word too",
        );
    }
    if word.starts_with(b"-") {
        return hint(
            "the command begins with a dash",
            "options of init stand before --, and arguments after their command",
        );
    }
    if command.is_line {
        return hint(
            "the command is one word with blanks in it",
            "write the command and each argument as a word of its own",
        );
    }
    match &command.lookup {
        Lookup::InPath => not_in_path(command),
        Lookup::Link(target) => hint(
            format!("it is a symbolic link to {}, which does not exist", Excerpt(target)),
            "correct the link, or install what it points to",
        ),
        Lookup::Missing(path) if errno == Errno::ENOENT && path != word => hint(
            format!("{} does not exist", Excerpt(path)),
            match &command.directory {
                Some(directory) if !word.starts_with(b"/") => {
                    format!("a relative path starts here at {}", Excerpt(directory))
                }
                _ => "correct the path".to_owned(),
            },
        ),
        Lookup::Missing(_) if errno == Errno::ENOENT && !word.starts_with(b"/") => {
            let directory = command.directory.as_deref()?;
            hint(format!("there is none in {}", Excerpt(directory)), "correct the path")
        }
        Lookup::NoDirectory(path) => {
            hint(format!("{} is not a directory", Excerpt(path)), "correct the path")
        }
        Lookup::Closed(path) => hint(
            format!("user {} may not search the directory {}", command.user, Excerpt(path)),
            format!("chmod a+x {}", Excerpt(path)),
        ),
        Lookup::Loop => hint("its symbolic links form a loop", "correct the links"),
        Lookup::Missing(_) => None,
    }
}

fn not_in_path(command: &Command) -> Option<Hint> {
    let cause = match command.path.as_deref() {
        None => format!("PATH is unset, and it is not in {}", Printable(command.default_path)),
        Some([]) => "PATH is empty".to_owned(),
        Some(path) => format!("it is in no directory of PATH, {}", Excerpt(path)),
    };
    let remedy = match command.is_here {
        true => format!("write ./{} to run the file in this directory", Excerpt(&command.word)),
        false => "install it, or write its path".to_owned(),
    };
    hint(cause, remedy)
}

/// A file was found, and the kernel refuses it.
fn file_refused(errno: Errno, file: &File, command: &Command) -> Option<Hint> {
    match errno {
        Errno::ENOENT | Errno::ENOTDIR => missing_interpreter(file),
        Errno::EACCES => file_denied(file, command),
        Errno::EPERM if file.has_capabilities => hint(
            "the file has capabilities that the bounding set does not allow",
            format!("add them with --cap-add, or remove them: setcap -r {}", Excerpt(&file.path)),
        ),
        Errno::ENOEXEC | Errno::ELIBBAD | Errno::EINVAL => wrong_format(file),
        Errno::ELOOP => hint("its #! lines nest too deep", "name a program in its first line"),
        Errno::EISDIR => hint("its interpreter is a directory", "correct the interpreter's path"),
        _ => None,
    }
}

fn missing_interpreter(file: &File) -> Option<Hint> {
    let (owner, name) = match file.interpreter.as_deref()? {
        Interpreter::Missing(name) => (file, name),
        Interpreter::Found(inner) => {
            let Interpreter::Missing(name) = inner.interpreter.as_deref()? else { return None };
            (inner, name)
        }
    };
    let whose = match std::ptr::eq(owner, file) {
        true => "its interpreter".to_owned(),
        false => format!("the interpreter of {}", Excerpt(&owner.path)),
    };
    match (&owner.contents, name.strip_suffix(b"\r")) {
        (Contents::Script(_), Some(_)) => hint(
            "the script has Windows line ends: a carriage return follows its #! line",
            format!("remove them: sed -i 's/\\r$//' {}", Excerpt(&owner.path)),
        ),
        (Contents::Elf(_), _) => hint(
            format!("{whose}, {}, does not exist", Excerpt(name)),
            "install the C library that it was linked with, or use a static binary",
        ),
        _ => hint(
            format!("{whose}, {}, does not exist", Excerpt(name)),
            "install the interpreter, or correct the #! line",
        ),
    }
}

/// The file, or else its interpreter, may not be executed.
fn file_denied(file: &File, command: &Command) -> Option<Hint> {
    if let Some(found) = denied(file, command, "it") {
        return Some(found);
    }
    let mut inner = file;
    while let Some(Interpreter::Found(next)) = inner.interpreter.as_deref() {
        let name = format!("its interpreter {}", Excerpt(&next.path));
        if let Some(found) = denied(next, command, &name) {
            return Some(found);
        }
        inner = next;
    }
    let profile = command.apparmor_profile.as_ref()?;
    hint(
        format!("the AppArmor profile {profile} forbids it"),
        "use --security-opt apparmor=unconfined",
    )
}

fn denied(file: &File, command: &Command, name: &str) -> Option<Hint> {
    let path = Excerpt(&file.path);
    match file.kind {
        Kind::Directory => hint(format!("{name} is a directory"), "name a file in it"),
        Kind::Special => hint(format!("{name} is not a regular file"), "name a program"),
        Kind::Regular if file.mode & 0o111 == 0 => {
            hint(format!("{name} is not executable"), format!("chmod +x {path}"))
        }
        Kind::Regular if file.noexec => hint(
            format!("{name} is on a file system that is mounted noexec"),
            "copy it elsewhere, or mount the file system with exec",
        ),
        Kind::Regular if !file.may_execute => hint(
            format!("{name} is not executable by user {}", command.user),
            format!("chmod a+x {path}"),
        ),
        Kind::Regular => None,
    }
}

fn wrong_format(file: &File) -> Option<Hint> {
    let interpreter = match file.interpreter.as_deref() {
        Some(Interpreter::Found(inner)) => {
            wrong_contents(inner, &format!("its interpreter {}", Excerpt(&inner.path)))
        }
        Some(Interpreter::Missing(_)) | None => None,
    };
    wrong_contents(file, "it").or(interpreter)
}

fn wrong_contents(file: &File, name: &str) -> Option<Hint> {
    match &file.contents {
        Contents::Elf(elf) => wrong_elf(*elf, name),
        Contents::MacOs => hint(format!("{name} is a program for macOS"), build_for_linux()),
        Contents::Windows => hint(format!("{name} is a program for Windows"), build_for_linux()),
        Contents::Garbage => hint(
            format!("{name} is neither a program for Linux nor a script"),
            "check the file; it may be incomplete",
        ),
        Contents::Text if matches!(file.interpreter.as_deref(), Some(Interpreter::Missing(_))) => {
            hint(
                "a script without a #! line is run by /bin/sh, which does not exist",
                "add a #! line, or install a shell",
            )
        }
        Contents::Text | Contents::Script(_) | Contents::Unknown => None,
    }
}

fn wrong_elf(elf: Elf, name: &str) -> Option<Hint> {
    let machine = match contents::machine(elf) {
        Some(ARCH) if elf.kind == contents::OBJECT => {
            return hint(format!("{name} is an object file"), "link it");
        }
        Some(ARCH) => {
            return hint(format!("{name} is a damaged ELF file"), "copy or build it once more");
        }
        Some(machine) => machine.to_owned(),
        None => format!("a machine with the ELF number {}", elf.machine),
    };
    hint(format!("{name} is built for {machine}, and this machine is {ARCH}"), build_for_linux())
}

/// What helps where a program is for something else.
fn build_for_linux() -> String {
    let platform = match ARCH {
        "x86_64" => "linux/amd64",
        "aarch64" => "linux/arm64",
        "riscv64" => "linux/riscv64",
        other => other,
    };
    format!("build it for this machine, or use an image for {platform}")
}

#[cfg(test)]
mod tests;
