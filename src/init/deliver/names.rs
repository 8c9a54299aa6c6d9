//! Processes named in a warning: on one line, or on several when they are many.

use std::fmt::{self, Write};
use std::time::Duration;

use log::warn;

use crate::init::procfs::Process;
use crate::text::{Fixed, HumanDuration, Printable};

/// Room for names on one line; the logger's line has room for the rest as well.
const NAMES_MAX: usize = 800;

/// A process in a list: its number and name.
pub struct Entry<'a>(pub &'a Process);

impl Entry<'_> {
    /// The longest one, with a comma: a number and a name of 64 bytes, each of which takes
    /// three bytes of UTF-8 at worst.
    pub const MAX: usize = 240;
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.pid, Printable(self.0.name()))
    }
}

/// What is said of the processes.
#[derive(Clone, Copy, Debug)]
pub enum Lead {
    /// They were killed after a grace period of this length.
    Killed(Duration),
    /// init may not signal them.
    Refused,
}

/// A line under construction.
pub struct Names {
    lead: Lead,
    text: Fixed<NAMES_MAX>,
}

impl Names {
    /// No names yet.
    pub fn new(lead: Lead) -> Names {
        Names { lead, text: Fixed::new() }
    }

    /// Adds a process.
    pub fn add(&mut self, process: &Process) {
        if self.text.room() < Entry::MAX {
            self.print();
        }
        let comma = if self.text.is_empty() { "" } else { ", " };
        let _ = write!(self.text, "{comma}{}", Entry(process));
    }

    /// Prints the names that are not printed yet.
    pub fn print(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let names = Printable(self.text.as_bytes());
        match self.lead {
            Lead::Killed(after) => {
                warn!("killed after the grace period of {}: {names}", HumanDuration(after));
            }
            Lead::Refused => warn!("not permitted to signal, so not waited for: {names}"),
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

        /// However many they are and whatever their names: none is cut, none is lost.
        #[test]
        fn every_one_is_whole(
            all in prop::collection::vec(
                (1_i32..=i32::MAX, prop::collection::vec(1_u8..=255, 0..64)),
                0..100,
            ),
        ) {
            let mut names = Names::new(Lead::Killed(Duration::from_secs(5)));
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
