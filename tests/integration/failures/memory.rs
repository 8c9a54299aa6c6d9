//! Too little memory: init ends before the start with one line, not by a trap.

use crate::support::*;

/// init in an address space of this many bytes.
fn limited(bytes: u64, words: &[&str]) -> Finished {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    let set = move || assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
    init(words.iter().copied()).before_exec(set).run()
}

/// The first limit that init starts with leaves it no memory. Below that the kernel ends the
/// exec by a signal.
#[test]
fn out_of_memory_is_a_line() {
    let mut limits = (16..).map(|pages| pages * 4096);
    let limit = limits.find(|limit| limited(*limit, &["-h"]).status.code().is_some()).unwrap();
    for words in [
        &["-h"][..],
        &["--nosuch"],
        &["--report=/dev/null", "--", "/bin/true"],
        &["--pid", "--", "/bin/true"],
        &["--expand-env", "--", "/bin/true", "${HOME}"],
    ] {
        limited(limit, words).expect(125).one_line("init: out of memory\n");
    }
}
