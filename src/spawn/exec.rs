//! The exec, as execvp(3) does it. In: an `AppPlan`. Out: the errno that says most about why
//! there was no exec. Runs in the app's own process: nothing here may allocate or panic.

use std::ffi::CStr;

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::unistd::{AccessFlags, eaccess};

use super::path;
use crate::config::environment::AppEnvironment;
use crate::files;
use crate::plan::AppPlan;
use crate::sys::{self, Strings};

/// Runs scripts that do not name their interpreter.
const SHELL: &CStr = c"/bin/sh";

/// Execs the command as execvp(3) does: along PATH, past entries that cannot hold it, and
/// with `/bin/sh` for a script without `#!`. A binary for another architecture is no script:
/// it stays ENOEXEC. Returns only why there was no exec.
pub fn exec(plan: &AppPlan) -> Errno {
    let Some(name) = plan.command.get(0) else { return Errno::ENOENT };
    let AppEnvironment { entries: env, path: search, .. } = plan.environment;
    let mut last = Errno::ENOENT;
    let mut denied = false;
    let alone = name.to_bytes().contains(&b'/');
    path::candidates(name.as_c_str(), search, |path| {
        last = sys::exec(path, plan.command, env);
        // A filter of the app's may kill this process for the next call. Where that is another exec,
        // along PATH, nothing is decided yet, and somebody else may have killed it.
        if alone {
            sys::note_failure(last as u64);
        }
        if last == Errno::ENOEXEC && is_text(path) {
            sys::note_failure(0);
            exec_script(path, plan.command, env);
        }
        denied |= last == Errno::EACCES && eaccess(path, AccessFlags::F_OK).is_ok();
        matches!(
            last,
            Errno::EACCES
                | Errno::ENOENT
                | Errno::ENOTDIR
                | Errno::ENAMETOOLONG
                | Errno::ESTALE
                | Errno::ENODEV
                | Errno::ETIMEDOUT
        )
    });
    match last {
        // A file that we may not execute is a better answer than no file.
        _ if denied => Errno::EACCES,
        // On an entry of PATH these errors do not show that the command exists.
        Errno::EACCES | Errno::ENOTDIR | Errno::ENAMETOOLONG if !alone => Errno::ENOENT,
        last => last,
    }
}

/// Runs the file as a script of the shell; returns if that cannot run.
fn exec_script(path: &CStr, argv: Strings, env: Strings) {
    argv.with_first_replaced([SHELL, path], |argv| sys::exec(SHELL, argv, env));
}

/// Can the file be a script? Shells take it for text when its first line has no NUL.
fn is_text(path: &CStr) -> bool {
    let mut start = [0; 128];
    let start = files::read(AT_FDCWD, path, &mut start).unwrap_or_default();
    start.split(|byte| *byte == b'\n').next().is_none_or(|line| !line.contains(&0))
}
