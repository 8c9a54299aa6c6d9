//! The paths that execvp(3) would try for a command. Pure.

use std::ffi::CStr;

use crate::sys::Text;
use crate::text::Fixed;

/// The search path when PATH is unset.
pub const DEFAULT_PATH: &[u8] = b"/usr/local/bin:/usr/bin:/bin";

/// PATH_MAX of linux/limits.h: the longest path, its NUL included.
pub const PATH_MAX: usize = 4096;

/// `path` for a system call; `None` when it is longer than the kernel takes.
#[inline(never)]
pub fn terminated<T>(path: &[u8], act: impl FnOnce(&CStr) -> T) -> Option<T> {
    let mut buffer = Fixed::<PATH_MAX>::new();
    buffer.push(path);
    buffer.as_c_str().map(act)
}

/// Calls `attempt` with each path that `name` may have, until it returns false.
pub fn candidates(name: &CStr, path: Option<Text>, mut attempt: impl FnMut(&CStr) -> bool) {
    let bytes = name.to_bytes();
    if bytes.is_empty() {
        return;
    }
    if bytes.contains(&b'/') {
        attempt(name);
        return;
    }
    search(bytes, path, attempt);
}

/// Not inlined: a name with a slash needs no buffer, and does not touch its pages.
#[inline(never)]
fn search(name: &[u8], path: Option<Text>, mut attempt: impl FnMut(&CStr) -> bool) {
    let mut buffer = Fixed::<PATH_MAX>::new();
    for directory in path.map_or(DEFAULT_PATH, Text::to_bytes).split(|b| *b == b':') {
        buffer.truncate(0);
        // An empty directory is the current one.
        let slash: &[u8] = if directory.is_empty() { b"" } else { b"/" };
        [directory, slash, name].into_iter().for_each(|part| buffer.push(part));
        if buffer.as_c_str().is_some_and(|path| !attempt(path)) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Strings;
    use std::ffi::CString;

    fn text(path: &str) -> Text {
        Strings::leak(&[path]).get(0).unwrap()
    }

    fn all(name: &str, path: Option<&str>) -> Vec<String> {
        let mut found = Vec::new();
        let name = CString::new(name).unwrap();
        candidates(&name, path.map(text), |path| {
            found.push(path.to_str().unwrap().to_owned());
            true
        });
        found
    }

    #[test]
    fn looks_where_execvp_looks() {
        assert_eq!(all("sh", Some("/a:/b/:c")), ["/a/sh", "/b//sh", "c/sh"]);
        assert_eq!(all("sh", Some(":/a::")), ["sh", "/a/sh", "sh", "sh"]);
        assert_eq!(all("sh", Some("")), ["sh"]);
        assert_eq!(all("sh", None), ["/usr/local/bin/sh", "/usr/bin/sh", "/bin/sh"]);
        assert_eq!(all("./sh", Some("/a")), ["./sh"]);
        assert_eq!(all("/bin/sh", None), ["/bin/sh"]);
        assert_eq!(all("", Some("/a")), [""; 0]);
    }

    #[test]
    fn passes_over_what_is_too_long() {
        let long = "x".repeat(PATH_MAX);
        assert_eq!(all("sh", Some(&format!("{long}:/a"))), ["/a/sh"]);
        let just = "x".repeat(PATH_MAX - 4);
        assert_eq!(all("sh", Some(&just)), [format!("{just}/sh")]);
        assert_eq!(all("she", Some(&just)), [""; 0]);
    }

    #[test]
    fn paths_for_system_calls() {
        assert_eq!(terminated(b"/a", CStr::to_owned).as_deref(), Some(c"/a"));
        let just = vec![b'x'; PATH_MAX - 1];
        assert_eq!(terminated(&just, CStr::count_bytes), Some(PATH_MAX - 1));
        assert_eq!(terminated(&[just, vec![b'x']].concat(), CStr::count_bytes), None);
    }

    #[test]
    fn stops_when_told() {
        let mut tried = 0;
        candidates(c"sh", Some(text("/a:/b:/c")), |_| {
            tried += 1;
            tried < 2
        });
        assert_eq!(tried, 2);
    }
}
