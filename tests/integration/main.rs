//! init with real processes: an index of what is tested, a file per behaviour.
#![allow(unsafe_code, missing_docs, clippy::undocumented_unsafe_blocks)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod containers;
mod differences;
mod engine;
mod harness;
mod system;
mod places;
mod pty;
mod shell;
mod stages;
mod side_by_side;
mod signal_by_signal;

mod inherit;
mod status;
mod args;
mod expand;
mod signals;
mod moments;
mod reap;
mod end;
mod strangers;
mod deadlines;
mod rewrite;
mod budget;
mod stack;
mod report;
mod release;
mod refused;
mod stderr;
mod terminal_foreground;
mod terminal_jobs;
mod sockets;
mod pause;
mod terminal_session;
mod terminal_start;
mod terminal_docker;
mod terminal_peers;
mod compare_tini;
mod compare_dumb_init;
mod compare_catatonit;
mod peers_at_start;
mod peers_at_work;
mod sandbox;
mod sandbox_deaths;
mod sandbox_ids;
mod sandbox_work;
mod docker;
mod drop_in;
mod docker_end;
mod causes;
mod podman;
mod check;
mod beside;
mod compare;
