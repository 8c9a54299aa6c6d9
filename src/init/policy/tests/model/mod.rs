//! The policy, explored: every order of eight things that can happen, under each set of rules.
//!
//! A letter is something that happens outside init, as far as the loop tells the policy of it.
//! From each pair of a state and a world, every letter is tried; pairs that were seen before
//! lead nowhere new. After each letter `World` checks what must hold.

mod broken;
mod laws;
mod world;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::Discriminant;

use super::*;
use laws::Law;
use world::{Policy, World};

/// So many letters one after the other.
const DEPTH: usize = 8;

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Letter {
    /// This signal arrives.
    Signal(Signal, Sender),
    /// The main child ends.
    MainEnds(Ended),
    /// A signal stops the main child; who has the terminal, and is there a shell?
    MainStops(Signal, Holder, bool),
    /// The main child is continued.
    MainGoesOn,
    /// init runs again after a stop, without a CONT.
    NotSuspended(Signal, Holder),
    /// The kernel refuses the terminal to init's group.
    Refused(Signal, Holder),
    /// Another child ends, and these are left.
    ChildEnds(Left),
    /// Others who are no children end; no signal tells.
    OthersEnd,
    /// The next deadline comes.
    Deadline,
    /// Time passes, and nothing is due.
    Time,
    /// init did not run for very long: all that is set is due.
    Late,
}

/// What the end depends on.
const LETTERS: [Letter; 19] = [
    Letter::Signal(Signal::TERM, Sender::Program),
    Letter::Signal(Signal::INT, Sender::Kernel),
    Letter::Signal(Signal::QUIT, Sender::Program),
    Letter::Signal(RT, Sender::Queued),
    Letter::Signal(Signal::CONT, Sender::Program),
    Letter::Signal(HUP, Sender::Init),
    Letter::Signal(SEGV, Sender::Kernel),
    Letter::Signal(Signal::CHLD, Sender::Kernel),
    Letter::MainEnds(Ended::Exited(7)),
    Letter::MainStops(Signal::STOP, Holder::Other, true),
    Letter::MainGoesOn,
    Letter::ChildEnds(Left::Nobody),
    Letter::ChildEnds(Left::Children),
    Letter::ChildEnds(Left::Outsiders),
    Letter::ChildEnds(Left::Untouchable),
    Letter::OthersEnd,
    Letter::Deadline,
    Letter::Time,
    Letter::Late,
];

/// What job control depends on.
const JOB_LETTERS: [Letter; 16] = [
    Letter::Signal(Signal::TERM, Sender::Program),
    Letter::Signal(Signal::CONT, Sender::Program),
    Letter::Signal(Signal::CONT, Sender::Kernel),
    Letter::Signal(Signal::TSTP, Sender::Program),
    Letter::Signal(Signal::TSTP, Sender::Kernel),
    Letter::Signal(Signal::TTIN, Sender::Program),
    Letter::MainStops(Signal::TSTP, Holder::Main, true),
    Letter::MainStops(Signal::TSTP, Holder::Nobody, false),
    Letter::MainStops(Signal::TTIN, Holder::Other, true),
    Letter::MainStops(Signal::TTOU, Holder::Ours, true),
    Letter::MainStops(Signal::STOP, Holder::Main, true),
    Letter::MainGoesOn,
    Letter::NotSuspended(Signal::TSTP, Holder::Ours),
    Letter::Refused(Signal::TTIN, Holder::Main),
    Letter::Refused(Signal::TTOU, Holder::Other),
    Letter::MainEnds(Ended::Exited(7)),
];

const SEGV: Signal = Signal::new(11).unwrap();

/// All that makes a difference for what comes.
fn fingerprint(node: &Node) -> u64 {
    // A new member has to be added, or states that differ would count as one.
    let State {
        rules: _,
        main: _,
        phase,
        deadlines,
        timed_out,
        kill_cause,
        main_stopped,
        asked_to_end,
        looks,
        doubts,
        killed,
        suspended,
        stop_forwarded,
        halted,
    } = &node.state;
    let flags = (timed_out, main_stopped, doubts, killed, suspended, stop_forwarded, halted);
    let mut hasher = DefaultHasher::new();
    (phase, deadlines, kill_cause, asked_to_end, looks, flags, node.world).hash(&mut hasher);
    hasher.finish()
}

/// A state, the world around it, and the word that leads there: places of letters.
#[derive(Clone, Copy)]
struct Node {
    state: State,
    world: World,
    word: [u8; DEPTH],
}

/// What an exploration has found.
#[derive(Default)]
struct Found {
    pairs: usize,
    kinds: HashSet<Discriminant<Action>>,
}

/// Goes through all words of these letters. Fails with the law that was broken, and with what
/// led there.
fn explore(policy: Policy, rules: Rules, letters: &[Letter]) -> Result<Found, (Law, String)> {
    let state = State::new(rules, MAIN, &|| Time(0));
    let mut edge = vec![Node { state, world: World::new(&rules), word: [0; DEPTH] }];
    let mut seen = HashSet::new();
    let mut found = Found::default();
    for depth in 0..DEPTH {
        for from in std::mem::take(&mut edge) {
            for (place, letter) in letters.iter().enumerate() {
                if !from.world.can(&from.state, *letter) {
                    continue;
                }
                let mut node = from;
                node.word[depth] = place as u8;
                let Node { state, world, .. } = &mut node;
                world.happen(policy, state, *letter, &mut found.kinds).map_err(|law| {
                    let word = node.word.map(|place| letters[usize::from(place)]);
                    (law, format!("after {:?}, {rules:?}", &word[..=depth]))
                })?;
                if seen.insert(fingerprint(&node)) {
                    edge.push(node);
                }
            }
        }
    }
    found.pairs = seen.len();
    Ok(found)
}

/// Rules that differ in what they do about an end.
fn every_end() -> [Rules; 9] {
    let ms = Duration::from_millis;
    let default = rules();
    let mut delayed = rules();
    delayed.delays.set(Signal::TERM, ms(700)).unwrap();
    let mut rewritten = rules();
    rewritten.rewrites.set(Signal::TERM, Some(Signal::QUIT));
    rewritten.rewrites.set(RT, None);
    let killing = Rules { kill_after: kill_after(2000), ..default };
    let timed = Rules { timeout: Some(ms(1000)), ..default };
    [
        default,
        delayed,
        rewritten,
        killing,
        timed,
        Rules { grace_period: Duration::ZERO, end_signal: Some(Signal::TERM), ..default },
        Rules { wait_all: true, ..delayed },
        Rules { wait_all: true, grace_period: Duration::ZERO, ..default },
        Rules { timeout: timed.timeout, ..delayed },
    ]
}

#[test]
fn the_end_keeps_the_laws() {
    let mut kinds = HashSet::new();
    let mut pairs = 0;
    for rules in every_end() {
        let found = explore(State::after, rules, &LETTERS).unwrap();
        pairs += found.pairs;
        kinds.extend(found.kinds);
    }
    assert!(pairs > 30_000, "{pairs}");
    // All but the two that are about a job.
    assert_eq!(kinds.len(), 13, "{kinds:?}");
}

#[test]
fn job_control_keeps_the_laws() {
    let mut kinds = HashSet::new();
    for rules in [rules(), Rules { stops_along: true, ..rules() }] {
        kinds.extend(explore(State::after, rules, &JOB_LETTERS).unwrap().kinds);
    }
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}
