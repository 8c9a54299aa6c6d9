//! The app's environment at the exec: entries that name the app get its number, which only
//! its own process knows.

use nix::unistd::getpid;

use crate::config::environment::{AppEnvironment, NumberSlot};
use crate::sys::NumberEntry;

/// The entries that wait for the app's number.
pub struct Numbers([Option<NumberEntry>; 3]);

impl Numbers {
    /// In the app's process: writes its number into them.
    pub fn fill(&self) {
        if self.0.iter().any(Option::is_some) {
            let own = getpid().as_raw().unsigned_abs();
            self.0.iter().flatten().for_each(|entry| entry.append_number(own));
        }
    }
}

/// Runs `scope` with room in the environment for the number that the app will have. Where no
/// entry waits for it, this does nothing.
pub fn with_numbers<T>(environment: &AppEnvironment, scope: impl FnOnce(&Numbers) -> T) -> T {
    let numbers = environment.numbers.map(|slot| slot.map(|slot| NumberEntry::new(slot.name)));
    let numbers = Numbers(numbers);
    let entries = environment.entries;
    let [one, two, three] = &environment.numbers;
    let place = |slot: &Option<NumberSlot>, entry| slot.as_ref().map(|slot| slot.entry).zip(entry);
    let [first, second, third] = numbers.0.each_ref().map(Option::as_ref);
    entries.with_entry(place(one, first), || {
        entries.with_entry(place(two, second), || {
            entries.with_entry(place(three, third), || scope(&numbers))
        })
    })
}
