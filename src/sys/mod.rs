//! The system calls that no crate wraps as init needs them, and the C entry point.
//!
//! In: plain values. Out: plain values or an `Errno`. Nothing is decided here.
//!
//! # Safety
//!
//! The only module where `unsafe` is allowed. Every block relies on two facts. The process
//! has one thread from start to end and installs no signal handler (only the main child has
//! one before its exec, `note_stop`, which writes to one atomic), so nothing runs between
//! two of our instructions. argv and the environment are the kernel's arrays, which stay
//! valid until exec or exit.
#![allow(unsafe_code)]

mod capabilities;
mod files;
mod heap;
mod sockets;
mod mounts;
mod namespaces;
mod privileges;
mod processes;
mod shared;
mod signals;
mod strings;
mod terminal;
mod vfork;

#[cfg(not(any(test, fuzzing)))]
use std::ffi::c_char;
use std::ffi::{CStr, c_int};
use std::ptr::null_mut;
use std::sync::atomic::AtomicU64;

use nix::errno::Errno;

pub use capabilities::*;
pub use files::*;
pub use heap::seal_heap;
pub use mounts::*;
pub use namespaces::*;
pub use privileges::*;
pub use processes::*;
pub use shared::{count_passed_on, note_failure, noted_exec, noted_failure, passed_on, share};
pub use signals::*;
pub use sockets::*;
pub use strings::{LateEntry, Strings, Text};
pub use terminal::*;
pub use vfork::vfork;

/// The entry point, in place of Rust's run-time: Rust's would ignore SIGPIPE and open
/// /dev/null on closed standard descriptors, which the app would inherit, and allocate.
#[cfg(not(any(test, fuzzing)))]
#[unsafe(no_mangle)]
extern "C" fn main(argc: c_int, argv: *mut *const c_char, envp: *mut *const c_char) -> c_int {
    // SAFETY: the C run-time passes the kernel's arrays, each closed by a null pointer.
    let (args, env) = unsafe { (Strings::of_len(argv, argc), Strings::counted(envp)) };
    exit(crate::run(args, env))
}

/// Ends a child that does not return to `main` (exit_group(2)).
pub fn exit(status: u8) -> ! {
    // SAFETY: ends the process; nothing is buffered that exit(3) would have to flush.
    unsafe { libc::_exit(c_int::from(status)) }
}

fn check(result: libc::c_long) -> Result<libc::c_long, Errno> {
    if result == -1 { Err(Errno::last()) } else { Ok(result) }
}

/// What strerror(3) says of an error, as other programs do. nix has texts of its own, which
/// take 5 kB more.
pub fn describe(errno: Errno) -> &'static str {
    // SAFETY: musl has a constant string for every number.
    unsafe { CStr::from_ptr(libc::strerror(errno as c_int)) }.to_str().unwrap_or_default()
}

/// `count` zeroed words, never freed; an empty slice when there is no memory (mmap(2)). Only
/// the pages that are written to take memory.
pub fn zeroed_words(count: usize) -> &'static [AtomicU64] {
    let (protection, flags) =
        (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping of that size, page-aligned, zeroed and never unmapped.
    unsafe {
        let size = count * size_of::<AtomicU64>();
        match libc::mmap(null_mut(), size, protection, flags | libc::MAP_NORESERVE, -1, 0) {
            libc::MAP_FAILED => &[],
            words => std::slice::from_raw_parts(words.cast(), count),
        }
    }
}
