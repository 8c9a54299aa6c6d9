//! Readers of option values. `None` means: not understood.

use log::LevelFilter;

use crate::signals::Signal;

/// What [`signal`] reads.
pub const SIGNAL: &str = "a name such as TERM or RTMIN+3, or a number from 1 to 64";
/// What [`exit_code`] reads.
pub const EXIT_CODE: &str = "a number from 0 to 255";
/// What [`switch`] reads.
pub const SWITCH: &str = "1, true, yes, 0, false, no or nothing";

/// A signal by name or number.
pub fn signal(value: &[u8]) -> Option<Signal> {
    Signal::parse(value)
}

/// An exit code.
pub fn exit_code(value: &[u8]) -> Option<u8> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok()
}

/// A switch's variable.
pub fn switch(value: &[u8]) -> Option<bool> {
    const ON: [&[u8]; 3] = [b"1", b"true", b"yes"];
    const OFF: [&[u8]; 4] = [b"0", b"false", b"no", b""];
    let is = |word: &&[u8]| value.eq_ignore_ascii_case(word);
    if ON.iter().any(is) {
        return Some(true);
    }
    OFF.iter().any(is).then_some(false)
}

/// The next level that shows more.
pub fn more(level: LevelFilter) -> LevelFilter {
    match level {
        LevelFilter::Off => LevelFilter::Error,
        LevelFilter::Error => LevelFilter::Warn,
        LevelFilter::Warn => LevelFilter::Info,
        LevelFilter::Info => LevelFilter::Debug,
        LevelFilter::Debug | LevelFilter::Trace => LevelFilter::Trace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes() {
        let table: &[(&[u8], Option<u8>)] = &[
            (b"0", Some(0)),
            (b"143", Some(143)),
            (b"255", Some(255)),
            (b"007", Some(7)),
            (b"256", None),
            (b"-1", None),
            (b"+1", None),
            (b"", None),
            (b"1 ", None),
            (b"0x1", None),
            (b"\xff", None),
        ];
        for (text, code) in table {
            assert_eq!(exit_code(text), *code, "{text:?}");
        }
    }

    #[test]
    fn switches() {
        for on in ["1", "true", "yes", "YES"] {
            assert_eq!(switch(on.as_bytes()), Some(true), "{on}");
        }
        for off in ["0", "false", "no", ""] {
            assert_eq!(switch(off.as_bytes()), Some(false), "{off}");
        }
        for neither in ["2", "on", "off", " 1", "y"] {
            assert_eq!(switch(neither.as_bytes()), None, "{neither}");
        }
    }
}
