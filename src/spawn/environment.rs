//! The app's environment at the exec: entries whose values only its own process knows, its
//! number and its directory.

use nix::unistd::getpid;

use super::path::PATH_MAX;
use crate::config::environment::{AppEnvironment, LateSlot, PWD};
use crate::sys::LateEntry;

/// A short name, `=`, ten digits and a NUL.
type NumberEntry = LateEntry<32>;

/// `PWD=` and a path with its NUL.
type DirectoryEntry = LateEntry<{ PATH_MAX + PWD.len() }>;

/// The entries that wait for their values.
pub struct LateEntries<'a> {
    numbers: [Option<NumberEntry>; 3],
    directory: Option<&'a DirectoryEntry>,
}

impl LateEntries<'_> {
    /// In the app's process: writes its number where it belongs.
    pub fn fill_number(&self) {
        if self.numbers.iter().any(Option::is_some) {
            let own = getpid().as_raw().unsigned_abs();
            self.numbers.iter().flatten().for_each(|entry| entry.append_number(own));
        }
    }

    /// In the app's process: writes its directory into PWD, if there is PWD.
    pub fn fill_directory(&self, name: &[u8]) {
        if let Some(entry) = self.directory {
            entry.append(name.iter().copied());
        }
    }
}

/// Room for a directory, on the heap. Not inlined: on the stack, where the compiler makes it
/// first, every start would touch its page.
#[cold]
#[inline(never)]
fn directory_entry() -> Box<DirectoryEntry> {
    Box::new(DirectoryEntry::new(PWD))
}

/// Runs `scope` with room in the environment for the values that the app will have. Where no
/// entry waits for a value, this does nothing.
pub fn with_late_entries<T>(
    environment: &AppEnvironment,
    scope: impl FnOnce(&LateEntries<'_>) -> T,
) -> T {
    let entries = environment.entries;
    let directory = environment.directory.map(|_| directory_entry());
    let directory = directory.as_deref();
    let mut late = LateEntries { numbers: [const { None }; 3], directory };
    for (place, slot) in late.numbers.iter_mut().zip(&environment.numbers) {
        if let Some(slot) = slot {
            *place = Some(NumberEntry::new(slot.name));
        }
    }
    let place = |slot: &Option<LateSlot>, entry| slot.as_ref().map(|slot| slot.entry).zip(entry);
    let [one, two, three] = &environment.numbers;
    let [first, second, third] = late.numbers.each_ref().map(Option::as_ref);
    entries.with_entry(environment.directory.zip(directory), || {
        entries.with_entry(place(one, first), || {
            entries.with_entry(place(two, second), || {
                entries.with_entry(place(three, third), || scope(&late))
            })
        })
    })
}
