//! What the first bytes of a file say about who can run it. Pure.
//!
//! In: bytes of a file. Out: `Contents`. Any bytes are taken, whatever they claim.

use std::ops::Range;

/// What a file is to execve(2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// It cannot be read, or it is not a regular file.
    Unknown,
    /// A script: `#!` and this interpreter.
    Script(Vec<u8>),
    /// A text without `#!`, which init lets `/bin/sh` run.
    Text,
    /// An ELF file.
    Elf(Elf),
    /// A Mach-O file, macOS' format.
    MacOs,
    /// A PE file, Windows' format.
    Windows,
    /// Bytes that are nothing of these.
    Garbage,
}

/// The header of an ELF file (elf(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elf {
    /// `e_machine`.
    pub machine: u16,
    /// 32 or 64.
    pub bits: u8,
    /// The order of bytes.
    pub big_endian: bool,
    /// `e_type`.
    pub kind: u16,
    /// Where the program headers are: offset, size of each, count.
    headers: (u64, u16, u16),
}

/// How much of a file [`contents`] wants to see.
pub const START: usize = 256;
/// ET_REL: compiled, but not linked.
pub const OBJECT: u16 = 1;
/// PT_INTERP: the program header that names the interpreter.
const INTERPRETER: u32 = 3;

/// What a file that starts with these bytes is.
pub fn contents(start: &[u8]) -> Contents {
    match start {
        [b'#', b'!', rest @ ..] => match interpreter(rest) {
            Some(name) => Contents::Script(name.to_vec()),
            None => Contents::Text,
        },
        [0x7f, b'E', b'L', b'F', ..] => Elf::read(start).map_or(Contents::Garbage, Contents::Elf),
        // In both orders of bytes, with 32 and with 64 bits; then with several architectures.
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..]
        | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..]
        | [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 1..=20, ..] => Contents::MacOs,
        [b'M', b'Z', ..] if start.contains(&0) => Contents::Windows,
        _ => {
            let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
            if line.contains(&0) { Contents::Garbage } else { Contents::Text }
        }
    }
}

/// The interpreter in what follows `#!`: the first word, as execve(2) has it. A carriage
/// return is no blank to the kernel, so it stays.
fn interpreter(rest: &[u8]) -> Option<&[u8]> {
    let line = rest.split(|byte| *byte == b'\n').next()?;
    line.split(|byte| b" \t\0".contains(byte)).find(|word| !word.is_empty())
}

impl Elf {
    fn read(start: &[u8]) -> Option<Elf> {
        let bits = if *start.get(4)? == 1 { 32 } else { 64 };
        let fields = Fields { bytes: start, big_endian: *start.get(5)? == 2 };
        // A file that ends early has no headers that matter; its machine can be told.
        let headers = if bits == 64 {
            fields.wide(32).zip(fields.half(54)).zip(fields.half(56))
        } else {
            fields.word(28).map(u64::from).zip(fields.half(42)).zip(fields.half(44))
        };
        let ((offset, size), count) = headers.unwrap_or_default();
        Some(Elf {
            machine: fields.half(18)?,
            bits,
            big_endian: fields.big_endian,
            kind: fields.half(16)?,
            headers: (offset, size, count),
        })
    }

    /// Where each program header is in the file. Few programs have more than a dozen.
    pub fn headers(self) -> impl Iterator<Item = Range<u64>> {
        let (start, size, count) = self.headers;
        let size = u64::from(size);
        (0..u64::from(count.min(64))).map_while(move |n| {
            let start = start.checked_add(n * size)?;
            Some(start..start.checked_add(size)?)
        })
    }

    /// Where the name of the interpreter is in the file, if `header` is the header for that.
    pub fn interpreter(self, header: &[u8]) -> Option<Range<u64>> {
        let fields = Fields { bytes: header, big_endian: self.big_endian };
        let (offset, size) = match self.bits {
            64 => (fields.wide(8)?, fields.wide(32)?),
            _ => (fields.word(4)?.into(), fields.word(16)?.into()),
        };
        let end = offset.checked_add(size)?;
        (fields.word(0)? == INTERPRETER).then_some(offset..end)
    }
}

/// Numbers in a structure of the file's own order of bytes.
struct Fields<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Fields<'_> {
    fn at<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        let mut bytes: [u8; N] = *self.bytes.get(offset..)?.first_chunk()?;
        if self.big_endian {
            bytes.reverse();
        }
        Some(bytes)
    }

    fn half(&self, offset: usize) -> Option<u16> {
        self.at(offset).map(u16::from_le_bytes)
    }

    fn word(&self, offset: usize) -> Option<u32> {
        self.at(offset).map(u32::from_le_bytes)
    }

    fn wide(&self, offset: usize) -> Option<u64> {
        self.at(offset).map(u64::from_le_bytes)
    }
}

/// The name of a machine, as uname(2) has it there.
pub fn machine(elf: Elf) -> Option<&'static str> {
    Some(match (elf.machine, elf.bits, elf.big_endian) {
        (2 | 18 | 43, ..) => "sparc",
        (3, ..) => "i386",
        (4, ..) => "m68k",
        (8, 32, true) => "mips",
        (8, 32, false) => "mipsel",
        (8, _, true) => "mips64",
        (8, _, false) => "mips64el",
        (15, ..) => "parisc",
        (20, ..) => "ppc",
        (21, _, true) => "ppc64",
        (21, _, false) => "ppc64le",
        (22, 64, _) => "s390x",
        (22, ..) => "s390",
        (40, _, true) => "armeb",
        (40, ..) => "arm",
        (42, ..) => "sh4",
        (50, ..) => "ia64",
        (62, 32, _) => "x32",
        (62, ..) => "x86_64",
        (183, _, true) => "aarch64_be",
        (183, ..) => "aarch64",
        (243, 32, _) => "riscv32",
        (243, ..) => "riscv64",
        (258, ..) => "loongarch64",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A header with the fields that are read.
    fn header(machine: u16, bits: u8, big_endian: bool) -> Vec<u8> {
        let mut bytes = b"\x7fELF\0\0\x01".to_vec();
        bytes.resize(64, 0);
        bytes[4] = bits / 32;
        bytes[5] = 1 + u8::from(big_endian);
        let half = |n: u16| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        bytes[16..18].copy_from_slice(&half(2));
        bytes[18..20].copy_from_slice(&half(machine));
        bytes
    }

    #[test]
    fn what_files_are() {
        let script = |name: &[u8]| Contents::Script(name.to_vec());
        for (start, expected) in [
            (&b"#!/bin/sh\necho"[..], script(b"/bin/sh")),
            (b"#! \t/usr/bin/env python3\n", script(b"/usr/bin/env")),
            (b"#!/bin/sh\r\necho\r\n", script(b"/bin/sh\r")),
            (b"#!/bin/sh", script(b"/bin/sh")),
            (b"#!\n", Contents::Text),
            (b"#! \n/bin/sh", Contents::Text),
            (b"", Contents::Text),
            (b"echo x\n\0", Contents::Text),
            (b"\x1f\x8b\x08\0\0", Contents::Garbage),
            (b"\x7fELF", Contents::Garbage),
            (b"\xcf\xfa\xed\xfe\x07\0\0\x01", Contents::MacOs),
            (b"\xca\xfe\xba\xbe\0\0\0\x02", Contents::MacOs),
            // A class of Java: a version stands where the count of architectures is.
            (b"\xca\xfe\xba\xbe\0\0\0\x41", Contents::Garbage),
            (b"MZ\x90\0\x03\0", Contents::Windows),
            (b"MZ is a text\n", Contents::Text),
        ] {
            assert_eq!(contents(start), expected, "{start:?}");
        }
    }

    #[test]
    fn machines() {
        for (number, bits, big_endian, expected) in [
            (62, 64, false, Some("x86_64")),
            (62, 32, false, Some("x32")),
            (3, 32, false, Some("i386")),
            (183, 64, false, Some("aarch64")),
            (40, 32, false, Some("arm")),
            (22, 64, true, Some("s390x")),
            (8, 32, true, Some("mips")),
            (8, 64, false, Some("mips64el")),
            (21, 64, true, Some("ppc64")),
            (9999, 64, false, None),
        ] {
            let Contents::Elf(elf) = contents(&header(number, bits, big_endian)) else {
                panic!("{number} is an ELF file")
            };
            assert_eq!((elf.bits, elf.big_endian, elf.kind), (bits, big_endian, 2), "{number}");
            assert_eq!(machine(elf), expected, "{number}");
        }
    }

    #[test]
    fn an_interpreter_is_found() {
        for big_endian in [false, true] {
            let mut file = header(62, 64, big_endian);
            let number = |n: u64| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
            let half = |n: u16| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
            let word = |n: u32| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
            file[32..40].copy_from_slice(&number(64));
            file[54..56].copy_from_slice(&half(56));
            file[56..58].copy_from_slice(&half(2));
            for kind in [6, INTERPRETER] {
                let mut entry = [0; 56];
                entry[..4].copy_from_slice(&word(kind));
                entry[8..16].copy_from_slice(&number(4711));
                entry[32..40].copy_from_slice(&number(28));
                file.extend(entry);
            }
            let Contents::Elf(elf) = contents(&file) else { panic!("an ELF file") };
            let found: Vec<_> = elf
                .headers()
                .map(|at| elf.interpreter(&file[at.start as usize..at.end as usize]))
                .collect();
            assert_eq!(found, [None, Some(4711..4739)]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn never_panics(
            start in prop::sample::select(vec!["", "\x7fELF\x01\x01", "\x7fELF\x02\x02", "#!"]),
            rest in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let bytes = [start.as_bytes(), &rest].concat();
            if let Contents::Elf(elf) = contents(&bytes) {
                let _ = (machine(elf), elf.headers().count(), elf.interpreter(&rest));
            }
        }
    }
}
