//! Closing descriptors, all but a few.

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
    if sys::close_range(first, last).is_err() {
        let limit = sys::descriptor_limit();
        for fd in (0..limit).filter(|fd| (first..=last).contains(&(*fd as u32))) {
            sys::close(fd);
        }
    }
}
