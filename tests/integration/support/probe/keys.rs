//! Keys: of the session keyring, and such as are put into a terminal.

use std::ffi::c_int;
use std::ptr::null_mut;

use super::say;

/// Says what the key "init-test" of the session keyring holds, or why it cannot be read.
pub fn key() {
    let mut text = [0_u8; 64];
    let (search, read) = (libc::KEYCTL_SEARCH, libc::KEYCTL_READ);
    let session = libc::KEY_SPEC_SESSION_KEYRING;
    let (kind, name) = (c"user".as_ptr(), c"init-test".as_ptr());
    let got = unsafe {
        match libc::syscall(libc::SYS_keyctl, search, session, kind, name, 0) {
            -1 => -1,
            key => libc::syscall(libc::SYS_keyctl, read, key, text.as_mut_ptr(), text.len()),
        }
    };
    match text.get(..got as usize) {
        Some(text) => say(&String::from_utf8_lossy(text)),
        None => say(&std::io::Error::last_os_error().to_string()),
    }
}

/// `type PATH`: puts keys into a terminal in every way there is, and says what came of each. An
/// `x` comes from TIOCSTI, and TIOCLINUX pastes.
pub fn type_keys(path: &str) {
    let path = std::ffi::CString::new(path).unwrap();
    let fd = unsafe { libc::open(path.as_ptr(), libc::O_RDWR | libc::O_NOCTTY) };
    say(&format!("open {}", fd >= 0));
    // Below 4 GiB, where 32-bit calls find it.
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    #[cfg(target_arch = "x86_64")]
    let flags = flags | libc::MAP_32BIT;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let key: *mut u8 = unsafe { libc::mmap(null_mut(), 4096, access, flags, -1, 0) }.cast();
    for (name, command, byte) in [("TIOCSTI", 0x5412_u64, b'x'), ("TIOCLINUX", 0x541c, 3)] {
        unsafe { *key = byte };
        for (way, number, high) in WAYS {
            let result = unsafe { ioctl_by(*number, fd, command | high, key) };
            let said = match result {
                0.. => "done".to_owned(),
                errno => std::io::Error::from_raw_os_error(-errno as c_int).to_string(),
            };
            say(&format!("{name} {way}: {said}"));
        }
    }
}

/// Names of the ways to make an ioctl(2), the number of the system call, 0 for the one of 32-bit
/// programs, and what stands in the upper half of the command.
#[cfg(target_arch = "x86_64")]
const WAYS: &[(&str, i64, u64)] = &[
    ("native", 16, 0),
    ("high", 16, 0xdead_beef << 32),
    ("x32", 0x4000_0000 | 514, 0),
    ("compat", 0, 0),
];
#[cfg(not(target_arch = "x86_64"))]
const WAYS: &[(&str, i64, u64)] =
    &[("native", libc::SYS_ioctl, 0), ("high", libc::SYS_ioctl, 0xdead_beef << 32)];

unsafe fn ioctl_by(number: i64, fd: c_int, command: u64, key: *const u8) -> i64 {
    #[cfg(target_arch = "x86_64")]
    if number == 0 {
        let mut result = 54_i64;
        // The compiler needs rbx.
        unsafe {
            std::arch::asm!(
                "xchg rbx, {fd}", "int 0x80", "xchg rbx, {fd}",
                fd = inout(reg) i64::from(fd) => _, inout("rax") result,
                in("rcx") command, in("rdx") key,
                out("r8") _, out("r9") _, out("r10") _, out("r11") _,
            );
        }
        return i64::from(result as i32);
    }
    match unsafe { libc::syscall(number, fd, command, key) } {
        -1 => -i64::from(std::io::Error::last_os_error().raw_os_error().unwrap()),
        result => result,
    }
}
