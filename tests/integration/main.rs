//! init with real processes: an index of what is tested, a folder per subject and a file
//! per behaviour. The first line of each file says what it shows.
#![allow(unsafe_code, missing_docs, clippy::undocumented_unsafe_blocks)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

/// What tests use: they start programs, see processes, drive terminals and engines.
mod support;

/// How the app starts, and what init keeps and costs then.
mod start {
    mod args;
    mod budget;
    mod expand;
    mod inherit;
    mod odd_places;
    mod release;
    mod sockets;
    mod stack;
}

/// What becomes of a signal to init.
mod signals {
    mod deadlines;
    mod forward;
    mod full;
    mod moments;
    mod rewrite;
    mod stops;
}

/// Deaths: orphans, the main child's status, the survivors, the report.
mod end {
    mod order;
    mod reap;
    mod report;
    mod report_places;
    mod status;
    mod strangers;
    mod storm;
    mod survivors;
    mod workers;
}

/// What goes wrong: commands that do not run or hang, refused system calls, a full or closed stderr
/// or stdout.
mod failures {
    mod command;
    mod fifos;
    mod hang;
    mod memory;
    mod refused;
    mod stderr;
    mod stdout;
}

/// A lot of everything at once, and places in which little is left.
mod storms {
    mod limits;
    mod numbers;
    mod random;
    mod resident;
    mod rounds;
    mod signals;
    mod soak;
    mod stuck;
    mod survivors;

    /// The first count in the test command, the second with `STORMS=full`.
    fn scale(short: u64, full: u64) -> u64 {
        if std::env::var_os("STORMS").is_some_and(|value| value == "full") { full } else { short }
    }
}

/// Terminals: the foreground, job control, sessions.
mod terminal {
    mod docker;
    mod foreground;
    pub mod jobs;
    mod peers;
    mod session;
    mod start;
}

/// New namespaces around the app.
mod sandbox {
    mod causes;
    mod copies;
    mod credentials;
    mod deaths;
    mod details;
    mod directory;
    mod entered;
    mod environment;
    mod escapes;
    mod filters;
    mod guard;
    mod ids;
    mod join;
    mod keys;
    mod layers;
    mod limits;
    mod links;
    mod moments;
    mod mounts;
    mod namespaces;
    mod nested;
    mod old_kernels;
    mod peers;
    mod persist;
    mod propagation;
    mod real_roots;
    mod refusals;
    mod root;
    mod work;
}

/// Modes that run no command, and what is printed.
mod modes {
    mod check;
    mod check_existing;
    mod manual;
    mod pause;
}

/// Other programs beside ours: where they differ, and who does what right.
mod peers {
    mod at_start;
    mod at_work;
    mod catatonit;
    mod differences;
    mod dumb_init;
    mod sandbox_table;
    mod sandboxes;
    mod side_by_side;
    mod signal_by_signal;
    mod table;
    mod table_end;
    mod tini;
}

/// The manual's tables for who comes from another program, option by option.
mod migration {
    mod bwrap;
    mod inits;
    mod rows;
    mod scripts;
    mod tables;
    mod unshare;
}

/// In real containers: Docker and podman.
mod engine {
    mod compose;
    mod docker;
    mod drop_in;
    mod end;
    mod podman;
    mod podman_pods;
    mod stop;
}

/// README and manual: their commands, files and output.
mod documents {
    mod blocks;
    mod kinds;
    mod places;
}

/// Under a real kubelet and containerd.
mod kubernetes {
    mod containerd;
    mod end;
    mod leftovers;
    mod manifests;
    mod places;
    mod pods;
    mod report;
    mod table;
}

/// What is published: architectures, packages, images, manifests.
mod packaging {
    mod architectures;
    pub mod debian;
    pub mod dist;
    mod files;
    mod image;
    mod rpm;
}

/// On other kernels, in emulated machines.
mod kernels;
