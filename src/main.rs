//! A tiny init for containers, and a small sandbox.
//!
//! argv becomes a `Config`; the `Config` and the facts of the start become a plan; the plan
//! becomes the main child; the loop forwards signals to the child and reaps; the child's
//! status becomes ours. The modules below stand in that order. `check` runs nothing, and the
//! other modules serve all of them.
#![cfg_attr(not(test), no_main)]
#![cfg_attr(any(test, fuzzing), allow(dead_code))]

mod config;
mod facts;
mod plan;
mod sandbox;
mod spawn;
mod init;
mod exit;

mod check;
mod diagnosis;

mod messages;

mod accounts;
mod capabilities;
mod files;
mod json;
mod namespaces;
mod parse_number;
mod seccomp;
mod signals;
mod terminal;
mod text;
mod sys;

#[cfg(any(test, fuzzing))]
#[path = "../tests/fuzz/bodies/mod.rs"]
pub mod fuzz;

use config::{Config, Request};
use init::{Only, Report};
use log::Level;
use messages::{Error, Notice, Style};
use nix::errno::Errno;
use plan::Facts;
use signals::SignalSet;
use sys::Strings;

/// From argv to the exit status.
fn run(args: Strings, env: Strings) -> u8 {
    // First of all: from now on a signal waits until it can be forwarded.
    let mask = sys::set_signal_mask(SignalSet::ALL);
    match config::read(args, env, facts::stack_limit) {
        // By reference: a copy would take as much of the stack again.
        Ok(Request::Run(ref config)) => run_command(config, args, env, mask),
        Ok(Request::Print(page, called)) => {
            let personality = called.personality;
            let page = config::page(page, &called);
            print(&page, personality.style, personality.failure, mask)
        }
        Err(refusal) => {
            messages::print_text(&refusal.text());
            refusal.status()
        }
    }
}

/// Says that there is no memory, without any; returns the exit status.
#[cfg(not(test))]
fn out_of_memory() -> u8 {
    messages::print_text("init: out of memory");
    exit::INIT_FAILED
}

/// Chooses the mode, and prints the error that ends it.
fn run_command(config: &Config, args: Strings, env: Strings, mask: Result<SignalSet, Errno>) -> u8 {
    messages::set_up(config.verbosity, config.style, config.log_filter);
    if log::log_enabled!(Level::Info) {
        for variable in config::unknown_variables(config.environment.entries()) {
            log::info!("{variable}");
        }
    }
    let facts = match facts::look_up(config, mask) {
        Ok(facts) => facts,
        Err(error) => return fail(&error, config),
    };
    if let Some(form) = config.check {
        return print(&check::check(form), config.style, config.failure, mask);
    }
    if config.pause {
        return init::pause(config, facts.own).unwrap_or_else(|error| fail(&error, config));
    }
    let facts = match &config.sandbox {
        Some(sandbox) if sandbox.shows_init_to_root() => sandbox::become_copy(&facts, args, env),
        _ => Ok(facts),
    };
    let opened = facts.and_then(|facts| Ok((facts, Report::open(config)?)));
    let (facts, mut report) = match opened {
        Ok(opened) => opened,
        Err(error) => return fail(&error, config),
    };
    let over = match &config.sandbox {
        None => run_plain(config, &facts, report.as_deref_mut()),
        Some(sandbox) => sandbox::run(sandbox, config, &facts, &mut report),
    };
    over.unwrap_or_else(|error| {
        let status = fail(&error, config);
        if let Some(report) = &report {
            report.write(status, false);
        }
        status
    })
}

/// Runs the command as init's own child.
fn run_plain(config: &Config, facts: &Facts, report: Option<&mut Report>) -> Result<u8, Error> {
    init::adopt_orphans(config, facts.own);
    init::prepare(config);
    let plan = plan::plain(config, facts);
    let main = spawn::spawn(&plan, facts.own)
        .map_err(|failure| failure.explain(&plan, failure.cause(&plan)))?;
    Ok(init::supervise(main, &Only, config, facts, report))
}

fn fail(error: &Error, config: &Config) -> u8 {
    messages::log(&Notice::Failed(error));
    if error.status == exit::INIT_FAILED { config.failure } else { error.status }
}

/// `failure`: the status when it cannot be printed, in the words of `style`. `mask`: the signal
/// mask before init blocked all.
fn print(page: &str, style: &Style, failure: u8, mask: Result<SignalSet, Errno>) -> u8 {
    // A write to a full pipe waits for its reader, and no child is there to forward signals to.
    let _ = mask.map(sys::set_signal_mask);
    match files::write_all(sys::STDOUT, page.as_bytes()) {
        Ok(()) => 0,
        Err(errno) => {
            let error = Error { object: b"stdout", ..Error::set_up("write", errno) };
            messages::print_text(&style.line(Level::Error, &error.to_string()));
            failure
        }
    }
}
