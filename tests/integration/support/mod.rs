//! How tests start init, talk to it, and make sure that nothing stays behind.
//!
//! Every process of a test carries a marker in its environment. When the test ends, also
//! when it fails, all processes that still carry the marker are killed. Nothing here sleeps
//! for a result: conditions are polled, up to a deadline that only a failure reaches.

mod cgroup;
mod debian;
mod filter;
mod finished;
mod hang;
mod host;
mod programs;
mod rootfs;
mod running;
mod sandbox;
mod scratch;
mod start;
mod streams;
mod system;
mod users;
mod wait;
mod who;

pub mod containers;
pub mod engine;
pub mod node;
pub mod places;
pub mod pods;
pub mod pty;
pub mod shell;
pub mod stages;

pub use cgroup::*;
pub use debian::*;
pub use filter::*;
pub use finished::*;
pub use hang::*;
pub use host::*;
pub use programs::*;
pub use rootfs::*;
pub use running::*;
pub use sandbox::*;
pub use scratch::*;
pub use start::*;
pub use system::*;
pub use users::*;
pub use wait::*;
pub use who::*;
