//! Lets go of what only the app needs: descriptors and the working directory.

use std::os::fd::BorrowedFd;

use nix::unistd::chdir;

use crate::spawn::descriptors;
use crate::sys::STDERR;

/// Closes every descriptor but stderr and these, so that the app's pipes reach end-of-file,
/// and changes to `/`, so that file systems can be unmounted.
pub fn release([one, two, three]: [Option<BorrowedFd<'_>>; 3]) {
    // When these fail, init keeps descriptors open and its directory busy: nothing can be done
    // about it.
    let _ = descriptors::close_from(0, [Some(STDERR), one, two, three]);
    let _ = chdir(c"/");
}
