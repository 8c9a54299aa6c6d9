//! What `/proc` says: the line of a process, mounts, cgroups. In: a text that is taken for each of
//! them, and the fields of a process whose name is hostile.

use std::os::unix::ffi::OsStrExt;

use crate::diagnosis::masks::mask;
use crate::init::oom::{own_path, value};
use crate::init::procfs::Process;
use crate::sandbox::rootfs::peers::shares_by;
use crate::sandbox::rootfs::read_only::point;

/// A name changes nothing in the other fields of its line; what is found is a part of the text.
pub fn proc(data: &[u8]) {
    check_line(data);
    if let Some((fields, name)) = data.split_first_chunk() {
        check_name(*fields, name);
    }
    check_mounts(data);
    check_cgroups(data);
}

/// Fields behind those that are read change nothing.
fn check_line(line: &[u8]) {
    if let Some(process) = Process::parse(line) {
        assert_eq!(Process::parse(&[line, b" 7"].concat()), Some(process));
        assert!(process.name().len() <= 64);
        assert!(process.pid.as_raw() >= 0 && process.parent.as_raw() >= 0);
        assert!(!process.ended() || process.dying());
    }
}

fn check_name([pid, parent, group, state, flags, pending]: [u8; 6], name: &[u8]) {
    let (pid, parent, group) = (i32::from(pid) << 22, i32::from(parent), i32::from(group));
    let state = char::from(b"RSDZTtX"[usize::from(state) % 7]);
    let (flags, pending) = (u32::from(flags) << 14, u32::from(pending) << 4);
    let name = &name[..name.len().min(64)];
    let before = format!("{pid} (");
    let after = format!(
        ") {state} {parent} {group} 1 0 -1 {flags} 1 0 0 0 0 0 0 0 20 0 1 0 5 0 0 1 1 1 0 0 0 \
         {pending} 0 0"
    );
    let line = [before.as_bytes(), name, after.as_bytes()].concat();
    let process = Process::parse(&line);
    let found = process.map(|process| {
        assert_eq!(process.name(), name);
        assert_eq!(process.stopped(), state == 'T');
        assert_eq!(process.ended(), "ZX".contains(state));
        assert_eq!(process.is_of_kernel(), flags & 0x0020_0000 != 0);
        assert_eq!(process.dying(), "ZX".contains(state) || pending & 0x100 != 0);
        assert!(!process.has_terminal);
        [process.pid, process.parent, process.group].map(|pid| pid.as_raw())
    });
    assert_eq!(found, Some([pid, parent, group]));
}

fn check_mounts(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for directory in ["/proc/", "/sys/"] {
        if let Some(path) = mask(&text, directory) {
            assert!(path.starts_with(directory) && text.contains(&path));
        }
    }
    for line in data.split(|byte| *byte == b'\n') {
        if let Some(path) = point(line) {
            assert!(path.as_os_str().as_bytes().len() <= line.len());
        }
    }
    assert!(!shares_by(&text, "36") || text.contains("shared:"));
}

fn check_cgroups(data: &[u8]) {
    for controller in [&b""[..], b"memory"] {
        if let Some(path) = own_path(data, controller) {
            assert!(!path.ends_with('/') && !path.contains('\n'));
        }
    }
    let kills = value(data);
    assert_eq!(value(&[data, b"\noom_kill 7\n"].concat()), kills.or(expected_kills(data)));
}

/// What a line behind this text adds.
fn expected_kills(data: &[u8]) -> Option<u64> {
    std::str::from_utf8(data).is_ok().then_some(7)
}
