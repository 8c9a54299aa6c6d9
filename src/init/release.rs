//! Lets go of what only the app needs: descriptors and the working directory.

use crate::sys;

/// Closes everything but stderr and what is in `keep`, and leaves for `/`, so that the app's pipes reach
/// end-of-file and its file systems can be unmounted.
pub fn release(keep: [Option<i32>; 2]) {
    let [one, other] = keep.map(|fd| fd.and_then(|fd| u32::try_from(fd).ok()).unwrap_or(STDERR));
    close_all_but([one, other, STDERR]);
    // A failure leaves us where we are, and nobody can do anything about it.
    let _ = nix::unistd::chdir(c"/");
}

const STDERR: u32 = 2;

fn close_all_but(kept: [u32; 3]) {
    let mut first = 0;
    while let Some(next) = kept.into_iter().filter(|fd| *fd >= first).min() {
        close_from_to(first, next.checked_sub(1));
        first = next + 1;
    }
    close_from_to(first, Some(u32::MAX));
}

fn close_from_to(first: u32, last: Option<u32>) {
    let Some(last) = last.filter(|last| first <= *last) else { return };
    if sys::close_range(first, last).is_err() {
        let limit = sys::descriptor_limit();
        for fd in (0..limit).filter(|fd| (first..=last).contains(&(*fd as u32))) {
            sys::close(fd);
        }
    }
}
