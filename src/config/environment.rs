//! The environment that the app starts with: the one place where it is decided.
//!
//! In: the kernel's array of entries. Out: `Environment`: the array for the app, and what
//! init itself reads in it. Pure. Allocates nothing and costs one pass. Whoever changes
//! entries, changes them before [`Environment::read`]: PATH and the entries that name
//! processes are then those of the changed array.

use nix::unistd::Pid;

use super::variables::PREFIX;
use crate::sys::{Strings, Text};

/// The entries for the app, and what init reads in them. Of a variable that occurs twice,
/// the first entry counts, as in getenv(3).
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    entries: Strings,
    path: Option<Text>,
    listen_pid: Option<NamedPid>,
    listen_pidfd: Option<usize>,
    watchdog_pid: Option<NamedPid>,
    directory: Option<usize>,
    has_variables: bool,
}

/// An entry that names a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NamedPid {
    entry: usize,
    pid: i32,
}

/// An entry that names init and has to name the app, whose number is known once it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateSlot {
    /// Its index in the entries.
    pub entry: usize,
    /// What stands there before the number: the variable's name and `=`.
    pub name: &'static [u8],
}

/// What an app gets.
#[derive(Clone, Copy, Debug)]
pub struct AppEnvironment {
    /// The entries.
    pub entries: Strings,
    /// The value of PATH: where a command without a slash is looked for.
    pub path: Option<Text>,
    /// Entries that get the app's number.
    pub numbers: [Option<LateSlot>; 3],
    /// The entry of PWD, when the app starts in another directory than init.
    pub directory: Option<usize>,
}

/// What the entry of the directory begins with.
pub const PWD: &[u8] = b"PWD=";

const LISTEN_PID: &[u8] = b"LISTEN_PID=";
const WATCHDOG_PID: &[u8] = b"WATCHDOG_PID=";

/// What the names of init's own variables begin with.
const PREFIX_FIRST: u8 = match PREFIX.first() {
    Some(byte) => *byte,
    None => 0,
};

impl Environment {
    /// Reads the entries.
    pub fn read(entries: Strings) -> Environment {
        let mut found = Environment {
            entries,
            path: None,
            listen_pid: None,
            listen_pidfd: None,
            watchdog_pid: None,
            directory: None,
            has_variables: false,
        };
        for (n, entry) in entries.iter().enumerate() {
            found.look_at(n, entry);
        }
        found
    }

    /// By the first byte: a comparison with each name would cost the start more.
    fn look_at(&mut self, n: usize, entry: Text) {
        match entry.first() {
            Some(b'P') => {
                if let Some(value) = entry.strip_prefix(b"PATH=") {
                    self.path = self.path.or(Some(value));
                } else if entry.strip_prefix(PWD).is_some() {
                    self.directory = self.directory.or(Some(n));
                }
            }
            Some(b'L') => {
                if let Some(value) = entry.strip_prefix(LISTEN_PID) {
                    self.listen_pid = self.listen_pid.or_else(|| named_pid(n, value));
                } else if entry.strip_prefix(b"LISTEN_PIDFDID=").is_some() {
                    self.listen_pidfd = self.listen_pidfd.or(Some(n));
                }
            }
            Some(b'W') => {
                if let Some(value) = entry.strip_prefix(WATCHDOG_PID) {
                    self.watchdog_pid = self.watchdog_pid.or_else(|| named_pid(n, value));
                }
            }
            Some(PREFIX_FIRST) => self.has_variables |= entry.strip_prefix(PREFIX).is_some(),
            _ => {}
        }
    }

    /// All entries.
    pub fn entries(&self) -> Strings {
        self.entries
    }

    /// Is there an entry whose name begins like those of init's own variables?
    pub fn has_variables(&self) -> bool {
        self.has_variables
    }

    /// What the app of the init with this number gets. LISTEN_PID (sd_listen_fds(3)) and
    /// WATCHDOG_PID (sd_watchdog_enabled(3)) that name init come to name the app. If it
    /// `moves`, starts in another directory, PWD follows.
    pub fn for_app(&self, init: Pid, moves: bool) -> AppEnvironment {
        let names_init = |named: &NamedPid| named.pid == init.as_raw();
        let slot = |entry, name| LateSlot { entry, name };
        let listen = self.listen_pid.filter(names_init);
        let watchdog = self.watchdog_pid.filter(names_init);
        // LISTEN_PIDFDID (systemd 258) names init's pidfd: left as it is, it would say that
        // the sockets are for another process. Without it the number decides alone, and an
        // entry with the number may be there twice.
        let pidfd = self.listen_pidfd.filter(|_| listen.is_some());
        AppEnvironment {
            entries: self.entries,
            path: self.path,
            numbers: [
                listen.map(|named| slot(named.entry, LISTEN_PID)),
                pidfd.map(|entry| slot(entry, LISTEN_PID)),
                watchdog.map(|named| slot(named.entry, WATCHDOG_PID)),
            ],
            directory: self.directory.filter(|_| moves),
        }
    }
}

fn named_pid(entry: usize, value: Text) -> Option<NamedPid> {
    let pid = std::str::from_utf8(value.to_bytes()).ok()?.parse().ok()?;
    Some(NamedPid { entry, pid })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entries: &[&str]) -> Environment {
        Environment::read(Strings::leak(entries))
    }

    #[test]
    fn the_first_path_counts() {
        let path =
            |found: &Environment| found.for_app(Pid::from_raw(1), false).path.map(Text::to_bytes);
        assert_eq!(path(&read(&[])), None);
        let found = read(&["PATHS=/x", "A=PATH=/y", "PATH=/bin", "PATH=/z"]);
        assert_eq!(path(&found), Some(&b"/bin"[..]));
    }

    #[test]
    fn pwd_follows_a_change_of_directory() {
        for (entries, moves, entry) in [
            (&["A=1", "PWD=/a", "PWD=/b"][..], true, Some(1)),
            (&["A=1", "PWD=/a"], false, None),
            (&["OLDPWD=/a", "PWDX=/a"], true, None),
        ] {
            assert_eq!(read(entries).for_app(Pid::from_raw(1), moves).directory, entry);
        }
    }

    #[test]
    fn entries_that_name_init_come_to_name_the_app() {
        let entries =
            ["WATCHDOG_PID=8", "LISTEN_PIDFDID=9", "LISTEN_PID=7", "LISTEN_PID=8", "WATCHDOG_PID="];
        let found = read(&entries);
        let slot = |entry, name| Some(LateSlot { entry, name });
        for (init, numbers) in [
            (7, [slot(2, LISTEN_PID), slot(1, LISTEN_PID), None]),
            (8, [None, None, slot(0, WATCHDOG_PID)]),
            (9, [None; 3]),
        ] {
            assert_eq!(found.for_app(Pid::from_raw(init), false).numbers, numbers, "{init}");
        }
    }

    #[test]
    fn variables_of_inits_own_are_noticed() {
        let own = String::from_utf8([PREFIX, b"X=1"].concat()).unwrap();
        assert!(read(&["A=1", &own]).has_variables());
        assert!(!read(&["A=1", &own[1..], "INI=1"]).has_variables());
    }
}
