//! What the steps of a set-up do: one module for each kernel concept.
//!
//! The steps of outer's child have one shape, `set_up(what, state)`: in, what the plan says
//! and what earlier steps left; out, nothing or the kernel's error. None of them decides,
//! logs a failure or ends the process.

pub mod clocks;
pub mod id_maps;
pub mod loopback;
pub mod names;
pub mod process;
pub mod propagation;

/// What the steps of a set-up leave for later steps.
#[derive(Debug, Default)]
pub struct SetUp {
    /// The process has other ids than at its start.
    pub ids_changed: bool,
}
