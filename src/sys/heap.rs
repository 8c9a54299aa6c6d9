//! From the call of [`seal_heap`] on, no memory may be asked for. Debug builds hold
//! the program to it: every integration test runs one and would see it abort.

#[cfg(debug_assertions)]
use std::alloc::{GlobalAlloc, Layout, System};
#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(debug_assertions)]
static SEALED: AtomicBool = AtomicBool::new(false);

#[cfg(debug_assertions)]
struct Guarded;

#[cfg(debug_assertions)]
#[global_allocator]
static HEAP: Guarded = Guarded;

// SAFETY: hands everything to the system's allocator, or ends the process.
#[cfg(debug_assertions)]
unsafe impl GlobalAlloc for Guarded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if SEALED.load(Ordering::Relaxed) {
            let _ = nix::unistd::close(libc::STDOUT_FILENO);
            let _ = nix::unistd::write(super::STDERR, b"init: allocation after the spawn\n");
            std::process::abort();
        }
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

/// Marks the point after which nothing may be allocated.
pub fn seal_heap() {
    #[cfg(debug_assertions)]
    SEALED.store(true, Ordering::Relaxed);
}
