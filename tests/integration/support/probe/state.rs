//! What a process has inherited.

use std::ffi::c_int;

use super::say;

/// Prints the inherited state, one fact a line. Facts that differ from a direct exec (the
/// group, the session) come last, behind the line `--`.
pub fn state() {
    // Look before anything is opened: an open would take the number of a closed descriptor.
    let open: Vec<c_int> =
        (0..256).filter(|fd| unsafe { libc::fcntl(*fd, libc::F_GETFD) } != -1).collect();
    let mut text = String::new();
    for fd in open {
        let target = std::fs::read_link(format!("/proc/self/fd/{fd}")).unwrap();
        let flags = unsafe { (libc::fcntl(fd, libc::F_GETFL), libc::fcntl(fd, libc::F_GETFD)) };
        text += &format!("fd {fd} {} {flags:?}\n", target.display());
    }
    for line in std::fs::read_to_string("/proc/self/status").unwrap().lines() {
        let name = line.split(':').next().unwrap();
        let varies = [
            "Tgid",
            "Pid",
            "PPid",
            "SigQ",
            "voluntary_ctxt_switches",
            "nonvoluntary_ctxt_switches",
            "Cpus_allowed",
        ];
        if !varies.contains(&name)
            && !name.starts_with("NS")
            && !name.starts_with("Vm")
            && !name.starts_with("Rss")
        {
            text += &format!("{line}\n");
        }
    }
    text += &std::fs::read_to_string("/proc/self/limits").unwrap();
    text += &format!("cwd {}\n", std::env::current_dir().unwrap().display());
    text += &format!(
        "environ {:?}\n",
        std::fs::read("/proc/self/environ").unwrap().escape_ascii().to_string()
    );
    text += "--\n";
    let pgrp = unsafe { libc::getpgrp() };
    text += &format!("pgid-is-pid {}\n", pgrp == unsafe { libc::getpid() });
    text += &format!("sid-is-pid {}\n", unsafe { libc::getsid(0) == libc::getpid() });
    // stdout may be closed, and that is one of the facts.
    let path = std::env::var_os("PROBE_OUT");
    match path {
        Some(path) => std::fs::write(path, text).unwrap(),
        None => say(text.trim_end()),
    }
}
