//! argv of every personality. In: words, the first of which is `argv[0]`.

use super::{bytes, check_line, check_text, settings, texts};
use crate::config::{self, Config, Invocation, Request};
use crate::exit;
use crate::sys::Strings;

const ENVIRONMENT: [&str; 3] = ["A=one two", "EMPTY=", "PATH=/bin"];

/// What is accepted holds the words that were typed, and means the same with `--` before the
/// command; a refusal and a page are fit to be read.
pub fn command_line(data: &[u8]) {
    let words = texts(data);
    Strings::lend(&words, |args| {
        Strings::lend(&ENVIRONMENT, |env| {
            let called = Invocation::by(args);
            let name = called.personality.style.name;
            match config::read(args, env, || 0) {
                Ok(Request::Run(ref config)) => check_accepted(&words, config, env),
                Ok(Request::Print(page, called)) => check_text(&config::page(page, &called)),
                Err(refusal) => {
                    let ours = name == "init";
                    assert_eq!(refusal.status() == exit::INIT_FAILED, ours, "{name}");
                    match name {
                        "init" | "pause" => check_line(&refusal.text()),
                        _ => check_text(&refusal.text()),
                    }
                }
            }
        });
    });
}

fn check_accepted(words: &[&[u8]], config: &Config, env: Strings) {
    let command = bytes(config.command);
    assert!(!command.is_empty() || config.pause || config.check.is_some());
    if config.expand_env {
        return;
    }
    assert!(words.ends_with(&command), "{command:?}");
    let options = words.strip_suffix(&command[..]).unwrap_or_default();
    // An option may have a value of two hyphens, or they are there already.
    if command.is_empty() || options.last().is_none_or(|last| *last == b"--") {
        return;
    }
    let clear = [options, &[b"--"], &command].concat();
    Strings::lend(&clear, |args| match config::read(args, env, || 0) {
        Ok(Request::Run(ref again)) => {
            assert_eq!(bytes(again.command), command);
            assert_eq!(settings(again), settings(config));
        }
        Ok(Request::Print(..)) => assert_eq!("a page", "a command"),
        Err(refusal) => assert_eq!(refusal.text(), "a command"),
    });
}
