//! What the command's process starts with.

use super::{DIRECTORY, Id, Opt, Process, Value, Words, option, text};

const fn process(id: Process, long: &'static str, help: &'static str) -> Opt {
    option(Id::Process(id), long, help)
}

/// The rows.
pub const OPTIONS: &[Opt] = &[
    Opt {
        value: Value::One(DIRECTORY),
        ..process(Process::Chdir, "chdir", "Start the command in DIR")
    },
    Opt {
        value: Value::One(DIRECTORY),
        ..process(Process::Wd, "wd", "The same as --chdir. As in unshare(1)")
    },
    Opt {
        value: text("N", "a number of descriptors"),
        more: Words::new("In a sandbox all others are closed."),
        ..process(Process::PreserveFds, "preserve-fds", "Keep the N descriptors from 3 on")
    },
    Opt {
        value: text("NAME=SOFT[:HARD]", "a limit such as nofile=1024:4096 or core=unlimited"),
        repeatable: true,
        more: Words::new(
            "The names are those of prlimit(1): as, core, cpu, data, fsize, locks, memlock, msgqueue, \
             nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack. Without HARD it is SOFT.",
        ),
        ..process(Process::Rlimit, "rlimit", "Limit a resource")
    },
];
