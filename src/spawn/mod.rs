//! Starts the main child by a plan.
//!
//! In: `SpawnPlan`. Out: the pid of a child that has become the app, or the reason why
//! it has not. The half that runs in the child allocates, logs and panics never: it
//! shares init's memory (see `sys::vfork`).

mod path;
pub mod terminal;

use std::ffi::CStr;

use nix::errno::Errno;
use nix::unistd::{AccessFlags, Pid, access, getpid, getppid, setpgid, setsid};

use crate::error::Error;
use crate::exit;
use crate::namespaces::Namespaces;
use crate::plan::{SpawnPlan, Step};
use crate::signals::Signal;
use crate::sys::{self, NumberEntry, STDIN, Strings};
use path::PathBuffer;

/// What the child could not do.
#[derive(Clone, Copy)]
enum Failure {
    Step(&'static str, Errno),
    Exec(Errno),
}

/// Starts the main child, and returns once it runs the command.
///
/// # Errors
/// Status 125 when there is no child or a step of the plan failed, 126 or 127 when the
/// command cannot be run.
pub fn spawn(plan: &SpawnPlan, env: Strings) -> Result<Pid, Error> {
    let name = plan.command.get(0).map_or(&[][..], |name| name.to_bytes());
    let mut failure = None;
    let listen_pid = NumberEntry::new(b"LISTEN_PID=");
    let mut start = || {
        sys::vfork(Namespaces::default(), &mut || {
            if plan.listen_entry.is_some() {
                listen_pid.append_number(getpid().as_raw().unsigned_abs());
            }
            failure = Some(run_in_child(plan, env));
            // Nobody sees this status: the parent finds `failure` first.
            i32::from(exit::INIT_FAILED)
        })
    };
    let child = match plan.listen_entry {
        Some(entry) => env.with_entry(entry, &listen_pid, start),
        None => start(),
    };
    let pid = child.map_err(|errno| Error {
        operation: "clone",
        object: &[],
        errno,
        remedy: (errno == Errno::EAGAIN)
            .then_some("a process limit is reached; raise pids.max or RLIMIT_NPROC"),
        status: exit::INIT_FAILED,
    })?;
    let Some(failure) = failure else { return Ok(pid) };
    sys::reap(pid);
    if plan.steps().any(|step| step == Step::Foreground) {
        terminal::take_back(STDIN, pid);
    }
    Err(match failure {
        Failure::Step(operation, errno) => {
            Error { operation, object: &[], errno, remedy: None, status: exit::INIT_FAILED }
        }
        Failure::Exec(errno) => Error {
            operation: "exec",
            object: name,
            errno,
            remedy: None,
            status: exit::exec_failed(errno),
        },
    })
}

fn run_in_child(plan: &SpawnPlan, env: Strings) -> Failure {
    for step in plan.steps() {
        if let Err(failure) = run_step(step) {
            return failure;
        }
    }
    Failure::Exec(exec_in_path(plan, env))
}

fn run_step(step: Step) -> Result<(), Failure> {
    let own = Pid::from_raw(0);
    match step {
        // The parent is suspended until exec, so nobody can look for the group before
        // it exists, and a setpgid from that side would have nothing to add.
        Step::ProcessGroup => setpgid(own, own).map_err(|e| Failure::Step("setpgid", e))?,
        Step::Session => drop(setsid().map_err(|e| Failure::Step("setsid", e))?),
        Step::DieWith(init) => die_with(init),
        Step::ForgetPending => while sys::take_signal(Some(std::time::Duration::ZERO)).is_ok() {},
        Step::Foreground => terminal::give(STDIN, getpid()),
        Step::ControllingTerminal => terminal::control(),
        Step::IgnoreChildSignal => drop(sys::ignore_child_signal(true)),
        Step::Mask(mask) => drop(sys::set_signal_mask(mask)),
    }
    Ok(())
}

/// A refusal leaves the app as other inits have it: alive when init is killed.
fn die_with(init: Pid) {
    let _ = sys::set_parent_death_signal(Signal::KILL);
    // Killed before that: nobody will tell.
    if getppid() != init {
        let _ = sys::kill(getpid(), Signal::KILL);
    }
}

/// Execs as execvp(3) does: along PATH, past entries that cannot hold the command, and
/// with `/bin/sh` for a script without `#!`.
fn exec_in_path(plan: &SpawnPlan, env: Strings) -> Errno {
    let Some(name) = plan.command.get(0) else { return Errno::ENOENT };
    let mut last = Errno::ENOENT;
    let mut denied = false;
    path::candidates(name.as_c_str(), plan.path, &mut PathBuffer::new(), |path| {
        last = match sys::exec(path, plan.command, env) {
            Errno::ENOEXEC => sys::exec_script(path, plan.command, env),
            errno => errno,
        };
        denied |= last == Errno::EACCES && found(path);
        matches!(
            last,
            Errno::EACCES
                | Errno::ENOENT
                | Errno::ENOTDIR
                | Errno::ESTALE
                | Errno::ENODEV
                | Errno::ETIMEDOUT
        )
    });
    match last {
        // One that was there and not ours to run says more than one that was nowhere.
        _ if denied => Errno::EACCES,
        // In a directory of PATH that is closed to us: nothing says that it is there.
        Errno::EACCES if !name.to_bytes().contains(&b'/') => Errno::ENOENT,
        last => last,
    }
}

fn found(path: &CStr) -> bool {
    access(path, AccessFlags::F_OK).is_ok()
}
