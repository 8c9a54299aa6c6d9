//! The one shape of an error that ends init before the main child runs.
//!
//! In: operation, object, errno and, where there is one, a remedy. Out: the text of one
//! line. Who meets a failure returns it; only `main` prints it, once.

use std::borrow::Cow;
use std::fmt;

use nix::errno::Errno;

use crate::exit;
use crate::sys;
use crate::text::Excerpt;

/// A failed step of the set-up, or a failed exec.
#[derive(Clone, Debug)]
pub struct Error {
    /// What was tried, in the kernel's words: `clone`, `exec`.
    pub operation: &'static str,
    /// What it was tried on; may be empty.
    pub object: &'static [u8],
    /// The kernel's answer; `UnknownErrno` where the kernel was not asked, and then `remedy`
    /// gives the reason.
    pub errno: Errno,
    /// The cause, where it is known, and what the user can do about it.
    pub remedy: Option<Cow<'static, str>>,
    /// init's exit status.
    pub status: u8,
}

impl Error {
    /// A system call of the set-up that failed, without more to say about it.
    pub fn set_up(operation: &'static str, errno: Errno) -> Error {
        Error { operation, object: b"", errno, remedy: None, status: exit::INIT_FAILED }
    }

    /// Why it failed, with the remedy: what every personality says of it.
    pub fn reason(&self) -> impl fmt::Display {
        fmt::from_fn(|f| match &self.remedy {
            Some(reason) if self.errno == Errno::UnknownErrno => f.write_str(reason),
            Some(remedy) => write!(f, "{} ({remedy})", sys::describe(self.errno)),
            None => f.write_str(sys::describe(self.errno)),
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation)?;
        if !self.object.is_empty() {
            write!(f, " {}", Excerpt(self.object))?;
        }
        write!(f, ": {}", self.reason())
    }
}
