//! `--report`: one JSON object at the end about the whole run.
//!
//! In: what happened, as it happens. Out: at most 4,096 bytes, written at once into a
//! file that was opened before the spawn. Nothing is allocated after that; a list that
//! would not fit is cut, its count is not.

use std::fmt::{self, Write};

use log::warn;
use nix::errno::Errno;
use nix::unistd::Pid;

use super::deadlines::Time;
use super::now;
use super::oom::Counter;
use super::policy::Source;
use super::procfs::Process;
use crate::config::Config;
use crate::error::Error;
use crate::exit::{self, Ended};
use crate::json::string;
use crate::signals::Signal;
use crate::sys::{self, Usage};

/// The size of Kubernetes' termination message, and what one write to a pipe keeps whole.
const REPORT_MAX: usize = 4096;
/// Room for what stands behind the lists.
const REST_MAX: usize = 512;
/// Room for killed processes, kept as they will be written.
const KILLED_MAX: usize = 1536;
/// A command's name is cut here.
const COMMAND_MAX: usize = 256;

/// What is known so far.
pub struct Report {
    fd: i32,
    command: &'static [u8],
    pid: Option<Pid>,
    started: Time,
    ended_at: Option<Time>,
    ended: Option<Ended>,
    usage: Usage,
    forwarded: [Sent; 64],
    survivors: Option<u32>,
    killed: Text<KILLED_MAX>,
    killed_count: u32,
    reaped: u32,
    oom: Option<Counter>,
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
    pub fn open(config: &Config) -> Result<Option<Report>, Error> {
        let Some(path) = config.report else { return Ok(None) };
        let fd = sys::create(path).map_err(|errno| Error {
            operation: "open report",
            object: path,
            errno,
            remedy: (errno == Errno::ENXIO).then_some("nobody reads from this FIFO"),
            status: exit::INIT_FAILED,
        })?;
        Ok(Some(Report {
            fd,
            command: config.command.get(0).map_or(&[][..], |name| name.to_bytes()),
            pid: None,
            started: now(),
            ended_at: None,
            ended: None,
            usage: Usage::default(),
            forwarded: [Sent::default(); 64],
            survivors: Some(0),
            killed: Text::new(),
            killed_count: 0,
            reaped: 0,
            oom: Counter::find(),
        }))
    }

    /// The file's descriptor.
    pub fn descriptor(&self) -> i32 {
        self.fd
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

    /// So many processes outlived the main child; not known without `/proc`.
    pub fn survivors(&mut self, count: Option<u32>) {
        self.survivors = count;
    }

    /// Another child was reaped.
    pub fn reaped(&mut self) {
        self.reaped = self.reaped.saturating_add(1);
    }

    /// A survivor is about to be killed.
    pub fn killed(&mut self, process: &Process) {
        self.killed_count = self.killed_count.saturating_add(1);
        let before = self.killed.len;
        let comma = if before == 0 { "" } else { "," };
        let entry = write!(self.killed, "{comma}{{\"pid\":{},\"name\":", process.pid)
            .and_then(|()| string(&mut self.killed, process.name()))
            .and_then(|()| self.killed.write_str("}"));
        if entry.is_err() {
            self.killed.len = before;
        }
    }

    /// Writes it all. A failure costs a warning.
    pub fn write(&self, status: u8, timed_out: bool) {
        let mut text = Text::<REPORT_MAX>::new();
        // The parts are sized to fit; whatever did not would be cut, not lost.
        let _ = self.json(&mut text, status, timed_out);
        match sys::write(self.fd, text.bytes()) {
            Ok(n) if n == text.len => {}
            Ok(n) => warn!("write report: cut after {n} bytes"),
            Err(errno) => warn!("write report: {}", errno.desc()),
        }
    }

    fn json(&self, out: &mut Text<REPORT_MAX>, status: u8, timed_out: bool) -> fmt::Result {
        out.write_str("{\"version\":\"")?;
        out.write_str(env!("CARGO_PKG_VERSION"))?;
        out.write_str("\",\"command\":")?;
        string(out, self.command.get(..COMMAND_MAX).unwrap_or(self.command))?;
        out.write_str(",\"pid\":")?;
        number(out, self.pid.map(|pid| pid.as_raw() as u64))?;
        self.end(out)?;
        write!(out, ",\"status\":{status},\"reason\":\"{}\"", self.reason(timed_out))?;
        self.signals(out)?;
        out.write_str(",\"survivors\":")?;
        number(out, self.survivors.map(u64::from))?;
        out.write_str(",\"killed\":[")?;
        out.write_str(std::str::from_utf8(self.killed.bytes()).unwrap_or_default())?;
        write!(out, "],\"killed_count\":{},\"reaped\":{}", self.killed_count, self.reaped)?;
        out.write_str(",\"oom_kills\":")?;
        number(out, self.oom.as_ref().and_then(Counter::since))?;
        let duration = self.ended_at.unwrap_or_else(now).since(self.started);
        writeln!(
            out,
            ",\"duration_ms\":{},\"user_ms\":{},\"system_ms\":{},\"max_rss_kb\":{}}}",
            duration.as_millis(),
            self.usage.user_ms,
            self.usage.system_ms,
            self.usage.max_rss_kb,
        )
    }

    fn reason(&self, timed_out: bool) -> &'static str {
        match self.ended {
            None => "not_started",
            Some(_) if timed_out => "timeout",
            Some(Ended::Exited(_)) => "exited",
            Some(Ended::Signaled(..)) => "signaled",
        }
    }

    fn end(&self, out: &mut Text<REPORT_MAX>) -> fmt::Result {
        match self.ended {
            None => Ok(()),
            Some(Ended::Exited(code)) => write!(out, ",\"exit_code\":{code},\"core_dumped\":false"),
            Some(Ended::Signaled(signal, core)) => write!(
                out,
                ",\"signal\":{},\"signal_name\":\"{signal}\",\"core_dumped\":{core}",
                signal.number()
            ),
        }
    }

    fn signals(&self, out: &mut Text<REPORT_MAX>) -> fmt::Result {
        out.write_str(",\"forwarded\":[")?;
        let mut comma = "";
        for (signal, sent) in Signal::all().zip(self.forwarded).filter(|(_, sent)| sent.count > 0) {
            let before = out.len;
            write!(
                out,
                "{comma}{{\"signal\":{},\"name\":\"{signal}\",\"count\":{},\"first_ms\":{}}}",
                signal.number(),
                sent.count,
                sent.first.since(self.started).as_millis()
            )?;
            if out.len > REPORT_MAX - REST_MAX - self.killed.len {
                out.len = before;
                break;
            }
            comma = ",";
        }
        out.write_str("]")
    }
}

fn number(out: &mut impl Write, value: Option<u64>) -> fmt::Result {
    match value {
        Some(value) => write!(out, "{value}"),
        None => out.write_str("null"),
    }
}

/// Text of limited length. What does not fit as a whole is refused.
struct Text<const MAX: usize> {
    bytes: [u8; MAX],
    len: usize,
}

impl<const MAX: usize> Text<MAX> {
    fn new() -> Text<MAX> {
        Text { bytes: [0; MAX], len: 0 }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl<const MAX: usize> Write for Text<MAX> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let place = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
