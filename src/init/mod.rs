//! init at work: the loop that waits for events, and what it does about them.
//!
//! In: the running main child. Out: the status to exit with. The only place that waits.
//! From here on it allocates nothing and never gives up.
//!
//! | module | does |
//! |-|-|
//! | `event_loop` | takes a signal, asks the policy, does what it says |
//! | `roles` | what is different in outer and inner of a sandbox |
//! | `policy`, `deadlines`, `copies` | decide; pure |
//! | `act`, `reap`, `deliver`, `kept`, `job`, `report` | do |
//! | `procfs`, `pids`, `oom` | look at other processes |
//! | `guard` | tries places that may hang |

mod act;
mod channel_messages;
mod copies;
mod deadlines;
mod deliver;
mod event_loop;
mod guard;
mod job;
mod kept;
pub mod oom;
mod pause;
mod pids;
mod policy;
mod prepare;
pub mod procfs;
mod reap;
mod release;
pub mod report;
mod roles;

pub use channel_messages::wake as wake_inner;
pub use event_loop::supervise;
pub use job::Job;
pub use pause::pause;
pub use prepare::{adopt_orphans, prepare};
pub use report::Report;
pub use roles::{Inner, Only, Outer};
