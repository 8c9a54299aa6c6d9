//! A seccomp filter that answers system calls with an error (seccomp(2)).

use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, c_long, sock_filter};

/// How many system calls a filter can refuse.
const CALLS_MAX: usize = 8;

fn line(code: u32, jt: u8, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt, jf: 0, k }
}

/// Gives this process a filter that refuses these system calls with this errno. For use between
/// fork and exec: nothing is allocated.
pub fn refuse(calls: &[c_long], errno: i32) {
    let allow = line(BPF_RET | BPF_K, 0, libc::SECCOMP_RET_ALLOW);
    let refusal = line(BPF_RET | BPF_K, 0, libc::SECCOMP_RET_ERRNO | errno as u32);
    let mut lines = [allow; CALLS_MAX + 3];
    // Of seccomp_data, the system call's number.
    lines[0] = line(BPF_LD | BPF_W | BPF_ABS, 0, 0);
    for (n, call) in calls.iter().enumerate() {
        let to_refusal = calls.len() - n;
        lines[n + 1] = line(BPF_JMP | BPF_JEQ | BPF_K, to_refusal as u8, *call as u32);
    }
    lines[calls.len() + 2] = refusal;
    let len = calls.len() as u16 + 3;
    let program = libc::sock_fprog { len, filter: lines.as_mut_ptr() };
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program), 0);
    }
}
