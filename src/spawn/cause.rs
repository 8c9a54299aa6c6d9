//! Why the kernel did not run the command. In: the plan and the errno. Out: a hint. To be
//! called in the process that failed, or in its parent when that has the same root and ids.
//! Looks at files, and allocates: there is no app.

use std::ffi::CStr;

use nix::errno::Errno;
use nix::unistd::chdir;

use super::path;
use crate::config::sandbox::Resource;
use crate::diagnosis::Hint;
use crate::diagnosis::command::{self, Command};
use crate::plan::AppPlan;
use crate::plan::app::Step;
use crate::sys;

/// Takes the place of the process that looked for the command: its directory and its ids. Our
/// process must have nothing left to do in its own.
pub fn take_place(plan: &AppPlan) {
    for step in plan.steps.iter() {
        // The app's process could do it too, or it would not have come to the exec.
        let _ = match step {
            Step::Directory(directory) => {
                path::terminated(directory, chdir::<CStr>).unwrap_or(Ok(()))
            }
            Step::Groups(groups) => sys::set_groups(groups),
            Step::Group(id) => sys::set_group(id),
            Step::User { id, .. } => sys::set_user(id),
            _ => Ok(()),
        };
    }
}

/// Why the exec failed with `errno`.
pub fn of_exec(plan: &AppPlan, errno: Errno) -> Option<Hint> {
    let words = || plan.command.iter().chain(plan.environment.entries.iter());
    let lengths = || words().map(|word| word.to_bytes().len() + 1);
    let name = plan.command.get(0)?;
    let mut candidates = Vec::new();
    path::candidates(name.as_c_str(), plan.environment.path, |path| {
        candidates.push(path.to_owned());
        true
    });
    let observed = Command::observe(name.as_c_str(), &candidates, errno);
    let limit = |resource| {
        let limits = plan.steps.iter().filter_map(|step| match step {
            Step::Limit(limit) if limit.resource == resource => Some(limit.soft),
            _ => None,
        });
        limits.last()
    };
    command::explain(
        errno,
        &Command {
            path: plan.environment.path.map(|path| path.to_bytes().to_vec()),
            default_path: path::DEFAULT_PATH,
            process_limit: limit(Resource::NPROC).or(observed.process_limit),
            address_space: limit(Resource::AS),
            all_words: lengths().sum(),
            longest_word: lengths().max().unwrap_or_default(),
            ..observed
        },
    )
}
