//! Names, kinds and sets of signals.

use super::*;
use proptest::prelude::*;

#[test]
fn reads_every_form() {
    let table: &[(&str, Option<i32>)] = &[
        ("TERM", Some(15)),
        ("sigterm", Some(15)),
        ("SigTerm", Some(15)),
        ("15", Some(15)),
        ("015", Some(15)),
        ("1", Some(1)),
        ("64", Some(64)),
        ("32", Some(32)),
        ("RTMIN", Some(34)),
        ("SIGRTMIN+3", Some(37)),
        ("rtmin+30", Some(64)),
        ("RTMAX", Some(64)),
        ("rtmax-1", Some(63)),
        ("RTMAX-30", Some(34)),
        ("PWR", Some(30)),
        ("STKFLT", Some(16)),
        ("IOT", Some(6)),
        ("poll", Some(29)),
        ("CLD", Some(17)),
        ("RTMIN+31", None),
        ("RTMAX-31", None),
        ("RTMIN-1", None),
        ("RTMAX+1", None),
        ("RTMIN+", None),
        ("RTMIN++1", None),
        ("RTMIN+99999999999", None),
        ("0", None),
        ("65", None),
        ("-1", None),
        ("+15", None),
        ("99999999999999999999", None),
        ("", None),
        ("SIG", None),
        ("SIGSIGTERM", None),
        ("TERM ", None),
        ("NOPE", None),
        ("é", None),
    ];
    for (text, number) in table {
        assert_eq!(Signal::parse(text.as_bytes()).map(Signal::number), *number, "{text:?}");
    }
    assert_eq!(Signal::parse(b"TERM\xff"), None);
}

#[test]
fn names_read_back() {
    for signal in Signal::all() {
        let name = signal.to_string();
        match signal.number() {
            32 | 33 => assert_eq!(name, format!("signal {}", signal.number())),
            _ => assert_eq!(Signal::parse(name.as_bytes()), Some(signal), "{name}"),
        }
    }
}

/// What the names mean, as signal(7) and the terminal have it.
#[test]
fn kinds_of_signals() {
    let of = |is: fn(Signal) -> bool| {
        let names: Vec<String> = Signal::all().filter(|s| is(*s)).map(|s| s.to_string()).collect();
        names.join(" ")
    };
    assert_eq!(of(|signal| !signal.catchable()), "SIGKILL SIGSTOP");
    assert_eq!(of(Signal::ends), "SIGINT SIGQUIT SIGTERM");
    assert_eq!(of(Signal::stops), "SIGTSTP SIGTTIN SIGTTOU");
    assert_eq!(of(Signal::typed), "SIGINT SIGQUIT SIGTSTP SIGWINCH");
    assert_eq!(of(Signal::fault), "SIGILL SIGTRAP SIGBUS SIGFPE SIGSEGV SIGSYS");
}

#[test]
fn sets_have_the_kernels_bits() {
    for signal in Signal::all() {
        let (only, all_but) = (SignalSet::only(signal), SignalSet::all_but(signal));
        assert_eq!(only.0.trailing_zeros() as i32 + 1, signal.number());
        assert_eq!((only.0.count_ones(), all_but.0.count_ones()), (1, 63));
        assert_eq!(SignalSet::REAL_TIME.contains(signal), signal.number() >= 32);
        for other in Signal::all() {
            assert_eq!(only.contains(other), other == signal);
            assert_eq!(all_but.contains(other), other != signal);
            let both = only.with(other);
            assert!(both.contains(signal) && both.contains(other));
            assert_eq!(both.without(SignalSet::only(other)).contains(signal), other != signal);
        }
    }
}

proptest! {
    #[test]
    fn never_panics(text in proptest::collection::vec(any::<u8>(), 0..24)) {
        let _ = Signal::parse(&text);
    }
}
