//! The survivors where `/proc` does not show them: everybody at once as PID 1; elsewhere the
//! children of init, orphans as they arrive, and the main child's group.

use nix::errno::Errno;
use nix::unistd::{Pid, getpgid};

use super::survivors::{NOTIFIED, REFUSED, is_refusal};
use super::{Deliverer, EVERYBODY};
use crate::init::policy::Scope;
use crate::namespaces::Namespaces;
use crate::signals::Signal;
use crate::sys;

/// The kernel's highest process numbers: the default, and the most that 64 bits allow.
const PID_MAX: [i32; 2] = [1 << 15, 1 << 22];

impl Deliverer {
    /// Asks the processes of `scope` to end that have not been asked yet, as far as they can
    /// be told apart.
    pub(super) fn notify_without_proc(&self, scope: Scope) {
        if self.first {
            if !self.all_notified.replace(true) {
                let _ = sys::kill(EVERYBODY, Signal::TERM);
                let _ = sys::kill(EVERYBODY, Signal::CONT);
            }
            return;
        }
        let in_scope = |pid: &Pid| match scope {
            Scope::Roots => *pid > self.main,
            Scope::AllRoots | Scope::Everybody => true,
        };
        let group = scope == Scope::Everybody;
        let mut waits = false;
        for pid in self.known_by_number(group) {
            if in_scope(&pid) && NOTIFIED.insert(pid) {
                if sys::kill(pid, Signal::TERM).is_err_and(is_refusal) {
                    REFUSED.insert(pid);
                }
                let _ = sys::kill(pid, Signal::CONT);
            }
            waits |= !REFUSED.contains(pid);
        }
        self.untouchable.set(!waits);
    }

    /// Sends `signal` to everybody.
    pub(super) fn without_proc(&self, signal: Signal) -> Result<(), Errno> {
        if self.first {
            return sys::kill(EVERYBODY, signal);
        }
        for pid in self.known_by_number(true) {
            if signal.ends() {
                NOTIFIED.insert(pid);
            }
            let _ = sys::kill(pid, signal);
        }
        Ok(())
    }

    /// init's children, and with `group` the main child's group, by trying every number.
    fn known_by_number(&self, group: bool) -> impl Iterator<Item = Pid> {
        let numbers =
            (2..=highest_number(self.main)).map(Pid::from_raw).filter(|pid| *pid != self.own);
        let in_group = move |pid: Pid| group && getpgid(Some(pid)) == Ok(self.main);
        numbers.filter(move |pid| sys::is_child(*pid) || in_group(*pid))
    }
}

/// The highest number that a process can have that is younger than `main`. Numbers are handed
/// out in turn, so a new process shows how far they have come.
pub fn highest_number(main: Pid) -> i32 {
    let newest = sys::vfork(Namespaces::NONE, &mut || 0).map_or(0, |pid| {
        sys::reap(pid);
        pid.as_raw()
    });
    let main = main.as_raw();
    let [default, most] = PID_MAX;
    if newest > main || main <= default { newest.max(default) } else { most }
}
