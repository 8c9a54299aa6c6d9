//! The options of tini 0.19. They are letters only.

use super::{EXIT_CODE, Id, Opt, Page, Plain, SIGNAL, letter, text};

/// The rows.
pub static OPTIONS: &[Opt] = &[
    letter(Id::Page(Page::Help), b'h', "Print this help"),
    letter(Id::Plain(Plain::Subreaper), b's', "Adopt orphans when not PID 1"),
    Opt {
        value: text("SIGNAL", SIGNAL),
        ..letter(
            Id::Plain(Plain::ParentDeathSignal),
            b'p',
            "Be sent SIGNAL when the parent process dies",
        )
    },
    letter(Id::Plain(Plain::Verbose), b'v', "Print more messages; up to three times"),
    letter(
        Id::Plain(Plain::WarnOnReap),
        b'w',
        "Warn of each reaped process that is not the main child",
    ),
    letter(Id::Plain(Plain::ProcessGroup), b'g', "Forward signals to the child's process group"),
    Opt {
        value: text("EXIT_CODE", EXIT_CODE),
        repeatable: true,
        ..letter(
            Id::Plain(Plain::RemapExit),
            b'e',
            "Exit with 0 when the child's status is EXIT_CODE; may be given several times",
        )
    },
    letter(Id::Page(Page::Licence), b'l', "Print the licence"),
    letter(Id::Plain(Plain::Pause), b'P', "Run nothing: reap until TERM or INT comes"),
];
