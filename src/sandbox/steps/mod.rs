//! What the steps of a set-up do: one module for each kernel concept.
//!
//! The steps of outer's child have one shape, `set_up(what, state)`: in, what the plan says
//! and what earlier steps left; out, nothing or the kernel's error. None of them decides,
//! logs a failure or ends the process.

pub mod cgroup;
pub mod clocks;
pub mod id_maps;
pub mod join;
pub mod loopback;
pub mod names;
pub mod nested;
pub mod persist;
pub mod process;
pub mod propagation;

use std::collections::VecDeque;
use std::os::fd::OwnedFd;

use crate::namespaces::Namespaces;
use crate::sandbox::rootfs::{NewRoot, Source};

/// What the steps of a set-up leave for later steps.
#[derive(Debug, Default)]
pub struct SetUp {
    /// The process's files in `/proc` belong to root outside, as after a change of ids (proc(5)).
    pub files_are_roots: bool,
    /// The types of existing namespaces that were entered.
    pub entered: Namespaces,
    /// The umask that the app is to have.
    pub umask: Option<u32>,
    /// A mount that shares with outside as the new root is to do.
    pub peer: Option<OwnedFd>,
    /// The new root, until it is `/`.
    pub root: Option<NewRoot>,
    /// Sources of binds, in order, until they are bound. One that is missing is `None`.
    pub sources: VecDeque<Option<Source>>,
    /// The /proc of outside, to map the app's ids through.
    pub procfs: Option<OwnedFd>,
    /// The root of the new `/proc`.
    pub proc: Option<OwnedFd>,
    /// The root of the new `/sys`.
    pub sysfs: Option<OwnedFd>,
}
