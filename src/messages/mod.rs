//! What init says: one line a message, on stderr.
//!
//! `error` is a failure that ends the start, `notices` are events that each personality
//! words in its own way, `logger` prints.

pub mod error;
pub mod logger;
pub mod notices;
