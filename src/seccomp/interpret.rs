//! Runs a filter as the kernel does (the classic BPF of linux/filter.h, as far as seccomp(2)
//! allows it).
//!
//! In: a program, and what is known of a system call. Out: what it answers; `None` for a bad
//! program, and for one that looks at more than is known. Pure.

use super::{INSTRUCTION, Instruction};

/// The length of struct seccomp_data.
const DATA: u32 = 64;

/// The registers of the machine.
#[derive(Default)]
struct Machine {
    a: u32,
    x: u32,
    memory: [u32; 16],
}

/// What an instruction does to the order of them.
enum Next {
    /// Passes so many of those that follow.
    Skip(usize),
    /// Ends with an answer.
    Return(u32),
}

/// The answer to a call, of which `words` knows the words by their offsets.
pub fn answer(program: &[u8], words: &dyn Fn(u32) -> Option<u32>) -> Option<u32> {
    let instruction = |at: usize| -> Option<Instruction> {
        let at = at.checked_mul(INSTRUCTION)?;
        let [a, b, jt, jf, c, d, e, f] = *program.get(at..)?.first_chunk::<INSTRUCTION>()?;
        Some((u16::from_ne_bytes([a, b]), jt, jf, u32::from_ne_bytes([c, d, e, f])))
    };
    let (mut machine, mut at) = (Machine::default(), 0_usize);
    // Jumps lead forward only.
    loop {
        match machine.step(instruction(at)?, words)? {
            Next::Skip(count) => at = at.checked_add(count)?.checked_add(1)?,
            Next::Return(answer) => return Some(answer),
        }
    }
}

impl Machine {
    fn step(
        &mut self,
        (code, jt, jf, k): Instruction,
        words: &dyn Fn(u32) -> Option<u32>,
    ) -> Option<Next> {
        let operand = if code & 0x08 == 0 { k } else { self.x };
        let slot = usize::try_from(k).ok()?;
        // The classes are the lowest three bits.
        match code & 0x07 {
            0 => {
                self.a = match code & 0xf8 {
                    0x20 => words(k)?,
                    _ => self.value(code, k, slot)?,
                }
            }
            1 => self.x = self.value(code, k, slot)?,
            2 => *self.memory.get_mut(slot)? = self.a,
            3 => *self.memory.get_mut(slot)? = self.x,
            4 => self.a = self.arithmetic(code, operand)?,
            5 => return self.jump(code, jt, jf, k, operand),
            6 => return Some(Next::Return(if code & 0x18 == 0x10 { self.a } else { k })),
            _ if code & 0xf8 == 0x80 => self.a = self.x,
            _ => self.x = self.a,
        }
        Some(Next::Skip(0))
    }

    /// What a load gets that is not from the call's data.
    fn value(&self, code: u16, k: u32, slot: usize) -> Option<u32> {
        match code & 0xe0 {
            0x00 => Some(k),
            0x60 => self.memory.get(slot).copied(),
            0x80 => Some(DATA),
            _ => None,
        }
    }

    fn arithmetic(&self, code: u16, operand: u32) -> Option<u32> {
        Some(match code & 0xf0 {
            0x00 => self.a.wrapping_add(operand),
            0x10 => self.a.wrapping_sub(operand),
            0x20 => self.a.wrapping_mul(operand),
            0x30 => self.a.checked_div(operand)?,
            0x40 => self.a | operand,
            0x50 => self.a & operand,
            0x60 => self.a.checked_shl(operand)?,
            0x70 => self.a.checked_shr(operand)?,
            0x80 => self.a.wrapping_neg(),
            0xa0 => self.a ^ operand,
            _ => return None,
        })
    }

    fn jump(&self, code: u16, jt: u8, jf: u8, k: u32, operand: u32) -> Option<Next> {
        let holds = match code & 0xf0 {
            0x00 => return Some(Next::Skip(usize::try_from(k).ok()?)),
            0x10 => self.a == operand,
            0x20 => self.a > operand,
            0x30 => self.a >= operand,
            0x40 => self.a & operand != 0,
            _ => return None,
        };
        Some(Next::Skip(usize::from(if holds { jt } else { jf })))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::program;
    use super::super::{NATIVE, NUMBER, call};
    use super::*;
    use proptest::prelude::*;

    const fn ret(k: u32) -> Instruction {
        (0x06, 0, 0, k)
    }

    #[test]
    fn answers() {
        let load_number = (0x20, 0, 0, NUMBER);
        for (instructions, number, expected) in [
            (&[ret(7)][..], 1, Some(7)),
            (&[load_number, (0x15, 0, 1, 59), ret(1), ret(2)], 59, Some(1)),
            (&[load_number, (0x15, 0, 1, 59), ret(1), ret(2)], 60, Some(2)),
            (&[load_number, (0x25, 1, 0, 59), ret(1), ret(2)], 60, Some(2)),
            (&[load_number, (0x35, 1, 0, 59), ret(1), ret(2)], 59, Some(2)),
            (&[load_number, (0x45, 1, 0, 4), ret(1), ret(2)], 4, Some(2)),
            // By X, by memory, with a jump over an instruction that is none.
            (&[load_number, (0x07, 0, 0, 0), (0x1d, 0, 1, 0), ret(1), ret(2)], 9, Some(1)),
            (
                &[load_number, (0x02, 0, 0, 3), (0x00, 0, 0, 0), (0x60, 0, 0, 3), (0x16, 0, 0, 0)],
                8,
                Some(8),
            ),
            (&[(0x05, 0, 0, 1), (0xff, 0, 0, 0), ret(3)], 0, Some(3)),
            (&[load_number, (0x54, 0, 0, 0x0f), (0x04, 0, 0, 1), (0x16, 0, 0, 0)], 0x32, Some(3)),
            (&[(0x80, 0, 0, 0), (0x16, 0, 0, 0)], 0, Some(64)),
            // The architecture is this machine's.
            (&[(0x20, 0, 0, 4), (0x15, 0, 1, NATIVE), ret(1), ret(2)], 0, Some(1)),
            // It depends on an argument.
            (&[(0x20, 0, 0, 16), (0x15, 0, 1, 0), ret(1), ret(2)], 0, None),
            (&[load_number], 0, None),
            (&[(0x05, 0, 0, u32::MAX)], 0, None),
            (&[(0x34, 0, 0, 0), ret(1)], 0, None),
            (&[], 0, None),
        ] {
            assert_eq!(answer(&program(instructions), &call(number)), expected, "{instructions:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..99), number in any::<u32>()) {
            let _ = answer(&bytes, &call(number));
        }
    }
}
