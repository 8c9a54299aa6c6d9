//! A little memory that the processes of a sandbox share. Both sides only count or note: neither
//! waits for the other.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};

use nix::errno::Errno;

use crate::signals::Signal;

/// All zero at first.
struct Shared {
    stop_noted: AtomicBool,
    /// Why there is no app: the errno of an exec, or more in a form of the caller's.
    failure: AtomicU64,
    /// How many of each standard signal outer has passed on to inner.
    passed_on: [AtomicU32; 32],
}

static SHARED: AtomicPtr<Shared> = AtomicPtr::new(null_mut());

/// Where a stop is noted without shared memory.
static STOP_NOTED: AtomicBool = AtomicBool::new(false);

fn shared() -> Option<&'static Shared> {
    // SAFETY: null, or a mapping of this size that is never unmapped and began as zeros.
    unsafe { SHARED.load(Ordering::Relaxed).as_ref() }
}

/// Shares the memory with the processes that this process makes from now on (mmap(2)). Without
/// memory for that, a stop that they note is lost, and no count is known.
pub fn share() {
    let (protection, flags) =
        (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping, zeroed and never unmapped.
    let place = unsafe { libc::mmap(null_mut(), size_of::<Shared>(), protection, flags, -1, 0) };
    if place != libc::MAP_FAILED {
        SHARED.store(place.cast(), Ordering::Relaxed);
    }
}

/// Where a TSTP is noted.
pub(super) fn stop_note() -> &'static AtomicBool {
    shared().map_or(&STOP_NOTED, |shared| &shared.stop_noted)
}

/// Notes why there is no app; 0: nothing is known of that.
pub fn note_failure(failure: u64) {
    if let Some(shared) = shared() {
        shared.failure.store(failure, Ordering::SeqCst);
    }
}

/// What was noted.
pub fn noted_failure() -> u64 {
    shared().map_or(0, |shared| shared.failure.load(Ordering::SeqCst))
}

/// The errno of the last exec, if that failed and nothing more was noted.
pub fn noted_exec() -> Option<Errno> {
    let errno = i32::try_from(noted_failure()).ok()?;
    (errno != 0).then(|| Errno::from_raw(errno))
}

/// Counts a standard signal, before it is passed on to inner.
pub fn count_passed_on(signal: Signal) {
    if let Some(count) = counter(signal) {
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// How many of this signal were passed on, or are about to be; `None` where nobody counts.
pub fn passed_on(signal: Signal) -> Option<u32> {
    counter(signal).map(|count| count.load(Ordering::SeqCst))
}

fn counter(signal: Signal) -> Option<&'static AtomicU32> {
    shared()?.passed_on.get(signal.number() as usize)
}
