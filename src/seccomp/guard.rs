//! The guard of a terminal: a filter that refuses the two ioctl(2) commands which put keys into
//! a terminal as if somebody had typed them there. The shell that started init would read them.
//!
//! The kernel takes 32 bits for the command, whatever the upper ones are (CVE-2019-7303), so
//! these are compared. Each way into the kernel has numbers of its own. Pure.

use super::{ARCHITECTURE, INSTRUCTION, Instruction, NATIVE, NUMBER, bytes};

/// Fake a key (ioctl_tty(2)).
const TIOCSTI: u32 = 0x5412;
/// Paste the selection, on a virtual console (ioctl_console(2)).
const TIOCLINUX: u32 = 0x541c;

/// The command that init asks with whether there is a guard already. No driver has it.
pub const QUESTION: u32 = 0x696e_6974;
/// The guard's answer: no error that an ioctl(2) of the kernel's gives.
pub const ANSWER: i32 = libc::ENOANO;

/// Where struct seccomp_data has the lower half of the second argument, on little-endian
/// machines.
const COMMAND: u32 = 24;

const LOAD: u16 = 0x20;
#[cfg(target_arch = "x86_64")]
const AND: u16 = 0x54;
const EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;

const fn refuse(errno: i32) -> Instruction {
    (RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | errno as u32)
}

/// x86_64, x32 and 32-bit programs.
#[cfg(target_arch = "x86_64")]
const INSTRUCTIONS: [Instruction; 16] = [
    (LOAD, 0, 0, ARCHITECTURE),
    (EQUAL, 3, 0, NATIVE),
    (EQUAL, 0, 11, 0x4000_0003), // AUDIT_ARCH_I386
    (LOAD, 0, 0, NUMBER),
    (EQUAL, 4, 9, 54), // ioctl of i386
    (LOAD, 0, 0, NUMBER),
    // x32 has a bit of its own. Before Linux 5.4 its numbers count without the bit, too.
    (AND, 0, 0, !0x4000_0000),
    (EQUAL, 1, 0, libc::SYS_ioctl as u32),
    (EQUAL, 0, 5, 514), // ioctl of x32
    (LOAD, 0, 0, COMMAND),
    (EQUAL, 4, 0, TIOCSTI),
    (EQUAL, 3, 0, TIOCLINUX),
    (EQUAL, 0, 1, QUESTION),
    refuse(ANSWER),
    (RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    refuse(libc::EPERM),
];

/// arm64, and 32-bit programs.
#[cfg(target_arch = "aarch64")]
const INSTRUCTIONS: [Instruction; 14] = [
    (LOAD, 0, 0, ARCHITECTURE),
    (EQUAL, 3, 0, NATIVE),
    (EQUAL, 0, 9, 0x4000_0028), // AUDIT_ARCH_ARM
    (LOAD, 0, 0, NUMBER),
    (EQUAL, 2, 7, 54), // ioctl of arm
    (LOAD, 0, 0, NUMBER),
    (EQUAL, 0, 5, libc::SYS_ioctl as u32),
    (LOAD, 0, 0, COMMAND),
    (EQUAL, 4, 0, TIOCSTI),
    (EQUAL, 3, 0, TIOCLINUX),
    (EQUAL, 0, 1, QUESTION),
    refuse(ANSWER),
    (RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    refuse(libc::EPERM),
];

/// The program.
#[expect(clippy::indexing_slicing, reason = "the compiler runs it")]
pub static PROGRAM: &[u8] = &{
    let mut program = [0; INSTRUCTIONS.len() * INSTRUCTION];
    let mut n = 0;
    while n < program.len() {
        program[n] = bytes(INSTRUCTIONS[n / INSTRUCTION])[n % INSTRUCTION];
        n += 1;
    }
    program
};

#[cfg(test)]
mod tests {
    use super::super::interpret::answer;
    use super::*;

    fn says(architecture: u32, number: u32, command: u32) -> u32 {
        let words = |offset| match offset {
            NUMBER => Some(number),
            ARCHITECTURE => Some(architecture),
            COMMAND => Some(command),
            _ => None,
        };
        answer(PROGRAM, &words).unwrap()
    }

    #[test]
    fn refuses_two_commands_of_every_ioctl() {
        let error = |errno: i32| libc::SECCOMP_RET_ERRNO | errno as u32;
        let allow = libc::SECCOMP_RET_ALLOW;
        #[cfg(target_arch = "x86_64")]
        let ways = [(NATIVE, 16), (NATIVE, 0x4000_0000 | 514), (NATIVE, 514), (0x4000_0003, 54)];
        #[cfg(target_arch = "aarch64")]
        let ways = [(NATIVE, 29), (0x4000_0028, 54)];
        for (architecture, number) in ways {
            for (command, expected) in [
                (TIOCSTI, error(libc::EPERM)),
                (TIOCLINUX, error(libc::EPERM)),
                (QUESTION, error(ANSWER)),
                (libc::TCGETS as u32, allow),
                (0, allow),
            ] {
                assert_eq!(says(architecture, number, command), expected, "{number} {command:x}");
            }
            // No other call, whatever its second argument is.
            for other in [number + 1, number - 1, 1000] {
                assert_eq!(says(architecture, other, TIOCSTI), allow, "{other}");
            }
        }
        assert_eq!(says(0, 16, TIOCSTI), allow, "no machine that these kernels run");
    }
}
