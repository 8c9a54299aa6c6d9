//! Signals by name and number, and the options with two of them. In: a text.

use super::with_config;
use crate::signals::Signal;

/// Synonyms that are not printed.
const SYNONYMS: [(&str, &str); 4] =
    [("IOT", "ABRT"), ("POLL", "IO"), ("CLD", "CHLD"), ("RTMAX", "RTMIN+30")];

/// A name means one signal in any case, with `SIG` or without, and is one that the manual knows;
/// what is printed reads back; a rewrite changes what it names and nothing else.
pub fn signals(data: &[u8]) {
    let text = data.split(|byte| *byte == 0).next().unwrap_or_default();
    let signal = Signal::parse(text);
    assert_eq!(Signal::parse(&text.to_ascii_uppercase()), signal);
    assert_eq!(Signal::parse(&text.to_ascii_lowercase()), signal);
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let prefixed = text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"SIG"));
    if !digits && !prefixed {
        assert_eq!(Signal::parse(&[b"SIG", text].concat()), signal);
    }
    if let Some(signal) = signal {
        check_signal(text, signal);
    } else if digits {
        let number = String::from_utf8_lossy(text).parse::<u32>();
        assert!(number.is_err() || number.is_ok_and(|number| !(1..=64).contains(&number)));
    }
    let option = [b"--parent-death-signal=", text].concat();
    let read = with_config(&[&option], |config| config.parent_death_signal);
    assert_eq!(read.flatten(), signal);
    check_rewrite(text);
}

fn check_signal(text: &[u8], signal: Signal) {
    assert!((1..=64).contains(&signal.number()));
    let number = signal.number().to_string();
    assert_eq!(Signal::parse(number.as_bytes()), Some(signal));
    let printed = signal.to_string();
    if ![32, 33].contains(&signal.number()) {
        assert_eq!(Signal::parse(printed.as_bytes()), Some(signal));
    }
    let text = String::from_utf8_lossy(text).to_ascii_uppercase();
    let name = text.strip_prefix("SIG").unwrap_or(&text);
    let by_number = text.parse() == Ok(signal.number());
    let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == name).map(|(_, name)| *name);
    let real_time = |prefix: &str, first: i32, sign: i32| {
        let offset = name.strip_prefix(prefix).and_then(|rest| rest.parse::<i32>().ok());
        // 32 and 33 have no name.
        offset.is_some_and(|offset| first + sign * offset == signal.number())
            && signal.number() > 33
    };
    let known = printed.strip_prefix("SIG") == Some(synonym.unwrap_or(name));
    assert!(
        known || by_number || real_time("RTMIN+", 34, 1) || real_time("RTMAX-", 64, -1),
        "{text} {signal}"
    );
}

fn check_rewrite(text: &[u8]) {
    let mut parts = text.splitn(2, |byte| *byte == b':');
    let (Some(from), Some(to)) = (parts.next(), parts.next()) else { return };
    let none = to == b"0" || to.eq_ignore_ascii_case(b"none");
    let (from, to) = (Signal::parse(from), Signal::parse(to));
    let from = from.filter(|from| from.catchable() && *from != Signal::CHLD);
    let option = [b"--rewrite=", text].concat();
    let accepted = with_config(&[&option], |config| {
        for signal in Signal::all() {
            let expected = if Some(signal) == from { to } else { Some(signal) };
            assert_eq!(config.rewrites.of(signal), expected);
        }
    });
    assert_eq!(accepted.is_some(), from.is_some() && (to.is_some() || none));
}
