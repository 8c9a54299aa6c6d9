//! `--report`: one JSON object about the whole run, written at its end.
//!
//! In: what happens, as it happens. Out: at most 4,096 bytes, in one write into a file that
//! was opened before the spawn. Nothing is allocated after that. A list that does not fit is
//! cut; its count is not.

use std::borrow::Cow;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use log::warn;
use nix::errno::Errno;
use nix::sys::stat::{SFlag, dev_t, fstat, makedev, stat};
use nix::unistd::{Pid, write};

use super::deadlines::Time;
use super::event_loop::now;
use super::oom::Counter;
use super::policy::Source;
use super::procfs::Process;
use crate::config::Config;
use crate::exit::{self, Ended};
use crate::files;
use crate::messages::Error;
use crate::signals::Signal;
use crate::sys::{self, Usage};
use lists::end;
use object::Object;

mod lists;
mod object;

#[cfg(test)]
mod tests;

#[cfg(any(test, fuzzing))]
#[path = "../../tests/fuzz/bodies/report.rs"]
pub mod fuzz;

/// The size of Kubernetes' termination message, and what one write to a pipe keeps whole.
const REPORT_MAX: usize = 4096;
/// Room for everything but the lists and the command.
const REST_MAX: usize = 512;
/// Room for the list of killed processes, and the number of them that is kept.
const KILLED_MAX: usize = 1280;
const KILLED_COUNT: usize = 64;
/// Room for the list of how survivors ended, and the number of survivors that is kept.
const ENDED_MAX: usize = 640;
const ENDED_COUNT: usize = 32;
/// The longest command that is written in full.
const COMMAND_MAX: usize = 256;
// Each byte of the command takes six at worst: `\u0001`.
const _: () = assert!(6 * COMMAND_MAX + KILLED_MAX + ENDED_MAX + REST_MAX <= REPORT_MAX);

/// The device of the controlling terminal, `/dev/tty`.
const TERMINAL: dev_t = makedev(5, 0);

/// What is known so far.
pub struct Report {
    fd: OwnedFd,
    /// The file has a name.
    linked: bool,
    command: &'static [u8],
    pid: Option<Pid>,
    started: Time,
    ended_at: Option<Time>,
    ended: Option<Ended>,
    usage: Usage,
    forwarded: [Sent; 64],
    survivors: Option<u32>,
    /// The first survivors, and how they ended.
    ends: [Option<(Process, Option<Ended>)>; ENDED_COUNT],
    killed: [Option<Process>; KILLED_COUNT],
    killed_count: u32,
    reaped: u32,
    oom: Option<Counter>,
}

/// Why a file that exists leads to nothing (ENXIO).
fn nobody_there(path: &[u8]) -> Option<&'static str> {
    let found = stat(path).ok()?;
    match SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFIFO => Some("nobody reads this FIFO"),
        SFlag::S_IFSOCK => Some("it is a socket"),
        SFlag::S_IFCHR if found.st_rdev == TERMINAL => Some("there is no terminal"),
        _ => None,
    }
}

#[derive(Clone, Copy, Default)]
struct Sent {
    count: u32,
    first: Time,
}

impl Report {
    /// Opens the file that `config` names, if it names one.
    ///
    /// # Errors
    /// The file cannot be opened for writing: status 125.
    pub fn open(config: &Config) -> Result<Option<Box<Report>>, Error> {
        config.report.map(|path| Report::create(path, config)).transpose()
    }

    /// On the heap and not inlined: on the stack, a start without a report would touch its
    /// pages too.
    #[cold]
    #[inline(never)]
    fn create(path: &'static [u8], config: &Config) -> Result<Box<Report>, Error> {
        let fd = files::create(path).map_err(|errno| Error {
            operation: "open report",
            object: path,
            errno,
            remedy: (errno == Errno::ENXIO).then(|| nobody_there(path)).flatten().map(Cow::from),
            status: exit::INIT_FAILED,
        })?;
        let name = config.command.get(0).map_or(&[][..], |name| name.to_bytes());
        let mut report = Box::new(Report::new(fd, name));
        report.linked = report.has_name();
        report.oom = Counter::find();
        Ok(report)
    }

    /// Nothing has happened yet.
    fn new(fd: OwnedFd, command: &'static [u8]) -> Report {
        Report {
            fd,
            linked: false,
            command,
            pid: None,
            started: now(),
            ended_at: None,
            ended: None,
            usage: Usage::default(),
            forwarded: [Sent::default(); 64],
            survivors: Some(0),
            ends: [None; ENDED_COUNT],
            killed: [None; KILLED_COUNT],
            killed_count: 0,
            reaped: 0,
            oom: None,
        }
    }

    /// The file's descriptor.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Has the file a name? It has none when it was removed.
    fn has_name(&self) -> bool {
        // The count's type differs between architectures.
        fstat(&self.fd).is_ok_and(|found| found.st_nlink > 0)
    }

    /// The main child runs.
    pub fn started(&mut self, pid: Pid) {
        self.pid = Some(pid);
    }

    /// A signal went out that somebody had sent.
    pub fn forwarded(&mut self, signal: Signal, source: Source) {
        let at = now();
        let entry = self.forwarded.get_mut(signal.number() as usize - 1);
        if let Some(entry) = entry.filter(|_| source != Source::Init) {
            if entry.count == 0 {
                entry.first = at;
            }
            entry.count = entry.count.saturating_add(1);
        }
    }

    /// The main child is gone.
    pub fn main_ended(&mut self, ended: Ended, usage: Usage) {
        self.ended = Some(ended);
        self.ended_at = Some(now());
        self.usage = usage;
    }

    /// A process has outlived the main child.
    pub fn survivor(&mut self, process: &Process) {
        if let Some(place) = self.ends.iter_mut().find(|place| place.is_none()) {
            *place = Some((*process, None));
        }
        self.survivors = self.survivors.map(|count| count.saturating_add(1));
    }

    /// How many survivors there are cannot be told.
    pub fn survivors_unknown(&mut self) {
        self.survivors = None;
    }

    /// Another child was reaped.
    pub fn reaped(&mut self, pid: Pid, ended: Ended) {
        self.reaped = self.reaped.saturating_add(1);
        let survivor = self.ends.iter_mut().flatten().find(|(process, _)| process.pid == pid);
        if let Some((_, how)) = survivor {
            how.get_or_insert(ended);
        }
    }

    /// A survivor was killed; `None` when no look has seen it.
    pub fn killed(&mut self, process: Option<&Process>) {
        if let Some(place) = self.killed.iter_mut().find(|place| place.is_none()) {
            *place = process.copied();
        }
        self.killed_count = self.killed_count.saturating_add(1);
    }

    /// Writes the report. A failure costs a warning.
    pub fn write(&self, status: u8, timed_out: bool) {
        let mut object = self.object(status, timed_out);
        let text = object.as_line();
        let removed = || self.linked && !self.has_name();
        match write(&self.fd, text) {
            Ok(n) if n < text.len() => warn!("write report: cut after {n} bytes"),
            Ok(_) if removed() => warn!("write report: the file was removed"),
            Ok(_) => {}
            Err(errno) => warn!("write report: {}", sys::describe(errno)),
        }
    }

    fn object(&self, status: u8, timed_out: bool) -> Object {
        let (killed, ends) = (self.killed_list(), self.ended_list());
        let mut out = Object::new();
        out.add(b"{");
        out.string("version", env!("CARGO_PKG_VERSION").as_bytes());
        out.string("command", self.command.get(..COMMAND_MAX).unwrap_or(self.command));
        out.number("pid", self.pid.map(|pid| pid.as_raw() as u64));
        if let Some(ended) = self.ended {
            end(&mut out, ended);
        }
        out.key("core_dumped");
        let core_dumped = matches!(self.ended, Some(Ended::Signaled(_, true)));
        out.add(if core_dumped { b"true" } else { b"false" });
        out.number("status", Some(status.into()));
        out.string("reason", self.reason(timed_out).as_bytes());
        out.key("forwarded");
        self.signals(&mut out, REST_MAX + killed.as_bytes().len() + ends.as_bytes().len());
        out.number("survivors", self.survivors.map(u64::from));
        for (key, list) in [("ended", &ends), ("killed", &killed)] {
            out.key(key);
            out.add(list.as_bytes());
        }
        let duration = self.ended_at.unwrap_or_else(now).since(self.started);
        for (key, value) in [
            ("killed_count", Some(self.killed_count.into())),
            ("reaped", Some(self.reaped.into())),
            ("oom_kills", self.oom.as_ref().and_then(Counter::since)),
            ("duration_ms", Some(duration.as_millis() as u64)),
            ("user_ms", Some(self.usage.user_ms)),
            ("system_ms", Some(self.usage.system_ms)),
            ("max_rss_kb", Some(self.usage.max_rss_kb)),
        ] {
            out.number(key, value);
        }
        out.add(b"}");
        out
    }

    fn reason(&self, timed_out: bool) -> &'static str {
        match self.ended {
            None => "not_started",
            Some(_) if timed_out => "timeout",
            Some(Ended::Exited(_)) => "exited",
            Some(Ended::Signaled(..)) => "signaled",
        }
    }
}
