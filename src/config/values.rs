//! Readers of option values. They return `None` for a text that they do not understand. Pure.

use std::time::Duration;

use log::LevelFilter;

use super::spec::{Id, Plain};
use crate::parse_number::number;
use crate::signals::Signal;

/// What [`switch`] reads.
pub const SWITCH: &str = "1, true, yes, 0, false, no or nothing";

/// A signal by name or number.
pub fn signal(value: &[u8]) -> Option<Signal> {
    Signal::parse(value)
}

/// An exit code.
pub fn exit_code(value: &[u8]) -> Option<u8> {
    number(value)
}

/// A duration: digits, perhaps a fraction, perhaps a unit. No unit means seconds.
pub fn duration(value: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?;
    let number_len = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (number, unit) = text.split_at_checked(number_len)?;
    let unit: u128 = match unit {
        "" | "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    // `.5`, `5.` and `5.5.5` are refused.
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole = u128::from(whole.parse::<u64>().ok()?).checked_mul(unit)?;
    // Digits below a nanosecond are cut.
    let digits = fraction.get(..fraction.len().min(15))?;
    let scale = 10_u128.checked_pow(u32::try_from(digits.len()).ok()?)?;
    let fraction = u128::from(digits.parse::<u64>().ok()?) * unit / scale;
    u64::try_from(whole.checked_add(fraction)?).ok().map(Duration::from_nanos)
}

/// A duration of which 0 means none.
pub fn some_duration(value: &[u8]) -> Option<Option<Duration>> {
    duration(value).map(|d| Some(d).filter(|d| !d.is_zero()))
}

/// A signal that init can receive and forward.
fn forwarded(value: &[u8]) -> Option<Signal> {
    signal(value).filter(|s| s.catchable() && *s != Signal::CHLD)
}

/// `FROM:TO`. The second is `None` when FROM is to be dropped.
pub fn rewrite(value: &[u8]) -> Option<(Signal, Option<Signal>)> {
    let (from, to) = split(value, b':')?;
    let from = forwarded(from)?;
    if to == b"0" || to.eq_ignore_ascii_case(b"none") {
        return Some((from, None));
    }
    Some((from, Some(signal(to)?)))
}

/// `SIG=DURATION`.
pub fn delay(value: &[u8]) -> Option<(Signal, Duration)> {
    let (held, time) = split(value, b'=')?;
    Some((forwarded(held)?, duration(time)?))
}

/// `[SIG=]DURATION`.
pub fn kill_after(value: &[u8]) -> Option<(Option<Signal>, Duration)> {
    match split(value, b'=') {
        Some((signal, time)) => Some((Some(forwarded(signal)?), duration(time)?)),
        None => Some((None, duration(value)?)),
    }
}

/// Which part of a value cannot be understood, and why.
pub fn wrong_part(id: Id, value: &[u8]) -> Option<(&[u8], &'static str)> {
    let (first, second) = match id {
        Id::Plain(Plain::Rewrite) => split(value, b':')?,
        Id::Plain(Plain::Delay | Plain::KillAfter) => split(value, b'=')?,
        Id::Plain(Plain::RemapExit) if value.contains(&b',') => {
            let wrong = value.split(|b| *b == b',').find(|code| exit_code(code).is_none());
            return wrong.map(|code| (code, "is no exit code"));
        }
        _ => return None,
    };
    let to = id == Id::Plain(Plain::Rewrite);
    if signal(first).is_none() {
        Some((first, "is no signal"))
    } else if forwarded(first).is_none() {
        Some((first, "cannot be forwarded"))
    } else if to && rewrite(value).is_none() {
        Some((second, "is no signal"))
    } else if !to && duration(second).is_none() {
        Some((second, "is no duration"))
    } else {
        None
    }
}

fn split(value: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let (head, tail) = value.split_at_checked(value.iter().position(|b| *b == at)?)?;
    Some((head, tail.get(1..)?))
}

/// The name of a file or directory.
pub fn path(value: &'static [u8]) -> Option<&'static [u8]> {
    Some(value).filter(|path| !path.is_empty())
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
    fn durations() {
        let table: &[(&str, Option<u64>)] = &[
            ("5s", Some(5_000_000_000)),
            ("500ms", Some(500_000_000)),
            ("2m", Some(120_000_000_000)),
            ("1h", Some(3_600_000_000_000)),
            ("7", Some(7_000_000_000)),
            ("0", Some(0)),
            ("1.5", Some(1_500_000_000)),
            ("0.25m", Some(15_000_000_000)),
            ("0.000000001", Some(1)),
            ("0.0000000001", Some(0)),
            ("1.00000000000000000000000000001s", Some(1_000_000_000)),
            ("18446744073s", Some(18_446_744_073_000_000_000)),
            ("18446744074s", None),
            ("5124096h", None),
            ("99999999999999999999", None),
            ("", None),
            ("s", None),
            (".5", None),
            ("5.", None),
            ("5.5.5", None),
            ("-1", None),
            ("+1", None),
            ("1 s", None),
            ("1S", None),
            ("1d", None),
            ("1e3", None),
            ("inf", None),
        ];
        for (text, nanos) in table {
            let expected = nanos.map(Duration::from_nanos);
            assert_eq!(duration(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(some_duration(b"0"), Some(None));
        assert_eq!(some_duration(b"x"), None);
    }

    #[test]
    fn rewrites_and_delays() {
        let named = |n| Signal::new(n).unwrap();
        assert_eq!(rewrite(b"TERM:QUIT"), Some((Signal::TERM, Some(Signal::QUIT))));
        assert_eq!(rewrite(b"15:sigrtmin+3"), Some((Signal::TERM, Some(named(37)))));
        assert_eq!(rewrite(b"32:KILL"), Some((named(32), Some(Signal::KILL))));
        for drop in ["HUP:0", "HUP:none", "hup:NONE"] {
            assert_eq!(rewrite(drop.as_bytes()), Some((named(1), None)), "{drop}");
        }
        for bad in ["KILL:TERM", "STOP:TERM", "CHLD:TERM", "TERM", "TERM:", ":TERM", "0:TERM"] {
            assert_eq!(rewrite(bad.as_bytes()), None, "{bad}");
        }
        let second = Duration::from_secs(1);
        assert_eq!(delay(b"TERM=1s"), Some((Signal::TERM, second)));
        for bad in ["KILL=1s", "TERM=", "TERM", "TERM=-1", "=1s", "TERM:1s"] {
            assert_eq!(delay(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(kill_after(b"1s"), Some((None, second)));
        assert_eq!(kill_after(b"quit=1"), Some((Some(Signal::QUIT), second)));
        for bad in ["", "=1s", "QUIT=", "QUIT", "KILL=1s", "CHLD=1s", "QUIT=1s=1s"] {
            assert_eq!(kill_after(bad.as_bytes()), None, "{bad}");
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
