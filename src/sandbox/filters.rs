//! The filters of `--seccomp`.
//!
//! In: the files' names. Out: their programs, read before there is a child, or the error that
//! init ends with. Never waits for who writes a file: only regular files are read.

use nix::errno::Errno;

use crate::config::sandbox::Sandbox;
use crate::exit;
use crate::files;
use crate::messages::Error;
use crate::seccomp::{self, Filter, LENGTH_MAX, Refused};
use crate::sys::Strings;
use crate::text::Excerpt;

/// Reads the filters. One that would refuse the exec of the command is refused here.
///
/// # Errors
/// A file that cannot be read, or is no program: 125. A filter that does not let the command
/// start: 126.
pub fn read(sandbox: &Sandbox, command: Strings) -> Result<&'static [Filter], Error> {
    let mut filters = Vec::new();
    for file in &sandbox.seccomp {
        filters.push(read_one(file)?);
    }
    for filter in &filters {
        if let Some(refused) = seccomp::refuses_exec(filter.program) {
            return Err(no_exec(filter.file, refused, command));
        }
    }
    Ok(filters.leak())
}

fn read_one(file: &'static [u8]) -> Result<Filter, Error> {
    let failed = |errno, said: Option<&'static str>| {
        let (operation, status) = ("read filter", exit::INIT_FAILED);
        Error { operation, object: file, errno, remedy: said.map(Into::into), status }
    };
    // One byte more shows that it is too long.
    let program = files::read_regular(file, LENGTH_MAX + 1);
    let program = program.map_err(|errno| failed(errno, None))?;
    let Some(program) = program else {
        let said = "it is not a regular file; write the program to one first";
        return Err(failed(Errno::UnknownErrno, Some(said)));
    };
    match seccomp::fault(&program) {
        None => Ok(Filter { file, program: program.leak() }),
        fault => Err(failed(Errno::UnknownErrno, fault)),
    }
}

fn no_exec(file: &'static [u8], refused: Refused, command: Strings) -> Error {
    let file = Excerpt(file);
    let (errno, does) = match refused {
        Refused::Fails(errno) => (errno, "refuses execve"),
        Refused::Killed => (Errno::EPERM, "kills who calls execve"),
    };
    let remedy = format!("the filter {file} of --seccomp {does}; allow it there");
    let object = command.get(0).map_or(&[][..], |name| name.to_bytes());
    let status = exit::exec_failed(Errno::EPERM);
    Error { operation: "exec", object, errno, remedy: Some(remedy.into()), status }
}
