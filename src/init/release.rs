//! Lets go of what only the app needs: descriptors and the working directory.

use crate::sys;

/// Closes everything but stderr and leaves for `/`, so that the app's pipes reach
/// end-of-file and its file systems can be unmounted.
pub fn release() {
    close_all_but_stderr();
    // A failure leaves us where we are, and nobody can do anything about it.
    let _ = nix::unistd::chdir(c"/");
}

fn close_all_but_stderr() {
    if sys::close_range(3, u32::MAX).is_ok() && sys::close_range(0, 1).is_ok() {
        return;
    }
    for fd in (0..sys::descriptor_limit()).filter(|fd| *fd != 2) {
        sys::close(fd);
    }
}
