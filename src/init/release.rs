//! Lets go of what only the app needs: descriptors and the working directory.

use crate::sys;

/// Closes everything but stderr and `keep`, and leaves for `/`, so that the app's pipes reach
/// end-of-file and its file systems can be unmounted.
pub fn release(keep: Option<i32>) {
    let kept = keep.and_then(|fd| u32::try_from(fd).ok()).unwrap_or(STDERR);
    let (low, high) = (STDERR.min(kept), STDERR.max(kept));
    close_all_but(low, high);
    // A failure leaves us where we are, and nobody can do anything about it.
    let _ = nix::unistd::chdir(c"/");
}

const STDERR: u32 = 2;

fn close_all_but(low: u32, high: u32) {
    let ranges =
        [(0, low.checked_sub(1)), (low + 1, high.checked_sub(1)), (high + 1, Some(u32::MAX))];
    let close = |(first, last): (u32, Option<u32>)| match last.filter(|last| first <= *last) {
        Some(last) => sys::close_range(first, last).is_ok(),
        None => true,
    };
    if ranges.into_iter().all(close) {
        return;
    }
    for fd in (0..sys::descriptor_limit()).filter(|fd| ![low, high].contains(&(*fd as u32))) {
        sys::close(fd);
    }
}
