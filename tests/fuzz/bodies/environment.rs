//! Our variables and those of the peers. In: `argv[0]`, and the entries of an environment.

use nix::unistd::Pid;
use std::time::Duration;

use super::{bytes, check_line, check_text, settings, texts};
use crate::config::{self, Config, Invocation, Request};
use crate::sys::{Strings, Text};

/// The first entry of a name counts, a flag wins over a variable, the app gets the entries as they
/// are, and what is said about them is fit to be read.
pub fn environment(data: &[u8]) {
    let texts = texts(data);
    let Some((name, entries)) = texts.split_first() else { return };
    let twice = [entries, entries].concat();
    let once = outcome(&[name, b"x"], entries, Some(check_accepted));
    assert_eq!(once, outcome(&[name, b"x"], &twice, None));
    let flag: [&[u8]; 3] = [b"init", b"--grace-period=7s", b"x"];
    let check_flag = |config: &Config, _: &[&[u8]]| {
        assert_eq!(config.grace_period, Duration::from_secs(7));
    };
    outcome(&flag, entries, Some(check_flag));
}

type Check = fn(&Config, &[&[u8]]);

/// What comes of it, as a text.
fn outcome(words: &[&[u8]], entries: &[&[u8]], check: Option<Check>) -> String {
    Strings::lend(words, |args| {
        Strings::lend(entries, |env| match config::read(args, env, || 0) {
            Ok(Request::Run(ref config)) => {
                if let Some(check) = check {
                    check(config, entries);
                }
                settings(config)
            }
            Ok(Request::Print(page, called)) => config::page(page, &called),
            Err(refusal) => {
                let text = refusal.text();
                check_text(&text);
                if Invocation::by(args).personality.style.name == "init" {
                    check_line(&text);
                }
                text
            }
        })
    })
}

fn check_accepted(config: &Config, entries: &[&[u8]]) {
    let found = &config.environment;
    assert_eq!(bytes(found.entries()), entries);
    for unknown in config::unknown_variables(found.entries()) {
        check_line(&format!("{unknown}\n"));
    }
    let first = |name: &[u8]| entries.iter().find_map(|entry| entry.strip_prefix(name));
    assert_eq!(config.log_filter, first(b"CONTAINER_INIT_LOG="));
    for init in [1, 7] {
        let app = found.for_app(Pid::from_raw(init), true);
        assert_eq!(app.path.map(Text::to_bytes), first(b"PATH="));
        assert_eq!(app.directory.is_some(), first(b"PWD=").is_some());
        for slot in app.numbers.into_iter().flatten() {
            let entry = entries.get(slot.entry).copied().unwrap_or_default();
            let number = entry.strip_prefix(slot.name).map(String::from_utf8_lossy);
            let names_init = number.is_some_and(|number| number.parse() == Ok(init));
            assert!(names_init || entry.starts_with(b"LISTEN_PIDFDID="), "{slot:?}");
        }
    }
}
