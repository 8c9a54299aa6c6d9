//! Seccomp filters: classic BPF programs that the kernel asks about each system call
//! (seccomp(2)).
//!
//! In: the bytes of a program. Out: whether they can be one, and what it says of execve(2). The
//! kernel has the last word on both. Pure.

pub mod guard;
mod interpret;

use nix::errno::Errno;

/// A program of the user's, and where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The file.
    pub file: &'static [u8],
    /// Its instructions.
    pub program: &'static [u8],
}

/// The bytes of an instruction (struct sock_filter).
const INSTRUCTION: usize = 8;
/// How many instructions a program can have (BPF_MAXINSNS).
const INSTRUCTIONS_MAX: usize = 4096;
/// The bytes of the longest program.
pub const LENGTH_MAX: usize = INSTRUCTIONS_MAX * INSTRUCTION;

/// Why these bytes are no program.
pub fn fault(bytes: &[u8]) -> Option<&'static str> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match bytes.len() {
        0 => Some("it is empty; write the program to it first"),
        _ if bytes.starts_with(b"\x7fELF") => {
            Some("it is an ELF file; give it a classic BPF program, as libseccomp exports it")
        }
        _ if matches!(first, Some(b'{' | b'[')) => {
            Some("it is JSON; compile the profile to a BPF program first, with libseccomp")
        }
        length if length > LENGTH_MAX => {
            Some("it is longer than 4096 instructions; split it into several filters")
        }
        length if length % INSTRUCTION != 0 => {
            Some("its length is no multiple of 8, the bytes of an instruction; export it anew")
        }
        _ => None,
    }
}

/// What a filter does with an execve(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The call fails.
    Fails(Errno),
    /// The process is killed.
    Killed,
}

/// What is known of a call of this machine with this number.
fn call(number: u32) -> impl Fn(u32) -> Option<u32> {
    move |offset| match offset {
        NUMBER => Some(number),
        ARCHITECTURE => Some(NATIVE),
        _ => None,
    }
}

/// How this filter refuses each execve(2) of this machine. `None` when it does not, or when that
/// depends on more than the number of the call.
pub fn refuses_exec(program: &[u8]) -> Option<Refused> {
    // The upper half is the action (linux/seccomp.h), the lower one its data.
    let answer = interpret::answer(program, &call(libc::SYS_execve as u32))?;
    match answer & libc::SECCOMP_RET_ACTION_FULL {
        libc::SECCOMP_RET_ALLOW | libc::SECCOMP_RET_LOG | libc::SECCOMP_RET_TRACE => None,
        libc::SECCOMP_RET_ERRNO => match answer & libc::SECCOMP_RET_DATA {
            // The call would seem to succeed.
            0 => Some(Refused::Fails(Errno::EPERM)),
            errno => Some(Refused::Fails(Errno::from_raw(errno as i32))),
        },
        // Nobody listens.
        libc::SECCOMP_RET_USER_NOTIF => Some(Refused::Fails(Errno::ENOSYS)),
        _ => Some(Refused::Killed),
    }
}

/// An instruction: `code`, `jt`, `jf` and `k` of struct sock_filter.
type Instruction = (u16, u8, u8, u32);

/// Its bytes.
const fn bytes((code, jt, jf, k): Instruction) -> [u8; INSTRUCTION] {
    let ([a, b], [c, d, e, f]) = (code.to_ne_bytes(), k.to_ne_bytes());
    [a, b, jt, jf, c, d, e, f]
}

/// A program that allows every call.
pub static HARMLESS: &[u8] = &bytes((6, 0, 0, libc::SECCOMP_RET_ALLOW));

/// Where struct seccomp_data has the number of the call.
const NUMBER: u32 = 0;
/// Where it has the architecture.
const ARCHITECTURE: u32 = 4;
/// AUDIT_ARCH_X86_64 of linux/audit.h.
#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e;
/// AUDIT_ARCH_AARCH64.
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7;

#[cfg(test)]
mod tests {
    use super::*;

    /// Its bytes.
    pub fn program(instructions: &[Instruction]) -> Vec<u8> {
        instructions.iter().copied().flat_map(bytes).collect()
    }

    #[test]
    fn what_is_no_program() {
        let allow = program(&[(6, 0, 0, libc::SECCOMP_RET_ALLOW)]);
        assert_eq!(fault(&allow), None);
        assert_eq!(fault(&allow.repeat(4096)), None);
        for (bytes, said) in [
            (&b""[..], "empty"),
            (b"\x7fELF\x02\x01\x01\0", "ELF"),
            (b"{\"defaultAction\": \"SCMP_ACT_ERRNO\"}", "JSON"),
            (b"\n [{}] \n", "JSON"),
            (&allow[1..], "multiple of 8"),
            (&[&allow[..], b"\n"].concat(), "multiple of 8"),
            (&allow.repeat(4097), "4096 instructions"),
        ] {
            let found = fault(bytes).unwrap();
            assert!(found.contains(said), "{said}: {found}");
            assert!(found.contains("; "), "a remedy: {found}");
        }
    }

    #[test]
    fn how_execve_is_refused() {
        let fails = |errno| Some(Refused::Fails(errno));
        for (answer, expected) in [
            (libc::SECCOMP_RET_ALLOW, None),
            (libc::SECCOMP_RET_LOG, None),
            (libc::SECCOMP_RET_TRACE | 1, None),
            (libc::SECCOMP_RET_ERRNO | 38, fails(Errno::ENOSYS)),
            (libc::SECCOMP_RET_ERRNO, fails(Errno::EPERM)),
            (libc::SECCOMP_RET_USER_NOTIF, fails(Errno::ENOSYS)),
            (libc::SECCOMP_RET_KILL_PROCESS, Some(Refused::Killed)),
            (libc::SECCOMP_RET_KILL_THREAD, Some(Refused::Killed)),
            (libc::SECCOMP_RET_TRAP, Some(Refused::Killed)),
            (0x1234_0000, Some(Refused::Killed)),
        ] {
            assert_eq!(refuses_exec(&program(&[(6, 0, 0, answer)])), expected, "{answer:x}");
        }
    }
}
