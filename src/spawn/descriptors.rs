//! Closing descriptors, all but a few.

use nix::errno::Errno;

use crate::parse_number::number;
use crate::sys;

/// Closes every descriptor from `first` on that is not in `keep`.
pub fn close_from(mut first: u32, keep: [Option<i32>; 4]) {
    let kept = |first| {
        keep.into_iter()
            .flatten()
            .filter_map(|fd| u32::try_from(fd).ok())
            .filter(move |fd| *fd >= first)
            .min()
    };
    while let Some(next) = kept(first) {
        close_from_to(first, next.checked_sub(1));
        first = next + 1;
    }
    close_from_to(first, Some(u32::MAX));
}

fn close_from_to(first: u32, last: Option<u32>) {
    let Some(last) = last.filter(|last| first <= *last) else { return };
    let wanted = |fd: &i32| u32::try_from(*fd).is_ok_and(|fd| (first..=last).contains(&fd));
    if sys::close_range(first, last).is_err() && close_listed(wanted).is_err() {
        (0..sys::descriptor_limit()).filter(wanted).for_each(sys::close);
    }
}

/// Closes those that are open: of the many that the limit allows, a thousand million in some
/// containers, each one would take its time.
fn close_listed(wanted: impl Fn(&i32) -> bool) -> Result<(), Errno> {
    let directory = sys::open_directory(None, c"/proc/self/fd")?;
    let mut buffer = [0; 1024];
    let closed = loop {
        match sys::read_directory(directory, &mut buffer) {
            Ok([]) => break Ok(()),
            Ok(entries) => sys::Names(entries)
                .filter_map(|name| number(name.to_bytes()))
                .filter(|fd| wanted(fd) && *fd != directory)
                .for_each(sys::close),
            Err(errno) => break Err(errno),
        }
    };
    sys::close(directory);
    closed
}
