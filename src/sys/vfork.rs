//! The most dangerous lines of the program: a child that shares init's memory.
//!
//! Sharing it, instead of copying its page tables, makes the start three times cheaper,
//! and lets the child leave its errno where init reads it.
//!
//! It is sound because CLONE_VFORK (clone(2)) keeps this thread, the only one, out of
//! user space until the child has left the shared memory: to the compiler and to the
//! memory the child is a call like any other. In more detail:
//!
//! - The child runs on init's stack, below the frame in which init waits. Unlike after
//!   vfork(3), it never returns above that frame, so it overwrites nothing that init comes
//!   back to. What ends the stack is the same as for init: the
//!   kernel's guard gap. A stack of its own would cost page faults, a tenth of the start.
//! - `asm!` without `nostack` may push: the compiler keeps nothing in the red zone there, and
//!   has the stack aligned for a call.
//! - The registers are the child's own copies; of init's, only those of the system call change.
//! - No handler runs in the child but that of `note_stop`, if it is told to: that writes to one
//!   atomic.
//! - What the libc keeps is shared: errno, which is read only right after a call of one's own,
//!   and the number of the thread, which is init's, so raise(3) would hit init.
//! - When init is killed, the child keeps the memory; when the child is, init goes on.

use std::arch::asm;
use std::ffi::{c_int, c_long, c_void};

use nix::errno::Errno;
use nix::unistd::Pid;

use crate::namespaces::Namespaces;

type Child<'a> = &'a mut dyn FnMut() -> c_int;

/// Runs `child` in a new process that shares our memory, and returns its pid once it
/// has called exec or has ended, with what `child` returned as its exit status. It is
/// in new namespaces of these types; time is not among those that clone(2) makes.
///
/// For all of the above to hold, `child`
///
/// - writes to nothing but its own frames and what it hands back by reference,
/// - calls nothing that allocates, locks, logs, panics or unwinds,
/// - leaves by exec or by returning, which is `_exit` here.
///
/// # Errors
/// EAGAIN at a process limit, ENOMEM, EPERM or ENOSYS from a seccomp filter; for new
/// namespaces EPERM, EINVAL and ENOSPC.
pub fn vfork(new: Namespaces, mut child: Child<'_>) -> Result<Pid, Errno> {
    let flags = new.flags() | libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: `enter` gets what it expects, and `child` outlives the child's use of it: this
    // frame is suspended until then. For the rest see above.
    let result = unsafe { clone_and_enter(flags as u64, (&raw mut child).cast()) };
    match c_int::try_from(result) {
        Ok(pid) if pid > 0 => Ok(Pid::from_raw(pid)),
        // As every system call: -1 to -4095 are errors.
        _ => Err(Errno::from_raw(-result as c_int)),
    }
}

/// Where the child starts.
extern "C" fn enter(child: *mut c_void) -> c_int {
    // SAFETY: the `child` of the suspended frame of `vfork`.
    let child = unsafe { &mut *child.cast::<Child<'_>>() };
    child()
}

/// clone(2) with the stack as it is; returns what the kernel says to init.
///
/// # Safety
/// As at the top of the file; `child` points to a `Child`.
#[cfg(target_arch = "x86_64")]
unsafe fn clone_and_enter(flags: u64, child: *mut c_void) -> c_long {
    let result;
    // SAFETY: the caller's promise. syscall(2): the kernel changes rax, rcx and r11.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "mov rdi, {child}",
            "call {enter}",
            "mov edi, eax",
            "mov eax, {exit}",
            "syscall",
            "ud2",
            "2:",
            enter = sym enter,
            exit = const libc::SYS_exit_group,
            child = in(reg) child,
            inlateout("rax") libc::SYS_clone => result,
            in("rdi") flags,
            in("rsi") 0_u64,
            in("rdx") 0_u64,
            in("r10") 0_u64,
            in("r8") 0_u64,
            out("rcx") _,
            out("r11") _,
        );
    }
    result
}

/// As above.
///
/// # Safety
/// As above.
#[cfg(target_arch = "aarch64")]
unsafe fn clone_and_enter(flags: u64, child: *mut c_void) -> c_long {
    let result;
    // SAFETY: the caller's promise. syscall(2): the kernel changes x0.
    unsafe {
        asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x0, {child}",
            "bl {enter}",
            "mov x8, {exit}",
            "svc 0",
            "brk 1",
            "2:",
            enter = sym enter,
            exit = const libc::SYS_exit_group,
            child = in(reg) child,
            in("x8") libc::SYS_clone,
            inlateout("x0") flags => result,
            in("x1") 0_u64,
            in("x2") 0_u64,
            in("x3") 0_u64,
            in("x4") 0_u64,
        );
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::signal::{SIGKILL, kill};
    use nix::sys::wait::{WaitStatus, waitpid};
    use nix::unistd::getpid;

    /// Uses so many KiB of stack, and writes to all of it.
    fn deep(kib: u64) -> u64 {
        let frame = std::hint::black_box([kib; 128]);
        if kib == 0 { 0 } else { 1 + deep(kib - 1) + (frame[127] - kib) }
    }

    #[test]
    fn the_child_hands_back_what_it_has_and_spoils_nothing_else() {
        let around = std::hint::black_box([0x5a_u8; 4096]);
        let mut said = 0;
        let parent = getpid();
        let mut child = || {
            said = deep(256) + u64::from(getpid() != parent);
            7
        };
        let pid = vfork(Namespaces::NONE, &mut child).unwrap();
        assert_eq!(said, 257);
        assert!(around.iter().all(|byte| *byte == 0x5a));
        assert_eq!(waitpid(pid, None), Ok(WaitStatus::Exited(pid, 7)));
    }

    #[test]
    fn a_child_that_dies_lets_us_go_on() {
        let mut child = || {
            let _ = kill(getpid(), SIGKILL);
            0
        };
        let pid = vfork(Namespaces::NONE, &mut child).unwrap();
        let killed = WaitStatus::Signaled(pid, SIGKILL, false);
        assert_eq!(waitpid(pid, None), Ok(killed));
    }
}
