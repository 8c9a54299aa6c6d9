//! Closes all descriptors but a few. Allocates nothing.

use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::sys::resource::{Resource, getrlimit};

use crate::files;
use crate::parse_number::number;
use crate::sys;

/// Closes every descriptor from `first` on that is not in `keep`.
///
/// # Errors
/// Why a descriptor stays open: a filter refuses to close it.
pub fn close_from(mut first: u32, keep: [Option<BorrowedFd<'_>>; 4]) -> Result<(), Errno> {
    let kept = |first| {
        keep.into_iter()
            .flatten()
            .filter_map(|fd| u32::try_from(fd.as_raw_fd()).ok())
            .filter(move |fd| *fd >= first)
            .min()
    };
    while let Some(next) = kept(first) {
        close_from_to(first, next.checked_sub(1))?;
        first = next + 1;
    }
    close_from_to(first, Some(u32::MAX))
}

fn close_from_to(first: u32, last: Option<u32>) -> Result<(), Errno> {
    let Some(last) = last.filter(|last| first <= *last) else { return Ok(()) };
    let wanted = |fd: &RawFd| u32::try_from(*fd).is_ok_and(|fd| (first..=last).contains(&fd));
    if sys::close_range(first, last).is_ok() {
        return Ok(());
    }
    let listed = close_listed(wanted);
    listed.unwrap_or_else(|_| (0..limit()).filter(wanted).try_for_each(close))
}

/// Closes the open descriptors: to try every number takes too long where the limit is a
/// thousand million, as in some containers. The outer error is that of the listing.
fn close_listed(wanted: impl Fn(&RawFd) -> bool) -> Result<Result<(), Errno>, Errno> {
    let directory = files::open_directory(AT_FDCWD, c"/proc/self/fd")?;
    let mut closed = Ok(());
    files::each_name(&directory, &mut |name| {
        let fd = number(name.to_bytes()).filter(|fd| *fd != directory.as_raw_fd());
        closed = closed.and(fd.filter(&wanted).map_or(Ok(()), close));
        ControlFlow::Continue(())
    })?;
    Ok(closed)
}

/// Closes a number, whoever owns the descriptor; a number that is not open is fine.
fn close(fd: RawFd) -> Result<(), Errno> {
    match nix::unistd::close(fd) {
        // Linux has closed an interrupted one all the same (close(2)).
        Err(Errno::EBADF | Errno::EINTR) => Ok(()),
        closed => closed,
    }
}

/// The number that every descriptor is below: the soft limit, or all numbers if that is not
/// known.
fn limit() -> RawFd {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map(|(soft, _)| RawFd::try_from(soft));
    limit.ok().and_then(Result::ok).unwrap_or(RawFd::MAX)
}
