//! Lets go of what only the app needs: descriptors and the working directory.

use std::os::fd::BorrowedFd;

use nix::unistd::chdir;

use crate::spawn::descriptors;
use crate::sys::STDERR;

/// Closes everything but stderr and what is in `keep`, and leaves for `/`, so that the app's pipes reach
/// end-of-file and its file systems can be unmounted.
pub fn release([one, two, three]: [Option<BorrowedFd<'_>>; 3]) {
    descriptors::close_from(0, [Some(STDERR), one, two, three]);
    // A failure leaves us where we are, and nobody can do anything about it.
    let _ = chdir(c"/");
}
