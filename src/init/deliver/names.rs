//! Processes to be named in a warning: on one line, or on several when they are many.

use std::fmt::Write;
use std::time::Duration;

use log::warn;

use crate::init::procfs::Process;
use crate::messages::logger::{HumanDuration, Printable};

/// Room for names on one line; the logger's line has more, for what stands before them.
const NAMES_MAX: usize = 800;

/// A line under construction.
pub struct Names {
    after: Duration,
    text: [u8; NAMES_MAX],
    len: usize,
}

impl Names {
    /// Of processes killed after so long.
    pub fn new(after: Duration) -> Names {
        Names { after, text: [0; NAMES_MAX], len: 0 }
    }

    /// Adds one.
    pub fn add(&mut self, process: &Process) {
        // A number and a name of 64 bytes, three of each at the worst for UTF-8.
        if self.len + 240 > NAMES_MAX {
            self.print();
        }
        let comma = if self.len == 0 { "" } else { ", " };
        let _ = write!(self, "{comma}{} ({})", process.pid, Printable(process.name()));
    }

    /// Prints those that are not printed yet.
    pub fn print(&mut self) {
        let text = self.text.get(..self.len).unwrap_or_default();
        if !text.is_empty() {
            warn!(
                "killed after the grace period of {}: {}",
                HumanDuration(self.after),
                Printable(text)
            );
        }
        self.len = 0;
    }
}

impl Write for Names {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        let place = self.text.get_mut(self.len..end).ok_or(std::fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
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
                let text = std::str::from_utf8(&names.text[..names.len]).unwrap();
                let entry = format!("{} ({})", Pid::from_raw(pid), Printable(&name));
                prop_assert!(text == entry || text.ends_with(&format!(", {entry}")), "{text}");
            }
            names.print();
            prop_assert_eq!(names.len, 0);
        }
    }
}
