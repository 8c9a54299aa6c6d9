//! Processes to be named in a warning: on one line, or on several when they are many.

use std::fmt::Write;
use std::time::Duration;

use log::warn;

use crate::init::procfs::Process;
use crate::text::{Fixed, HumanDuration, Printable};

/// Room for names on one line; the logger's line has more, for what stands before them.
const NAMES_MAX: usize = 800;
/// A comma, a number and a name of 64 bytes, each of them three bytes of UTF-8 at worst.
const ENTRY_MAX: usize = 240;

/// A line under construction.
pub struct Names {
    after: Duration,
    text: Fixed<NAMES_MAX>,
}

impl Names {
    /// Of processes killed after so long.
    pub fn new(after: Duration) -> Names {
        Names { after, text: Fixed::new() }
    }

    /// Adds one.
    pub fn add(&mut self, process: &Process) {
        if self.text.room() < ENTRY_MAX {
            self.print();
        }
        let comma = if self.text.is_empty() { "" } else { ", " };
        let _ = write!(self.text, "{comma}{} ({})", process.pid, Printable(process.name()));
    }

    /// Prints those that are not printed yet.
    pub fn print(&mut self) {
        if !self.text.is_empty() {
            let (after, names) = (HumanDuration(self.after), Printable(self.text.as_bytes()));
            warn!("killed after the grace period of {after}: {names}");
        }
        self.text.truncate(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::Pid;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

        /// However many and whatever they are called: none is cut, none is lost.
        #[test]
        fn every_one_is_whole(
            all in prop::collection::vec(
                (1_i32..=i32::MAX, prop::collection::vec(1_u8..=255, 0..64)),
                0..100,
            ),
        ) {
            let mut names = Names::new(Duration::from_secs(5));
            for (pid, name) in all {
                let process = Process::of(pid, &name);
                names.add(&process);
                let text = std::str::from_utf8(names.text.as_bytes()).unwrap();
                let entry = format!("{} ({})", Pid::from_raw(pid), Printable(&name));
                prop_assert!(text == entry || text.ends_with(&format!(", {entry}")), "{text}");
            }
            names.print();
            prop_assert!(names.text.is_empty());
        }
    }
}
