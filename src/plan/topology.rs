//! Which processes stand between outer and the app.

use crate::namespaces::{Namespace, Namespaces};

/// What is between outer and the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// Nothing: outer's child becomes the app.
    Direct,
    /// An inner that is PID 1 of a new PID namespace.
    Pid1,
    /// An inner that is a subreaper only.
    Subreaper,
}

impl Topology {
    /// The topology that these new namespaces need. Only a child of the process that has
    /// unshared time gets the new clocks, so a time namespace needs an inner too, and so does an
    /// app that `nests`: who is in the namespace above that of the app writes its id maps.
    pub fn of(new: Namespaces, nests: bool) -> Topology {
        if new.contains(Namespace::Pid) {
            Topology::Pid1
        } else if new.contains(Namespace::Time) || nests {
            Topology::Subreaper
        } else {
            Topology::Direct
        }
    }
}
