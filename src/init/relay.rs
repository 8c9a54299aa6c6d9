//! Signals on their way from outer to the init inside: marked, so that init forwards
//! each one once.
//!
//! Both are in one process group, for the job control of a shell: what is sent to the
//! group reaches both, and outer forwards it too. So init takes from outside only what
//! outer has marked. The mark keeps who made the signal, and its value. Pure.

use super::policy::Sender;
use crate::sys::SigInfo;

/// `si_code`s that nobody else uses: below zero, as programs' are (sigaction(2)).
const PROGRAM: i32 = -0x5e01;
const QUEUED: i32 = -0x5e02;
const KERNEL: i32 = -0x5e03;

/// The code that outer gives a signal of this sender.
pub fn mark(sender: Sender) -> i32 {
    match sender {
        Sender::Queued => QUEUED,
        Sender::Kernel => KERNEL,
        Sender::Program | Sender::Init => PROGRAM,
    }
}

/// Who made a signal that outer has marked.
pub fn read_mark(code: i32) -> Option<Sender> {
    match code {
        QUEUED => Some(Sender::Queued),
        KERNEL => Some(Sender::Kernel),
        PROGRAM => Some(Sender::Program),
        _ => None,
    }
}

/// Did a signal without a mark come from outside the PID namespace? From there the
/// kernel shows no sender; what the kernel itself says to the group, outer hears too.
pub fn is_from_outside(info: &SigInfo) -> bool {
    info.code() > 0 || info.sender().as_raw() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_can_be_read() {
        for sender in [Sender::Program, Sender::Queued, Sender::Kernel] {
            assert_eq!(read_mark(mark(sender)), Some(sender));
        }
        for code in [libc::SI_USER, libc::SI_QUEUE, libc::SI_KERNEL, libc::SI_TKILL] {
            assert_eq!(read_mark(code), None);
        }
    }
}
