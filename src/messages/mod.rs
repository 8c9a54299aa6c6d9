//! What init says: one line a message, on stderr.
//!
//! In: an event ([`Notice`]), a failure ([`Error`]), or a record of the `log` macros. Out:
//! a line in the style of the personality. Nothing here allocates, waits or fails. Each
//! module uses only those before it: `stderr` writes a line, `logger` makes a line of a
//! record, `error` and `notices` are what there is to say, `style` is how it is said.

mod stderr;

mod logger;

mod error;
mod notices;

mod style;

pub use error::Error;
pub use logger::print_text;
pub use notices::{Emit, Notice, emit_in_our_words};
pub use stderr::avoid_proc;
pub use style::{INIT, Style, log, set_up};
