//! What the options of the plain init set.

use log::LevelFilter;

use super::Given;
use crate::config::spec::Plain;
use crate::config::{Config, Form, ForwardTo, values};

/// Sets one of them.
pub fn set(config: &mut Config, option: Plain, given: Given) -> Option<()> {
    let value = || given.value();
    match option {
        Plain::Subreaper => config.subreaper = given.on(),
        Plain::NoSubreaper => config.subreaper = !given.on(),
        Plain::ParentDeathSignal => config.parent_death_signal = Some(values::signal(value()?)?),
        Plain::ProcessGroup if given.on() => config.forward_to = ForwardTo::Group,
        Plain::ProcessGroup => config.forward_to = ForwardTo::Main,
        Plain::ForwardTo => config.forward_to = forward_to(value()?)?,
        Plain::Rewrite => {
            let (from, to) = values::rewrite(value()?)?;
            config.rewrites.set(from, to);
        }
        Plain::Delay => {
            let (signal, delay) = values::delay(value()?)?;
            config.delays.set(signal, delay)?;
        }
        Plain::KillAfter => {
            let (signal, time) = values::kill_after(value()?)?;
            config.kill_after.set(signal, time)?;
        }
        Plain::Timeout => config.timeout = values::some_duration(value()?)?,
        Plain::GracePeriod => config.grace_period = values::duration(value()?)?,
        Plain::WaitAll => config.wait_all = given.on(),
        Plain::ExpandEnv => config.expand_env = given.on(),
        Plain::Report => config.report = Some(values::path(value()?)?),
        Plain::RemapExit => {
            for code in value()?.split(|b| *b == b',') {
                config.remap_exit.insert(values::exit_code(code)?);
            }
        }
        Plain::WarnOnReap => config.warn_on_reap = given.on(),
        Plain::Check => config.check = Some(form(given)?),
        Plain::Pause => config.pause = given.on(),
        Plain::NewSession => config.new_session = given.on(),
        Plain::Verbose if given.on() => config.verbosity = values::more(config.verbosity),
        Plain::Quiet if given.on() => config.verbosity = LevelFilter::Error,
        Plain::Verbose | Plain::Quiet => {}
    }
    Some(())
}

fn forward_to(value: &[u8]) -> Option<ForwardTo> {
    match value {
        b"main" => Some(ForwardTo::Main),
        b"group" => Some(ForwardTo::Group),
        b"all" => Some(ForwardTo::All),
        _ => None,
    }
}

fn form(given: Given) -> Option<Form> {
    match given {
        Given::On | Given::Value(b"table") => Some(Form::Table),
        Given::Value(b"json") => Some(Form::Json),
        _ => None,
    }
}
