//! Rounds of everything, drawn by a seed, for as long as `SOAK_SECONDS` says: two minutes in the
//! test command. `scripts/soak` sets it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::random::Random;
use super::resident::{RARE, Resident};
use super::rounds::KINDS;
use crate::support::*;

/// What lives through all rounds.
pub struct World {
    residents: Vec<Resident>,
    /// Whose turn it is. Otherwise it is drawn.
    turn: Option<usize>,
    pub host: Host,
    /// Signals that the residents have forwarded, with values.
    pub signals: u64,
    /// Keeps the stderr of a resident full.
    _stderr: (std::io::PipeReader, std::io::PipeWriter),
}

/// How many signals may wait for a resident.
const QUEUE: u64 = 500;
/// First each new resident has each kind, and may touch memory for the first time.
const WARM_UP: usize = 2 * KINDS.len();
/// A long soak says how far it is.
const SAID_EVERY: Duration = Duration::from_secs(600);

impl World {
    /// PID 1; a subreaper that forwards to a group, and whose stderr takes nothing.
    fn new() -> World {
        let stderr = pipe();
        let writer = stderr.1.try_clone().unwrap();
        let deaf = |start: Start| start.stdio(2, writer);
        let residents = vec![
            Resident::new(QUEUE, &["--grace-period=1s"], |start| start.as_pid1(true)),
            Resident::new(QUEUE, &["-g", "-vv", "-w", "--grace-period=1s"], deaf),
        ];
        World { residents, turn: None, host: Host::new(), signals: 0, _stderr: stderr }
    }

    pub fn any(&mut self, random: &mut Random) -> &mut Resident {
        let drawn = usize::from(random.coin());
        &mut self.residents[self.turn.unwrap_or(drawn)]
    }

    /// The private memory of each resident, in kB.
    fn memory(&self) -> Vec<u64> {
        self.residents.iter().map(|resident| resident.held().private).collect()
    }

    fn is_clean(&mut self) {
        self.residents.iter_mut().for_each(Resident::is_clean);
    }

    fn orphans(&self) -> u64 {
        self.residents.iter().map(|resident| resident.orphans).sum()
    }
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// Counts of a kind.
#[derive(Clone, Copy, Default)]
struct Tally {
    rounds: u64,
    failures: u64,
}

#[test]
fn soak() {
    let time = Duration::from_secs(from_environment("SOAK_SECONDS", 120));
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let seed = from_environment("SOAK_SEED", now);
    let mut tallies = vec![Tally::default(); KINDS.len()];
    let (start, mut world) = (Instant::now(), World::new());
    let mut memory = world.memory();
    let (mut leaked, mut told, mut born) = (0, Duration::ZERO, 0);
    for round in 0.. {
        let age = round - born;
        if age >= WARM_UP && start.elapsed() > time {
            break;
        }
        if start.elapsed() > told + SAID_EVERY {
            told = start.elapsed();
            show(&summary(seed, told, &tallies, &world));
        }
        let mut random = Random(seed.wrapping_add(round as u64));
        let kind = match age < WARM_UP {
            true => age % KINDS.len(),
            false => random.within(0, KINDS.len() as u64 - 1) as usize,
        };
        let (name, run) = KINDS[kind];
        world.turn = (age < WARM_UP).then_some(age / KINDS.len());
        let passed = catch_unwind(AssertUnwindSafe(|| {
            run(&mut world, &mut random);
            world.is_clean();
        }));
        tallies[kind].rounds += 1;
        if passed.is_err() {
            tallies[kind].failures += 1;
            show(&format!("soak: seed {seed}: round {round} ({name}) failed\n"));
            (world, born) = (World::new(), round + 1);
        }
        if age < WARM_UP || passed.is_err() {
            memory = world.memory();
        } else if world.memory().iter().zip(&memory).any(|(now, before)| *now > before + RARE) {
            leaked += 1;
            show(&format!("soak: round {round} ({name}): {memory:?} -> {:?} kB\n", world.memory()));
            memory = world.memory();
        }
    }
    show(&summary(seed, start.elapsed(), &tallies, &world));
    let (before, after) = (memory, world.memory());
    show(&format!("soak: private memory of init {before:?} kB, at the end {after:?} kB\n"));
    let failures: u64 = tallies.iter().map(|tally| tally.failures).sum();
    for resident in world.residents {
        resident.end(9);
    }
    assert_eq!((failures, leaked), (0, 0), "SOAK_SEED={seed}");
}

fn summary(seed: u64, time: Duration, tallies: &[Tally], world: &World) -> String {
    let mut text = format!(
        "\nsoak: seed {seed}, {} s, {} signals with a value, {} orphans\n",
        time.as_secs(),
        world.signals,
        world.orphans()
    );
    for ((name, _), Tally { rounds, failures }) in KINDS.iter().zip(tallies) {
        text += &format!("soak: {name}: {rounds} rounds, {failures} failed\n");
    }
    text
}
