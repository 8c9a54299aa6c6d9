//! A peer from its Debian package and our personality of its name, side by side: both get the
//! same words, environment and signals, and their statuses and outputs are compared.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::peers::differences::{Difference, Part, difference};
use crate::support::*;

/// Both programs under the peer's name.
pub struct Pair {
    pub name: &'static str,
    /// The program's name in messages.
    own_name: &'static str,
    scratch: Scratch,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Theirs,
    Ours,
}

pub const SIDES: [Side; 2] = [Side::Theirs, Side::Ours];

/// What can be seen of one run.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    /// The exit code, or 128+N.
    pub code: i32,
    /// Without what differs from run to run.
    pub stdout: String,
    /// Without what differs from run to run.
    pub stderr: String,
}

/// A command line for both: its words, its environment, our status, and the key of the
/// difference that it shows, or an empty key.
pub type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], i32, &'a str);

impl Pair {
    /// `None`, with a printed skip, where the package is not installed.
    pub fn of(name: &'static str, test: &str) -> Option<Pair> {
        if !installed(name) {
            skip(test, &format!("needs {name}"));
            return None;
        }
        let scratch = Scratch::new();
        for (side, program) in [(Side::Theirs, which(name)), (Side::Ours, init_path())] {
            let dir = scratch.path(side.directory());
            std::fs::create_dir(&dir).unwrap();
            std::os::unix::fs::symlink(program, dir.join(name)).unwrap();
        }
        let own_name = if name == "tini-static" { "tini" } else { name };
        Some(Pair { name, own_name, scratch })
    }

    /// The row of a difference that is shown.
    #[track_caller]
    pub fn differs(&self, key: &str) -> &'static Difference {
        difference(self.own_name, key)
    }

    /// The options for a run that is not PID 1.
    pub fn reaping(&self) -> &'static [&'static str] {
        if self.name == "tini" { &["-s"] } else { &[] }
    }

    pub fn path(&self, side: Side) -> PathBuf {
        self.scratch.path(side.directory()).join(self.name)
    }

    /// One of the two programs, with these words.
    pub fn start(&self, side: Side, words: &[&str]) -> Start {
        Start::new(self.path(side), words)
    }

    /// One of the two programs, with the probe as its command.
    pub fn probe(&self, side: Side, options: &[&str], probe: &[&str]) -> Start {
        let path = probe_path();
        self.start(side, &[options, &["--", path.to_str().unwrap()], probe].concat())
    }

    fn seen(&self, side: Side, case: &Case<'_>, first: bool) -> Seen {
        let start = self.start(side, case.0).as_pid1(first);
        let done = case.1.iter().fold(start, |start, (key, value)| start.env(key, value)).run();
        Seen {
            code: done.code(),
            stdout: tidy(&done.stdout, &self.path(side), self.own_name),
            stderr: tidy(&done.stderr, &self.path(side), self.own_name),
        }
    }

    /// Runs each case with both programs, as PID 1 or not.
    #[track_caller]
    pub fn compare(&self, cases: &[Case<'_>], first: bool) {
        let wrong: Vec<String> =
            cases.iter().filter_map(|case| self.wrong(case, first).err()).collect();
        assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    }

    fn wrong(&self, case: &Case<'_>, first: bool) -> Result<(), String> {
        let (words, env, code, key) = *case;
        let [theirs, ours] = SIDES.map(|side| self.seen(side, case, first));
        let expected: BTreeSet<Part> = match key {
            "" => BTreeSet::new(),
            key => self.differs(key).parts.iter().copied().collect(),
        };
        let found = differing(&theirs, &ours);
        let problem = if ours.code != code {
            format!("our status is not {code}")
        } else if !found.is_subset(&expected) {
            format!("they differ in {found:?}")
        } else if found.is_empty() && !expected.is_empty() {
            "they do not differ".to_owned()
        } else {
            return Ok(());
        };
        Err(format!(
            "{} {words:?} {env:?}, PID 1: {first}: {problem}\n theirs {theirs:?}\n ours {ours:?}",
            self.name
        ))
    }
}

/// Runs `check` for each of these peers that is installed, and for ours in its place.
pub fn each(names: &[&'static str], key: &str, test: &str, check: impl Fn(&Pair, Side)) {
    for pair in names.iter().filter_map(|name| Pair::of(name, test)) {
        pair.differs(key);
        for side in SIDES {
            check(&pair, side);
        }
    }
}

impl Side {
    fn directory(self) -> &'static str {
        match self {
            Side::Theirs => "theirs",
            Side::Ours => "ours",
        }
    }
}

fn differing(theirs: &Seen, ours: &Seen) -> BTreeSet<Part> {
    let lead = |seen: &Seen| {
        [&seen.stdout, &seen.stderr].map(|text| text.lines().next().unwrap_or_default().to_owned())
    };
    let mut parts = BTreeSet::new();
    if theirs.code != ours.code {
        parts.insert(Part::Status);
    }
    let same = theirs.stdout == ours.stdout && theirs.stderr == ours.stderr;
    if lead(theirs) != lead(ours) {
        parts.insert(Part::Words);
    } else if !same {
        parts.insert(Part::MoreWords);
    }
    parts
}

/// A line without catatonit's version, which differs between Debian releases.
fn without_release(line: String) -> String {
    match line.strip_prefix("tini version ").and_then(|rest| rest.split_once("_catatonit")) {
        Some((_, rest)) => format!("tini version N_catatonit{rest}\n"),
        None => line + "\n",
    }
}

/// A text without what differs from run to run: the program's directory, pids, versions.
fn tidy(text: &str, path: &Path, name: &str) -> String {
    let directory = format!("{}/", path.parent().unwrap().display());
    let mut text = text.replace(&directory, "");
    for before in
        ["PID ", "pid=", "pid '", "pid: '", "pid1 (", &format!("{name} ("), &format!("{name}:")]
    {
        let mut parts = text.split(before);
        let mut tidied = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
            tidied += before;
            tidied += if rest.len() < part.len() { "N" } else { "" };
            tidied += rest;
        }
        text = tidied;
    }
    let lines = text.lines().map(|line| match line.split_once(" - git.") {
        // Our version has a suffix; in help texts a parenthesis ends it.
        Some((version, rest)) => version.to_owned() + if rest.ends_with(')') { ")" } else { "" },
        None => line.to_owned(),
    });
    lines.map(without_release).collect()
}
