//! Files that somebody names: the command, of which the first bytes say who can run it, and a
//! filter of `--seccomp`. In: the bytes of a file.

use crate::diagnosis::command::contents::{Contents, START, contents, machine};
use crate::seccomp::{fault, refuses_exec};

/// Whatever a header claims, nothing is looked for outside of numbers of 64 bits; a filter gives
/// the same answer when more follows.
pub fn files(data: &[u8]) {
    match contents(&data[..data.len().min(START)]) {
        Contents::Script(name) => {
            assert!(!name.is_empty() && !name.iter().any(|byte| b" \t\n\0".contains(byte)));
        }
        Contents::Elf(elf) => {
            let mut count = 0;
            for header in elf.headers() {
                assert!(header.start <= header.end);
                count += 1;
            }
            assert!(count <= 64);
            assert!(machine(elf).is_none_or(|name| !name.is_empty()));
            let name = elf.interpreter(data).or_else(|| elf.interpreter(&data[data.len() / 2..]));
            assert!(name.is_none_or(|range| range.start <= range.end));
        }
        _ => {}
    }
    let refused = refuses_exec(data);
    if refused.is_some() {
        let whole = &data[..data.len() - data.len() % 8];
        assert_eq!(refuses_exec(&[whole, &[0xff; 16]].concat()), refused);
    }
    assert!(fault(data).is_some() || data.len().is_multiple_of(8));
}
