//! Too little memory: init ends before the start with one line, not by a trap.

use crate::support::*;

const PAGE: u64 = 4096;

/// init in an address space of this many bytes.
fn limited(bytes: u64, words: &[&str]) -> Finished {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    let set = move || assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
    init(words.iter().copied()).before_exec(set).run()
}

/// The first limit that init starts with, in pages. Below that the kernel ends the exec by a
/// signal.
fn first_limit() -> u64 {
    let starts = |pages: u64| limited(pages * PAGE, &["-h"]).status.code().is_some();
    let (mut too_small, mut enough) = (16, 4096);
    while too_small + 1 < enough {
        let middle = (too_small + enough) / 2;
        *if starts(middle) { &mut enough } else { &mut too_small } = middle;
    }
    enough
}

/// That limit leaves it no memory.
#[test]
fn out_of_memory_is_a_line() {
    let limit = first_limit() * PAGE;
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

/// Whoever of outer, inner and the app's process it is that has no memory left.
#[test]
fn out_of_memory_in_a_sandbox_is_a_line() {
    let (own, first) = (init_path().to_str().unwrap().to_owned(), first_limit());
    let some = [&["--pid", "--mount-proc"][..], &["--uts", "--hostname=x"], &["--time"]];
    for options in some {
        let words = [options, &["-q", "--chdir=/", "--", &own, "-V"]].concat();
        let (mut lines, mut starts) = (0, 0);
        for limit in (first..).map(|pages| pages * PAGE) {
            let done = limited(limit, &words);
            match done.status.code() {
                // The kernel ends the app's exec where that has no memory.
                Some(137) => {}
                Some(125) => {
                    lines += 1;
                    assert_eq!(done.one_line("init: ").stdout, "");
                }
                _ => {
                    starts += 1;
                    done.expect(0).silent();
                }
            }
            if starts > 3 {
                break;
            }
        }
        assert!(lines > 0, "{options:?}: no limit was too small");
    }
}
