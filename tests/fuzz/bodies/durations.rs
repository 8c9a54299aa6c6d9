//! Durations, as values of the options that take them. In: the text of one.

use std::time::Duration;

use super::with_config;
use crate::signals::Signal;
use crate::text::HumanDuration;

/// The units, the longest first of those that end alike; with their nanoseconds.
const UNITS: [(&[u8], u128); 5] = [
    (b"ms", 1_000_000),
    (b"s", 1_000_000_000),
    (b"m", 60_000_000_000),
    (b"h", 3_600_000_000_000),
    (b"", 1_000_000_000),
];

/// What is accepted is the grammar of the manual; each option reads the same; what is printed
/// reads back.
pub fn durations(data: &[u8]) {
    let value = data.split(|byte| *byte == 0).next().unwrap_or_default();
    let grace = of(value);
    match (grace, exact(value)) {
        // Digits far behind the point may be cut.
        (Some(read), Some(exact)) => {
            assert!(read.as_nanos().abs_diff(exact) <= 1, "{read:?} {exact}");
        }
        (read, exact) => assert_eq!(read.is_some(), exact.is_some(), "{value:?}"),
    }
    let some = grace.filter(|time| !time.is_zero());
    let option = |name: &[u8]| [name, value].concat();
    let timeout = with_config(&[&option(b"--timeout=")], |config| config.timeout);
    assert_eq!(timeout, grace.map(|_| some));
    let delay = option(b"--delay=USR1=");
    let usr1 = Signal::parse(b"USR1").unwrap_or(Signal::TERM);
    let delay = with_config(&[&delay], |config| config.delays.of(usr1).map(|(_, time)| time));
    assert_eq!(delay, grace.map(|_| some));
    let kill = option(b"--kill-after=QUIT=");
    let kill = with_config(&[&kill], |config| config.kill_after.of(Signal::QUIT));
    assert_eq!(kill, grace.map(|_| some));
    if let Some(time) = grace {
        let whole = format!("{}.{:09}s", time.as_secs(), time.subsec_nanos());
        assert_eq!(of(whole.as_bytes()), Some(time));
        let millis = Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        assert_eq!(of(HumanDuration(time).to_string().as_bytes()), Some(millis));
    }
}

fn of(value: &[u8]) -> Option<Duration> {
    let option = [b"--grace-period=", value].concat();
    with_config(&[&option], |config| config.grace_period)
}

/// The nanoseconds that a text of the grammar says: digits, perhaps a point and digits, perhaps a
/// unit. `None` for another text, and for more than 64 bits.
fn exact(value: &[u8]) -> Option<u128> {
    let (number, unit) =
        UNITS.iter().find_map(|(name, nanos)| Some((value.strip_suffix(*name)?, nanos)))?;
    let mut parts = number.split(|byte| *byte == b'.');
    let (whole, fraction) = (parts.next()?, parts.next());
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !digits(whole) || !fraction.is_none_or(digits) || parts.next().is_some() {
        return None;
    }
    let add = |sum: u128, digit: &u8| sum * 10 + u128::from(digit - b'0');
    let whole = whole.iter().fold(0, |sum, digit| add(sum, digit).min(u128::from(u64::MAX)));
    let fraction: Vec<u8> = fraction.unwrap_or_default().iter().copied().take(24).collect();
    let below = fraction.iter().fold(0, add) * unit / 10_u128.pow(fraction.len() as u32);
    Some(whole * unit + below).filter(|nanos| *nanos <= u128::from(u64::MAX))
}
