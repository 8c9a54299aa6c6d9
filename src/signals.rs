//! Signals as the kernel numbers them: 1 to 64, their names, and sets of them.
//!
//! In: numbers, and names that people type. Out: `Signal`, `SignalSet`, names. Pure. The
//! sets of a libc are not used anywhere: `sigfillset` of musl and glibc leaves out the
//! real-time signals that they keep for threads (32 to 34), and init would lose those.

use std::fmt;
use std::num::NonZeroU8;

use signal_hook::consts;
use signal_hook::low_level::signal_name;

/// The highest signal number (`_NSIG` of the kernel, signal(7)).
pub const MAX: i32 = 64;

/// RTMIN as in bash, systemd and Docker. 32 and 33 belong to the libc and have no name.
const RTMIN: i32 = 34;

/// Names that signal-hook's table lacks, and the synonyms of signal(7).
const MORE_NAMES: [(&str, i32); 5] = [
    ("PWR", libc::SIGPWR),
    ("STKFLT", libc::SIGSTKFLT),
    ("IOT", libc::SIGIOT),
    ("POLL", libc::SIGPOLL),
    ("CLD", libc::SIGCHLD),
];

/// A signal number, 1 to 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(NonZeroU8);

impl Signal {
    /// A child has ended, stopped or continued. Never forwarded.
    pub const CHLD: Signal = Signal::known(consts::SIGCHLD);
    /// Continue.
    pub const CONT: Signal = Signal::known(consts::SIGCONT);
    /// The terminal hung up.
    pub const HUP: Signal = Signal::known(consts::SIGHUP);
    /// The kernel raises it for input on the channel to outer. A libc keeps its number for
    /// itself, so programs do not send it; if a program does, it is forwarded as any other.
    pub const LINK: Signal = Signal::known(32);
    /// Input or output is possible (fcntl(2)).
    pub const IO: Signal = Signal::known(consts::SIGIO);
    /// Interrupt from the keyboard.
    pub const INT: Signal = Signal::known(consts::SIGINT);
    /// Kill; cannot be caught.
    pub const KILL: Signal = Signal::known(consts::SIGKILL);
    /// Quit from the keyboard.
    pub const QUIT: Signal = Signal::known(consts::SIGQUIT);
    /// Stop; cannot be caught.
    pub const STOP: Signal = Signal::known(consts::SIGSTOP);
    /// Terminate.
    pub const TERM: Signal = Signal::known(consts::SIGTERM);
    /// Stop from the keyboard.
    pub const TSTP: Signal = Signal::known(consts::SIGTSTP);
    /// A background process reads from the terminal.
    pub const TTIN: Signal = Signal::known(consts::SIGTTIN);
    /// A background process writes to the terminal, or sets it.
    pub const TTOU: Signal = Signal::known(consts::SIGTTOU);
    /// The size of the terminal has changed.
    pub const WINCH: Signal = Signal::known(consts::SIGWINCH);

    /// Signals by which a terminal stops a job: Ctrl-Z, reading and writing in the background.
    pub const TERMINAL_STOPS: [Signal; 3] = [Signal::TSTP, Signal::TTIN, Signal::TTOU];

    const fn known(number: i32) -> Signal {
        match Signal::new(number) {
            Some(signal) => signal,
            None => Signal(NonZeroU8::MIN),
        }
    }

    /// The signal with this number, or `None` outside 1 to 64.
    pub const fn new(number: i32) -> Option<Signal> {
        if number < 1 || number > MAX {
            return None;
        }
        match NonZeroU8::new(number as u8) {
            Some(n) => Some(Signal(n)),
            None => None,
        }
    }

    /// The kernel's number, 1 to 64.
    pub const fn number(self) -> i32 {
        self.0.get() as i32
    }

    /// Every signal, from 1 to 64.
    pub fn all() -> impl Iterator<Item = Signal> {
        (1..=MAX).filter_map(Signal::new)
    }

    /// Reads `TERM`, `SIGTERM`, `15`, `RTMIN+3` or `RTMAX-1`, in any case.
    pub fn parse(text: &[u8]) -> Option<Signal> {
        let text = std::str::from_utf8(text).ok()?;
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return Signal::new(text.parse().ok()?);
        }
        let name = match text.get(..3) {
            Some(sig) if sig.eq_ignore_ascii_case("SIG") => text.get(3..)?,
            _ => text,
        };
        Signal::real_time(name).or_else(|| Signal::named(name))
    }

    fn named(name: &str) -> Option<Signal> {
        let listed = |s: &Signal| s.standard_name().is_some_and(|n| n.eq_ignore_ascii_case(name));
        let other = || MORE_NAMES.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        Signal::all().find(listed).or_else(|| Signal::new(other()?.1))
    }

    fn real_time(name: &str) -> Option<Signal> {
        let base = match name.get(..5)? {
            b if b.eq_ignore_ascii_case("RTMIN") => RTMIN,
            b if b.eq_ignore_ascii_case("RTMAX") => MAX,
            _ => return None,
        };
        let rest = name.get(5..)?;
        if rest.is_empty() {
            return Signal::new(base);
        }
        let digits = rest.get(1..)?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let offset: i32 = digits.parse().ok()?;
        let number = match (base, rest.as_bytes().first()) {
            (RTMIN, Some(b'+')) => RTMIN.checked_add(offset)?,
            (MAX, Some(b'-')) => MAX.checked_sub(offset).filter(|n| *n >= RTMIN)?,
            _ => return None,
        };
        Signal::new(number)
    }

    /// The name without `SIG`, of standard signals only.
    fn standard_name(self) -> Option<&'static str> {
        if let Some(name) = signal_name(self.number()) {
            return name.strip_prefix("SIG");
        }
        MORE_NAMES.iter().find(|(_, n)| *n == self.number()).map(|(name, _)| *name)
    }

    /// Can it be blocked? Then init can receive and forward it.
    pub fn catchable(self) -> bool {
        self != Signal::KILL && self != Signal::STOP
    }

    /// Is it a standard signal, of which one at a time can be pending (signal(7))?
    pub fn standard(self) -> bool {
        !SignalSet::REAL_TIME.contains(self)
    }

    /// Does it ask a program to end: TERM, INT or QUIT?
    pub fn ends(self) -> bool {
        matches!(self, Signal::TERM | Signal::INT | Signal::QUIT)
    }

    /// Does a terminal stop jobs by it: TSTP, TTIN or TTOU?
    pub fn stops(self) -> bool {
        Signal::TERMINAL_STOPS.contains(&self)
    }

    /// Does a terminal send it to its whole foreground group: INT, QUIT, TSTP or WINCH?
    pub fn typed(self) -> bool {
        matches!(self, Signal::INT | Signal::QUIT | Signal::TSTP | Signal::WINCH)
    }

    /// Does the kernel raise it for a fault of the program that receives it?
    pub fn fault(self) -> bool {
        matches!(
            self.number(),
            consts::SIGSEGV
                | consts::SIGBUS
                | consts::SIGFPE
                | consts::SIGILL
                | consts::SIGTRAP
                | consts::SIGSYS
        )
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.standard_name() {
            Some(name) => write!(f, "SIG{name}"),
            None if self.number() == RTMIN => f.write_str("SIGRTMIN"),
            None if self.number() > RTMIN => write!(f, "SIGRTMIN+{}", self.number() - RTMIN),
            None => write!(f, "signal {}", self.number()),
        }
    }
}

/// A set of signals in the kernel's form: bit N-1 for signal N.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalSet(pub u64);

impl SignalSet {
    /// The empty set.
    pub const NONE: SignalSet = SignalSet(0);

    /// All 64.
    pub const ALL: SignalSet = SignalSet(u64::MAX);

    /// The real-time signals as the kernel has them, 32 to 64.
    pub const REAL_TIME: SignalSet = SignalSet(u64::MAX << 31);

    /// The set of one signal.
    pub const fn only(signal: Signal) -> SignalSet {
        SignalSet(1 << (signal.number() - 1))
    }

    /// All signals but one.
    pub const fn all_but(signal: Signal) -> SignalSet {
        SignalSet(!SignalSet::only(signal).0)
    }

    /// The set with `signal`.
    #[must_use]
    pub const fn with(self, signal: Signal) -> SignalSet {
        SignalSet(self.0 | SignalSet::only(signal).0)
    }

    /// The set without the signals of `other`.
    #[must_use]
    pub const fn without(self, other: SignalSet) -> SignalSet {
        SignalSet(self.0 & !other.0)
    }

    /// Is `signal` in the set?
    pub const fn contains(self, signal: Signal) -> bool {
        self.0 & SignalSet::only(signal).0 != 0
    }
}

#[cfg(test)]
mod tests;
