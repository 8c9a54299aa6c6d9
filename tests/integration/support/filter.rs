//! A seccomp filter that answers system calls with an error (seccomp(2)).

use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, c_long, sock_filter};

/// How many system calls a filter can refuse.
const CALLS_MAX: usize = 8;

fn line(code: u32, jt: u8, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt, jf: 0, k }
}

/// How many instructions a filter has at most.
const LINES_MAX: usize = CALLS_MAX + 3;

/// A filter that gives these system calls this answer, and its number of instructions.
fn instructions(calls: &[c_long], answer: u32) -> ([sock_filter; LINES_MAX], usize) {
    let allow = line(BPF_RET | BPF_K, 0, libc::SECCOMP_RET_ALLOW);
    let mut lines = [allow; LINES_MAX];
    // Of seccomp_data, the system call's number.
    lines[0] = line(BPF_LD | BPF_W | BPF_ABS, 0, 0);
    for (n, call) in calls.iter().enumerate() {
        let to_refusal = calls.len() - n;
        lines[n + 1] = line(BPF_JMP | BPF_JEQ | BPF_K, to_refusal as u8, *call as u32);
    }
    lines[calls.len() + 2] = line(BPF_RET | BPF_K, 0, answer);
    (lines, calls.len() + 3)
}

/// The bytes of a filter that gives these system calls this answer, one of SECCOMP_RET_.
pub fn program(calls: &[c_long], answer: u32) -> Vec<u8> {
    let (lines, len) = instructions(calls, answer);
    let bytes = |line: &sock_filter| {
        let ([a, b], [c, d, e, f]) = (line.code.to_ne_bytes(), line.k.to_ne_bytes());
        [a, b, line.jt, line.jf, c, d, e, f]
    };
    lines[..len].iter().flat_map(bytes).collect()
}

/// Gives this process a filter that refuses these system calls with this errno. For use between
/// fork and exec: nothing is allocated.
pub fn refuse(calls: &[c_long], errno: i32) {
    let (mut lines, len) = instructions(calls, libc::SECCOMP_RET_ERRNO | errno as u32);
    let len = len as u16;
    let program = libc::sock_fprog { len, filter: lines.as_mut_ptr() };
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program), 0);
    }
}
