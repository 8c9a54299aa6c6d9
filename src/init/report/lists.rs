//! The lists of a report: signals, killed processes, and how survivors ended. Pure.

use super::object::Object;
use super::{ENDED_MAX, KILLED_MAX, REPORT_MAX, Report};
use crate::exit::Ended;
use crate::init::procfs::Process;
use crate::signals::Signal;

impl Report {
    /// What was forwarded, as far as it fits before the last `rest` bytes.
    pub(super) fn signals(&self, out: &mut Object, rest: usize) {
        let mut all = Signal::all().zip(self.forwarded).filter(|(_, sent)| sent.count > 0);
        out.array(rest, &mut |out| {
            let (signal, sent) = all.next()?;
            let first = sent.first.since(self.started).as_millis();
            name_signal(out, "name", signal);
            out.number("count", Some(sent.count.into()));
            out.number("first_ms", Some(first as u64));
            Some(())
        });
    }

    /// Who was killed.
    pub(super) fn killed_list(&self) -> Object {
        let mut all = self.killed.iter().flatten();
        let mut out = Object::new();
        out.array(REPORT_MAX - KILLED_MAX, &mut |out| {
            name_process(out, all.next()?);
            Some(())
        });
        out
    }

    /// Survivors that were reaped.
    pub(super) fn ended_list(&self) -> Object {
        let mut all = self.ends.iter().flatten().filter_map(|(who, how)| Some((who, (*how)?)));
        let mut out = Object::new();
        out.array(REPORT_MAX - ENDED_MAX, &mut |out| {
            let (process, ended) = all.next()?;
            name_process(out, process);
            end(out, ended);
            Some(())
        });
        out
    }
}

fn name_process(out: &mut Object, process: &Process) {
    out.number("pid", Some(process.pid.as_raw() as u64));
    out.string("name", process.name());
}

fn name_signal(out: &mut Object, key: &str, signal: Signal) {
    out.number("signal", Some(signal.number() as u64));
    out.display(key, signal);
}

/// Adds how a process ended.
pub fn end(out: &mut Object, ended: Ended) {
    match ended {
        Ended::Exited(code) => out.number("exit_code", Some(code.into())),
        Ended::Signaled(signal, _) => name_signal(out, "signal_name", signal),
    }
}
