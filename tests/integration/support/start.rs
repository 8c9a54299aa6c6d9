//! A program to be started, and how.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::*;

/// A program to be started: init unless said otherwise.
pub struct Start {
    program: OsString,
    args: Vec<OsString>,
    first: bool,
    user: Option<u32>,
    env: Vec<(String, String)>,
    dir: Option<PathBuf>,
    stdio: [Stdio; 3],
    set_up: Vec<Box<dyn FnMut() + Send + Sync>>,
    marker: String,
}

/// init, with these arguments.
pub fn init<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Start {
    Start::new(init_path(), args)
}

/// init with these options; the command is the probe with these arguments.
pub fn init_probe(options: &[&str], probe: &[&str]) -> Start {
    let path = probe_path();
    let words = options.iter().map(OsString::from).chain([OsString::from("--"), path.into()]);
    init(words.chain(probe.iter().map(OsString::from)).collect::<Vec<_>>())
}

impl Start {
    pub fn new<A: AsRef<OsStr>>(
        program: impl Into<OsString>,
        args: impl IntoIterator<Item = A>,
    ) -> Start {
        Start {
            program: program.into(),
            args: args.into_iter().map(|a| a.as_ref().to_owned()).collect(),
            first: false,
            user: None,
            env: Vec::new(),
            dir: None,
            stdio: [Stdio::null(), Stdio::piped(), Stdio::piped()],
            set_up: Vec::new(),
            marker: marker(),
        }
    }

    /// When `first`, runs the program as PID 1 of a new PID namespace with its own `/proc`.
    #[allow(clippy::wrong_self_convention)]
    pub fn as_pid1(mut self, first: bool) -> Start {
        self.first = first;
        self
    }

    /// Runs the program as a user with no other process, when the tests run as root. For tests
    /// that queue signals: the kernel counts the queued signals of a user (RLIMIT_SIGPENDING of
    /// getrlimit(2)), and those of another program may have used up root's number.
    pub fn with_own_user(mut self) -> Start {
        self.user = root().then(own_user);
        self
    }

    pub fn env(mut self, key: &str, value: &str) -> Start {
        self.env.push((key.to_owned(), value.to_owned()));
        self
    }

    pub fn current_dir(mut self, dir: &Path) -> Start {
        self.dir = Some(dir.to_owned());
        self
    }

    /// Gives the program this marker instead of a new one.
    pub fn marked(mut self, marker: &str) -> Start {
        self.marker = marker.to_owned();
        self
    }

    /// Replaces descriptor 0, 1 or 2.
    pub fn stdio(mut self, fd: usize, stdio: impl Into<Stdio>) -> Start {
        self.stdio[fd] = stdio.into();
        self
    }

    /// Runs `set_up` in the new process right before its exec.
    pub fn before_exec(mut self, set_up: impl FnMut() + Send + Sync + 'static) -> Start {
        self.set_up.push(Box::new(set_up));
        self
    }

    fn words(&self) -> Vec<OsString> {
        let user = ["-U", "-r"].into_iter().filter(|_| !root());
        let unshare = ["-p", "-f", "--mount-proc", "--kill-child"].into_iter();
        let unshare = unshare.chain(user).chain(["--"]).map(OsString::from);
        // An absolute path, because a test may change PATH for the program.
        let unshare = std::iter::once(which("unshare").into_os_string()).chain(unshare);
        let change = self.user.into_iter().flat_map(|user| {
            let options = ["reuid", "regid"].map(|id| format!("--{id}={user}"));
            let setpriv = which("setpriv").into_os_string();
            let options = options.into_iter().chain(["--clear-groups".to_owned()]);
            std::iter::once(setpriv).chain(options.map(OsString::from))
        });
        let own = std::iter::once(&self.program).chain(&self.args);
        unshare.filter(|_| self.first).chain(change).chain(own.cloned()).collect()
    }

    pub fn start(mut self) -> Running {
        lengthen_signal_queue();
        let words = self.words();
        let shown = format!("{words:?}");
        let marker = self.marker;
        let mut command = Command::new(&words[0]);
        let [stdin, stdout, stderr] = self.stdio;
        command.args(&words[1..]).envs(self.env).env("INIT_TEST_MARKER", &marker);
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        if let Some(dir) = self.dir {
            command.current_dir(dir);
        }
        let mut set_up = std::mem::take(&mut self.set_up);
        if !set_up.is_empty() {
            let all = move || {
                set_up.iter_mut().for_each(|f| f());
                Ok(())
            };
            unsafe { command.pre_exec(all) };
        }
        let child = command.spawn().unwrap_or_else(|e| panic!("{shown}: {e}"));
        Running::of(child, shown, self.first, marker)
    }

    /// Starts it and waits for its end.
    #[track_caller]
    pub fn run(self) -> Finished {
        self.start().finish()
    }
}
