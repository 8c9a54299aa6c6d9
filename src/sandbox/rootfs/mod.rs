//! What the app sees as its file system, in the new mount namespace: one module for each
//! part. Each has the shape of the steps, `set_up(what, state)`.
//!
//! A root of the app's own belongs in a module `root` here. It needs a step in
//! `plan::inner`, an arm in `sandbox::inner`, and in `SetUp` the descriptor of the new root,
//! which mounts after it start from: the loops, the channel and the plan's lists stay as
//! they are.

pub mod proc;
