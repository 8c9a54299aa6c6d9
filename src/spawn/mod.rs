//! Starts the main child by a plan.
//!
//! In: `AppPlan`. Out: the pid of a child that has become the app, or the reason why
//! it has not. The half that runs in the child allocates, logs and panics never: it
//! shares init's memory (see `sys::vfork`).

mod capabilities;
pub mod descriptors;
mod directory;
mod environment;
mod path;

use std::ffi::CStr;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::sys::prctl;
use nix::unistd::{AccessFlags, Pid, eaccess, getpid, getppid, setpgid, setsid};

use crate::config::environment::AppEnvironment;
use crate::diagnosis::{self, Observed};
use crate::exit;
use crate::files;
use crate::messages::Error;
use crate::namespaces::Namespaces;
use crate::plan::AppPlan;
use crate::plan::app::Step;
use crate::signals::{Signal, SignalSet};
use crate::sys::{self, STDIN, Strings};
use crate::terminal;
pub use environment::{Numbers, with_numbers};

/// Runs scripts that do not name their interpreter.
const SHELL: &CStr = c"/bin/sh";

/// Why there is no app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No child was to be had.
    Clone(Errno),
    /// The child failed at this step of the plan, counted from 0.
    Step(u32, Errno),
    /// The kernel does not run the command.
    Exec(Errno),
}

impl Failure {
    /// The kernel's answer.
    pub fn errno(self) -> Errno {
        match self {
            Failure::Clone(errno) | Failure::Step(_, errno) | Failure::Exec(errno) => errno,
        }
    }

    /// In the words that init ends with.
    pub fn explain(self, plan: &AppPlan) -> Error {
        let failed = |operation, object, errno| Error {
            operation,
            object,
            errno,
            remedy: None,
            status: exit::INIT_FAILED,
        };
        // Nothing has to be looked at for these.
        let why = |step, errno| {
            let hint = diagnosis::explain(step, errno, Namespaces::NONE, &Observed::default());
            hint.map(|hint| hint.to_string().into())
        };
        match self {
            Failure::Clone(errno) => Error {
                remedy: why(diagnosis::Attempt::Create, errno),
                ..failed("clone", &[], errno)
            },
            Failure::Step(n, errno) => {
                let step = usize::try_from(n).ok().and_then(|n| plan.steps.iter().nth(n));
                let (operation, object) = step.map_or(("start", &[][..]), |step| {
                    let step = step.describe();
                    (step.operation, step.object)
                });
                failed(operation, object, errno)
            }
            Failure::Exec(errno) => {
                let name = plan.command.get(0).map_or(&[][..], |name| name.to_bytes());
                let exists = is_there(plan);
                Error {
                    remedy: why(diagnosis::Attempt::Exec { exists }, errno),
                    status: exit::exec_failed(errno),
                    ..failed("exec", name, errno)
                }
            }
        }
    }
}

/// Is the command's file there?
fn is_there(plan: &AppPlan) -> bool {
    let Some(name) = plan.command.get(0) else { return false };
    let mut found = false;
    path::candidates(name.as_c_str(), plan.environment.path, |path| {
        found = eaccess(path, AccessFlags::F_OK).is_ok();
        !found
    });
    found
}

/// Starts the main child of this process, whose number is `own`, and returns once the child
/// runs the command.
///
/// # Errors
/// There is no child, a step of the plan failed, or the command cannot be run.
pub fn spawn(plan: &AppPlan, own: Pid) -> Result<Pid, Failure> {
    let mut failure = None;
    let mut forgotten = SignalSet::NONE;
    let child = with_numbers(&plan.environment, |numbers| {
        sys::vfork(Namespaces::NONE, &mut || {
            failure = Some(become_app(plan, own, numbers, None, &mut forgotten));
            // Nobody sees this status: the parent finds `failure` first.
            i32::from(exit::INIT_FAILED)
        })
    });
    let pid = child.map_err(Failure::Clone)?;
    let Some(failure) = failure else {
        send_again(pid, forgotten);
        return Ok(pid);
    };
    sys::reap(pid);
    if plan.steps.iter().any(|step| step == Step::Foreground) {
        terminal::take_back(STDIN, pid);
    }
    Err(failure)
}

/// What the child forgot, and what it may not have been stopped by, is for the app.
fn send_again(child: Pid, forgotten: SignalSet) {
    let mut signals = forgotten;
    if signals != SignalSet::NONE {
        // What came to the whole group came to init too, which has not taken it yet.
        signals = signals.without(sys::pending_signals());
    }
    if sys::stop_noted() {
        signals = signals.with(Signal::TSTP);
    }
    for signal in Signal::all().filter(|signal| signals.contains(*signal)) {
        let _ = sys::kill(child, signal);
    }
}

/// Turns this process into the app, by the steps of the plan; returns only why not.
/// `link` is what its parent would hear of that by, where they do not share memory;
/// `forgotten` gets the signals that came too early for the app.
pub fn become_app(
    plan: &AppPlan,
    parent: Pid,
    numbers: &Numbers,
    link: Option<BorrowedFd<'_>>,
    forgotten: &mut SignalSet,
) -> Failure {
    numbers.fill();
    for (n, step) in (0..).zip(plan.steps.iter()) {
        if let Err(errno) = run_step(step, parent, link, forgotten) {
            return Failure::Step(n, errno);
        }
    }
    Failure::Exec(exec_in_path(plan))
}

fn run_step(
    step: Step,
    parent: Pid,
    link: Option<BorrowedFd<'_>>,
    forgotten: &mut SignalSet,
) -> Result<(), Errno> {
    let own = Pid::from_raw(0);
    match step {
        // The parent waits until exec, so nobody can look for the group before it
        // exists, and a setpgid from that side would have nothing to add.
        Step::ProcessGroup => setpgid(own, own)?,
        Step::Session => drop(setsid()?),
        Step::DieWithParent => die_with(parent)?,
        Step::ForgetPending => forget_pending(forgotten)?,
        Step::Foreground => terminal::give(STDIN, getpid()),
        Step::ControllingTerminal => terminal::control(),
        Step::Stderr(fd) => sys::redirect_stderr(fd)?,
        Step::Directory(path) => directory::enter(path)?,
        Step::Capabilities(drop, add) => capabilities::drop_and_add(drop, add)?,
        Step::NoNewPrivs => prctl::set_no_new_privs()?,
        Step::CloseFrom(first) => descriptors::close_from(first, [link, None, None, None]),
        Step::IgnoreChildSignal => drop(sys::ignore_child_signal(true)),
        Step::NoteStop => sys::note_stop(),
        Step::Mask(mask) => drop(sys::set_signal_mask(mask)),
    }
    Ok(())
}

/// A refusal is one to init as well, which could take no signal and see no child end.
fn forget_pending(forgotten: &mut SignalSet) -> Result<(), Errno> {
    loop {
        match sys::take_signal(Some(Duration::ZERO)) {
            Ok(info) => {
                *forgotten = info.signal().map_or(*forgotten, |signal| forgotten.with(signal));
            }
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => return Ok(()),
            Err(errno) => return Err(errno),
        }
    }
}

/// A refusal leaves the app as other inits have it: alive when init is killed. Was init
/// killed before that, or does a filter refuse to say so, then there is no start.
fn die_with(init: Pid) -> Result<(), Errno> {
    let _ = sys::set_parent_death_signal(Signal::KILL);
    if getppid() == init { Ok(()) } else { Err(Errno::ESRCH) }
}

/// Execs as execvp(3) does: along PATH, past entries that cannot hold the command, and
/// with `/bin/sh` for a script without `#!`. To a program of another machine a shell has
/// nothing to say, so that stays ENOEXEC.
fn exec_in_path(plan: &AppPlan) -> Errno {
    let Some(name) = plan.command.get(0) else { return Errno::ENOENT };
    let AppEnvironment { entries: env, path: search, .. } = plan.environment;
    let mut last = Errno::ENOENT;
    let mut denied = false;
    path::candidates(name.as_c_str(), search, |path| {
        last = match sys::exec(path, plan.command, env) {
            Errno::ENOEXEC if is_text(path) => exec_script(path, plan.command, env),
            errno => errno,
        };
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
        // One that was there and not ours to run says more than one that was nowhere.
        _ if denied => Errno::EACCES,
        // About an entry of PATH, one that is closed to us or no directory: nothing says that
        // the command is there.
        Errno::EACCES | Errno::ENOTDIR | Errno::ENAMETOOLONG
            if !name.to_bytes().contains(&b'/') =>
        {
            Errno::ENOENT
        }
        last => last,
    }
}

/// Runs `path` as a script of the shell. Without a shell it stays ENOEXEC.
fn exec_script(path: &CStr, argv: Strings, env: Strings) -> Errno {
    argv.with_first_replaced([SHELL, path], |argv| sys::exec(SHELL, argv, env));
    Errno::ENOEXEC
}

/// May it be a script? Shells have it so: the first line of a text has no NUL.
fn is_text(path: &CStr) -> bool {
    let mut start = [0; 128];
    let start = files::read(AT_FDCWD, path, &mut start).unwrap_or_default();
    start.split(|byte| *byte == b'\n').next().is_none_or(|line| !line.contains(&0))
}
