//! The object of `--report`. In: bytes that say what happens in a run.
#![allow(clippy::indexing_slicing, reason = "a panic is the answer of a test")]

use std::fs::File;

use serde_json::Value;

use super::*;
use crate::sys::Strings;
use crate::text::is_deceptive;

/// Whatever happens, and whatever names are: one JSON object, a line of at most 4,096 bytes, with
/// the right counts, and lists that begin right.
pub fn report(data: &[u8]) {
    let mut bytes = Bytes(data);
    let command = bytes.text();
    Strings::lend(&[command], |strings| {
        let Some(name) = strings.get(0) else { return };
        let Ok(file) = File::open("/dev/null") else { return };
        let mut run = Run { report: Report::new(file.into(), name.to_bytes()), killed: Vec::new() };
        let (status, timed_out) = (bytes.byte(), bytes.byte() & 1 != 0);
        while !bytes.0.is_empty() {
            run.event(&mut bytes);
        }
        run.check(status, timed_out);
    });
}

/// What is left of the input.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// Small and large ones.
    fn number(&mut self) -> u64 {
        let byte = self.byte();
        u64::MAX >> (byte % 64) & !(u64::from(byte) >> 6)
    }

    /// At most 511 bytes, with two bytes for the length.
    fn text(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()) + (usize::from(self.byte() & 1) << 8);
        let (text, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        text
    }

    fn pid(&mut self) -> Pid {
        Pid::from_raw((self.number() & 0x7fff_ffff) as i32)
    }

    fn signal(&mut self) -> Signal {
        Signal::new(i32::from(self.byte() % 64) + 1).unwrap_or(Signal::TERM)
    }

    fn ended(&mut self) -> Ended {
        match self.byte() {
            code if code & 1 == 0 => Ended::Exited(code),
            bits => Ended::Signaled(self.signal(), bits & 2 != 0),
        }
    }

    fn process(&mut self) -> Option<Process> {
        let (pid, length) = (self.pid(), usize::from(self.byte() % 65).min(self.0.len()));
        let (name, rest) = self.0.split_at(length);
        self.0 = rest;
        let (before, after) = (format!("{pid} ("), [b") S 1 1", &b" 0".repeat(40)[..]].concat());
        Process::parse(&[before.as_bytes(), name, &after].concat())
    }
}

/// A report, and what it has to say.
struct Run {
    report: Report,
    killed: Vec<Process>,
}

impl Run {
    fn event(&mut self, bytes: &mut Bytes<'_>) {
        let report = &mut self.report;
        match bytes.byte() % 8 {
            0 => report.started(bytes.pid()),
            1 => {
                let (signal, count) = (bytes.signal(), bytes.number() as u32);
                report.forwarded(signal, Source::Taken);
                if let Some(sent) = report.forwarded.get_mut(signal.number() as usize - 1) {
                    *sent = Sent { count: count.max(1), first: Time(bytes.number()) };
                }
            }
            2 => {
                let mut number = || bytes.number();
                let (user_ms, system_ms, max_rss_kb) = (number(), number(), number());
                report.main_ended(bytes.ended(), Usage { user_ms, system_ms, max_rss_kb });
            }
            3 => report.survivors_unknown(),
            4 => report.reaped(bytes.pid(), bytes.ended()),
            // It survives, and may be killed or reaped.
            how => {
                let Some(process) = bytes.process() else { return };
                report.survivor(&process);
                if how == 5 {
                    self.killed.push(process);
                    report.killed(Some(&process));
                }
                if how == 6 {
                    report.reaped(process.pid, bytes.ended());
                }
            }
        }
    }

    fn check(&self, status: u8, timed_out: bool) {
        let mut object = self.report.object(status, timed_out);
        let line = object.as_line();
        assert!(line.len() <= REPORT_MAX && line.ends_with(b"}\n"));
        let text = std::str::from_utf8(line).unwrap_or_default();
        assert_eq!(text.find(is_deceptive), Some(text.len() - 1), "{text}");
        let read: Value = serde_json::from_str(text).unwrap_or_default();
        let shown = self.report.command;
        let shown = String::from_utf8_lossy(&shown[..shown.len().min(256)]);
        assert_eq!(read["command"], Value::from(shown), "{text}");
        assert_eq!(read["status"], Value::from(status));
        assert_eq!(read["killed_count"], Value::from(self.killed.len()));
        assert_eq!(read["reaped"], Value::from(self.report.reaped));
        assert_eq!(read["survivors"], Value::from(self.report.survivors));
        for key in ["version", "pid", "core_dumped", "reason", "oom_kills", "duration_ms"] {
            assert!(read.get(key).is_some(), "{key} {text}");
        }
        for key in ["user_ms", "system_ms", "max_rss_kb"] {
            assert!(read[key].is_u64(), "{key} {text}");
        }
        self.check_lists(&read);
    }

    fn check_lists(&self, read: &Value) {
        let list = |key: &str| read[key].as_array().cloned().unwrap_or_default();
        let killed = list("killed");
        assert_eq!(killed.is_empty(), self.killed.is_empty());
        for (entry, process) in killed.iter().zip(&self.killed) {
            assert_eq!(entry["pid"], Value::from(process.pid.as_raw()));
            assert_eq!(entry["name"], Value::from(String::from_utf8_lossy(process.name())));
        }
        let ends = self.report.ends.iter().flatten().filter_map(|(_, how)| *how);
        assert_eq!(list("ended").is_empty(), ends.count() == 0);
        let sent = self.report.forwarded.iter().filter(|sent| sent.count > 0).count();
        let forwarded = list("forwarded");
        assert!(forwarded.len() <= sent && forwarded.is_empty() == (sent == 0));
    }
}
