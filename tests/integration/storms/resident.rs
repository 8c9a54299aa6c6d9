//! An init that lives through many storms, and what must be so after each of them: no signal
//! lost, no zombie, no descriptor and no private memory more.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::support::*;

/// How long a storm may take: only a failure takes as long.
pub const STORM: Duration = Duration::from_secs(300);

/// Two pages, in kB: what init does seldom touches them late, and once. A leak has no such end.
pub const RARE: u64 = 8;

/// An init with the storm's program as main child.
pub struct Resident {
    pub run: Running,
    stdin: std::io::PipeWriter,
    pub init: i32,
    pub main: i32,
    receivers: u64,
    /// Processes that init has to reap, besides the main child.
    pub orphans: u64,
    before: Held,
}

/// What init holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Held {
    pub descriptors: Vec<i32>,
    /// In kB.
    pub private: u64,
}

impl Held {
    fn of(init: i32) -> Held {
        let text = std::fs::read_to_string(format!("/proc/{init}/smaps_rollup")).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("Private_Dirty:"));
        let private = line.unwrap().trim_end_matches("kB").trim().parse().unwrap();
        Held { descriptors: descriptors(init), private }
    }
}

/// What the main child and each of its helpers have got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    queued: u64,
    wrong: u64,
    usr1: u64,
}

impl Resident {
    /// init with these options, and a signal queue of this length, which no other process uses:
    /// a kernel takes ever longer for a signal out of a very long queue. With `-g` two helpers in the main child's group get signals, too.
    pub fn new(queue: u64, options: &[&str], set_up: impl FnOnce(Start) -> Start) -> Resident {
        let helpers = if options.contains(&"-g") { 2 } else { 0 };
        let storm = storm_path();
        let own = ["--", storm.to_str().unwrap(), "serve", &helpers.to_string()];
        let (reader, stdin) = pipe();
        let start = set_up(User::Root.with_own_queue(init([options, &own].concat())));
        let start = start.stdio(0, reader).before_exec(move || unsafe {
            let limit = libc::rlimit { rlim_cur: queue, rlim_max: queue };
            libc::setrlimit(libc::RLIMIT_SIGPENDING, &limit);
        });
        let mut run = start.start();
        run.expect("ready ");
        let (init, main) = (run.pid(), run.main_child());
        until("init waits", || settled(init));
        let receivers = 1 + helpers;
        let before = Held::of(init);
        Resident { run, stdin, init, main, receivers, orphans: helpers, before }
    }

    /// Tells the main child something.
    pub fn tell(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    /// Its answer.
    #[track_caller]
    fn answer(&mut self) -> String {
        self.run.line_within(STORM).expect("the main child answers")
    }

    #[track_caller]
    pub fn ask(&mut self, line: &str) {
        self.tell(line);
        assert_eq!(self.answer(), line);
    }

    #[track_caller]
    fn counts(&mut self) -> Vec<Count> {
        self.tell("count");
        let answer = self.answer();
        let count = |text: &str| {
            let numbers: Vec<u64> = text.split(',').map(|n| n.parse().unwrap()).collect();
            Count { queued: numbers[0], wrong: numbers[1], usr1: numbers[2] }
        };
        answer.split(' ').map(count).collect()
    }

    /// Waits until every receiver has got so many signals with a value, each once and in order,
    /// and the coalescing USR1 at least once if there was one.
    #[track_caller]
    pub fn has_got(&mut self, queued: u64, usr1: bool) {
        let all = |counts: &[Count]| {
            counts.iter().all(|count| count.queued >= queued && (count.usr1 > 0) == usr1)
        };
        let mut counts = self.counts();
        let mut moved = Instant::now();
        while !all(&counts) && moved.elapsed() < patience() {
            std::thread::sleep(Duration::from_millis(20));
            let now = self.counts();
            if now != counts {
                (counts, moved) = (now, Instant::now());
            }
        }
        let right = |count: &Count| count.queued == queued && count.wrong == 0;
        assert!(all(&counts) && counts.iter().all(right), "not {queued} each: {counts:?}");
        assert_eq!(counts.len() as u64, self.receivers);
        self.ask("forget");
    }

    /// Senders queue real-time signals, with values, as fast as they can, while init reaps.
    #[track_caller]
    pub fn storm(&mut self, senders: u64, each: u64, orphans: u64) {
        let (storm, init, each) = (storm_path(), self.init.to_string(), each.to_string());
        let start = |sender: u64| {
            let words = ["send", &init, &sender.to_string(), &each];
            Start::new(&storm, words).start()
        };
        let senders: Vec<Running> = (0..senders).map(start).collect();
        self.make_orphans(orphans);
        let count = senders.len() as u64 * each.parse::<u64>().unwrap();
        for sender in senders {
            assert_eq!(sender.finish_within(STORM), Some(0), "a sender fails");
        }
        self.has_got(count, true);
    }

    #[track_caller]
    pub fn make_orphans(&mut self, orphans: u64) {
        self.ask(&format!("orphans {orphans}"));
        self.orphans += orphans;
    }

    /// What init holds now.
    pub fn held(&self) -> Held {
        Held::of(self.init)
    }

    /// No zombie is left, and init holds no descriptor and no thread more than at the start.
    #[track_caller]
    pub fn is_clean(&mut self) {
        let (init, main) = (self.init, self.main);
        until("the main child alone is left", || children(init) == [main]);
        until("init waits", || settled(init));
        assert_eq!(descriptors(init), self.before.descriptors);
        assert_eq!(status_field(init, "Threads").as_deref(), Some("1"));
    }

    /// Ends it, and asserts its status.
    #[track_caller]
    pub fn end(mut self, status: i32) -> Finished {
        self.tell(&format!("exit {status}"));
        self.run.finish().expect(status)
    }
}
