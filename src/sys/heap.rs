//! The allocator: musl's, with two rules. Before the app starts, a lack of memory ends init
//! with a line and status 125. From [`seal_heap`] on nothing may be allocated: debug builds
//! abort then, and every integration test runs a debug build.

use std::alloc::{GlobalAlloc, Layout, System};
#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(debug_assertions)]
static SEALED: AtomicBool = AtomicBool::new(false);

struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

// SAFETY: every call goes to the system's allocator with the caller's arguments, and its
// result goes back; a call that does not return breaks no promise.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check_seal();
        // SAFETY: the caller's promise, passed on.
        present(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        check_seal();
        // SAFETY: the caller's promise, passed on.
        present(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        check_seal();
        // SAFETY: the caller's promise, passed on.
        present(unsafe { System.realloc(at, layout, size) })
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

/// The memory that was asked for, if there is any; else the end.
fn present(memory: *mut u8) -> *mut u8 {
    #[cfg(not(test))]
    if memory.is_null() {
        super::exit(crate::out_of_memory());
    }
    memory
}

/// Aborts when the heap is sealed.
fn check_seal() {
    #[cfg(debug_assertions)]
    if SEALED.load(Ordering::Relaxed) {
        let _ = nix::unistd::close(libc::STDOUT_FILENO);
        let _ = nix::unistd::write(super::STDERR, b"init: allocation after the spawn\n");
        std::process::abort();
    }
}

/// Marks the point after which nothing may be allocated.
pub fn seal_heap() {
    #[cfg(debug_assertions)]
    SEALED.store(true, Ordering::Relaxed);
}
