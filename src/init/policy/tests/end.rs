//! The end, and what leads to it.

use super::*;

const TERM: Signal = Signal::TERM;

fn look(scope: Scope) -> Vec<Action> {
    vec![Action::Notify(scope), Action::Drain]
}

/// With a grace period of so many milliseconds.
fn grace(ms: u64) -> Rules {
    Rules { grace_period: Duration::from_millis(ms), ..rules() }
}

fn patient() -> Rules {
    Rules { wait_all: true, ..rules() }
}

/// What is done from now on until init exits or `until` milliseconds are over, without the
/// rounds of looks: when, and what.
fn history(run: &mut Run, left: Left, until: u64) -> Vec<(u64, Action)> {
    let mut all = Vec::new();
    while run.state.phase() != Phase::Over {
        let drained = run.after(Event::Drained(left));
        let now = run.now.get() / MS;
        all.extend(drained.into_iter().filter(|a| *a != Action::Drain).map(|a| (now, a)));
        match run.state.next_deadline() {
            Some(next) if next.0 <= until * MS => {}
            _ => break,
        }
        let (at, actions) = run.wait();
        all.extend(actions.into_iter().filter(|a| *a != Action::Drain).map(|a| (at, a)));
    }
    all
}

#[test]
fn an_end_signal_is_for_no_grace_period() {
    let end_signal = Action::Send(TERM, Recipients::EndSignal, Source::Init);
    let rules = Rules { end_signal: Some(TERM), ..rules() };
    let hasty = Rules { grace_period: Duration::ZERO, ..rules };
    for left in [Left::Nobody, Left::Outsiders] {
        let expected = match left {
            Left::Nobody => vec![end_signal, Action::Exit(7)],
            _ => vec![end_signal, Action::CountSurvivors, Action::Exit(7)],
        };
        assert_eq!(Run::new(hasty).main_ends(left), expected);
        assert!(!Run::new(rules).main_ends(left).contains(&end_signal));
        let patient = Rules { wait_all: true, ..hasty };
        assert!(!Run::new(patient).main_ends(left).contains(&end_signal));
    }
}

#[test]
fn the_drain_is_finished_before_the_end() {
    let mut run = Run::new(rules());
    assert_eq!(run.after(MAIN_EXITS), [Action::TakeTerminal]);
    let orphan = Event::Child(OTHER, Change::Ended(Ended::Exited(0)));
    assert_eq!(run.after(orphan), []);
    assert_eq!(run.after(Event::Drained(Left::Nobody)), [Action::Exit(7)]);
    assert_eq!(run.after(Event::Drained(Left::Nobody)), [], "exit happens once");
}

/// Roots first; older children after a second; everybody at half of the grace period.
#[test]
fn who_is_asked_when() {
    for (period, expected) in [
        (5000, vec![(1000, Scope::AllRoots), (2500, Scope::Everybody)]),
        (1500, vec![(750, Scope::Everybody), (1000, Scope::AllRoots)]),
        (400, vec![(200, Scope::Everybody)]),
    ] {
        let mut run = Run::new(grace(period));
        assert_eq!(run.main_ends(Left::Children), END);
        let asked = history(&mut run, Left::Children, period - 1);
        let scopes = [Scope::AllRoots, Scope::Everybody];
        let first = scopes.map(|scope| {
            asked.iter().find(|(_, action)| *action == Action::Notify(scope)).map(|(at, _)| *at)
        });
        let mut first: Vec<(u64, Scope)> =
            first.into_iter().zip(scopes).filter_map(|(at, scope)| Some((at?, scope))).collect();
        first.sort_by_key(|(at, _)| *at);
        assert_eq!(first, expected, "{period}");
        // After half of the time, newcomers are asked when their parents are gone.
        let last = asked.iter().rev().find(|(_, action)| matches!(action, Action::Notify(_)));
        let expected = if period > 1000 { Scope::AllRoots } else { Scope::Roots };
        assert_eq!(last.unwrap().1, Action::Notify(expected), "{period}");
    }
}

#[test]
fn survivors_are_asked_then_killed() {
    let mut run = Run::new(grace(1000));
    assert_eq!(run.main_ends(Left::Children), END);
    assert_eq!(run.signal(HUP), [to_survivors(HUP, Source::Taken)]);
    let all = history(&mut run, Left::Children, 1000);
    assert_eq!(all.last(), Some(&(1000, Action::KillSurvivors)));
    assert_eq!(run.signal(HUP), [], "nobody is there to act on it");
    assert_eq!(run.wait(), (1050, vec![Action::KillSurvivors, Action::Drain]));
    assert_eq!(run.after(Event::Drained(Left::Nobody)), [Action::Exit(7)]);
}

/// All at once, also those who were not to be asked yet.
#[test]
fn a_signal_to_end_is_for_all_survivors() {
    for signal in [TERM, Signal::INT, Signal::QUIT] {
        let mut run = Run::new(rules());
        run.main_ends(Left::Children);
        let all = Action::Send(signal, Recipients::SurvivorsWoken, Source::Taken);
        assert_eq!(run.signal(signal), [all]);
    }
}

#[test]
fn survivors_that_end_are_not_killed() {
    let mut run = Run::new(rules());
    assert_eq!(run.main_ends(Left::Children), END);
    run.after(Event::Child(OTHER, Change::Ended(Ended::Exited(1))));
    assert_eq!(run.after(Event::Drained(Left::Nobody)), [Action::Exit(7)]);
    assert_eq!(run.state.next_deadline(), None);
}

#[test]
fn nobody_waits_for_processes_that_may_not_be_signalled() {
    for rules in [rules(), patient()] {
        let mut run = Run::new(rules);
        run.signal(TERM);
        run.main_ends(Left::Outsiders);
        assert_eq!(run.after(Event::Drained(Left::Untouchable)), [Action::Exit(7)], "{rules:?}");
    }
}

#[test]
fn what_cannot_die_is_given_up() {
    let mut run = Run::new(grace(1000));
    run.main_ends(Left::Children);
    let all = history(&mut run, Left::Children, 60_000);
    assert_eq!(all[all.len() - 2..], [(2000, Action::GiveUp), (2000, Action::Exit(7))]);
}

/// init had no turn while they died.
#[test]
fn who_has_died_unseen_is_not_given_up() {
    let mut run = Run::new(grace(1000));
    run.main_ends(Left::Children);
    history(&mut run, Left::Children, 1000);
    run.now.set(9000 * MS);
    assert!(!run.after(Event::Woken).contains(&Action::GiveUp));
    run.after(Event::Child(OTHER, Change::Ended(Ended::Signaled(Signal::KILL, false))));
    assert!(!run.after(Event::Drained(Left::Children)).contains(&Action::GiveUp));
    let all = history(&mut run, Left::Children, 60_000);
    assert_eq!(all[all.len() - 2..], [(10_000, Action::GiveUp), (10_000, Action::Exit(7))]);
}

#[test]
fn deadlines_wait_for_the_end_of_a_drain() {
    let mut run = Run::new(Rules { kill_after: kill_after(2000), ..grace(0) });
    run.signal(TERM);
    run.now.set(2000 * MS);
    assert_eq!(run.signal(Signal::CHLD), [Action::Drain], "perhaps it is not there any more");
    let actions = [Action::CountSurvivors, Action::Exit(7)];
    assert_eq!(run.main_ends(Left::Children), actions);
}

/// The same, and it had no turn until the last deadline was over.
#[test]
fn who_has_died_unseen_until_the_last_deadline_is_not_given_up() {
    let mut run = Run::new(grace(1000));
    run.main_ends(Left::Children);
    history(&mut run, Left::Children, 1000);
    run.now.set(60_000 * MS);
    assert!(!run.after(Event::Woken).contains(&Action::GiveUp));
    run.after(Event::Child(OTHER, Change::Ended(Ended::Signaled(Signal::KILL, false))));
    assert_eq!(run.after(Event::Drained(Left::Nobody)), [Action::Exit(7)]);
}

/// Newborn ones die as well: that is no progress.
#[test]
fn who_dies_for_ever_is_given_up() {
    let mut run = Run::new(grace(1000));
    run.main_ends(Left::Children);
    history(&mut run, Left::Children, 1000);
    loop {
        run.after(Event::Child(OTHER, Change::Ended(Ended::Signaled(Signal::KILL, false))));
        let actions = run.after(Event::Drained(Left::Children));
        if actions.contains(&Action::GiveUp) {
            assert_eq!((run.now.get(), actions.last()), (11_000 * MS, Some(&Action::Exit(7))));
            break;
        }
        run.wait();
    }
}

#[test]
fn looks_become_rarer_until_a_survivor_ends() {
    for left in [Left::Children, Left::Outsiders] {
        let mut run = Run::new(rules());
        assert_eq!(run.main_ends(left), END);
        for at in [10, 30, 70, 150, 310, 510] {
            assert_eq!(run.after(Event::Drained(left)), []);
            assert_eq!(run.wait(), (at, look(Scope::Roots)));
        }
        assert_eq!(run.after(Event::Drained(left)), []);
        let other = Event::Child(OTHER, Change::Ended(Ended::Exited(0)));
        assert_eq!(run.after(other), []);
        assert_eq!(run.after(Event::Drained(left)), []);
        assert_eq!(run.wait(), (520, look(Scope::Roots)));
        assert_eq!(run.after(Event::Drained(Left::Nobody)), [Action::Exit(7)]);
    }
}

/// A look at very many processes takes its time; they are to have some, too.
#[test]
fn slow_looks_are_rare() {
    let mut run = Run::new(rules());
    run.main_ends(Left::Children);
    run.now.set(30 * MS);
    run.after(Event::Drained(Left::Children));
    assert_eq!(run.wait(), (150, look(Scope::Roots)));
    run.now.set(153 * MS);
    run.after(Event::Drained(Left::Children));
    run.after(Event::Child(OTHER, Change::Ended(Ended::Exited(0))));
    run.after(Event::Drained(Left::Children));
    assert_eq!(run.wait().0, 165);
}

#[test]
fn no_grace_period_is_no_second_phase() {
    assert_eq!(
        Run::new(grace(0)).main_ends(Left::Children),
        [Action::CountSurvivors, Action::Exit(7)]
    );
}

fn ask_all(signal: Signal, source: Source) -> [Action; 3] {
    [to_survivors(signal, source), to_survivors(Signal::CONT, Source::Init), Action::Drain]
}

#[test]
fn wait_all_waits_until_told() {
    let mut run = Run::new(patient());
    assert_eq!(run.main_ends(Left::Children), [Action::CountSurvivors, Action::Drain]);
    assert_eq!(run.wait(), (1000, vec![Action::WarnWaitingForAll]));
    assert_eq!(run.state.next_deadline(), None, "for as long as it takes");
    assert_eq!(run.signal(HUP), [to_survivors(HUP, Source::Taken)]);
    run.now.set(2000 * MS);
    assert_eq!(run.signal(Signal::INT), ask_all(Signal::INT, Source::Taken));
    run.now.set(2005 * MS);
    assert_eq!(run.signal(TERM), ask_all(TERM, Source::Taken));
    let all = history(&mut run, Left::Children, 7000);
    let warned = all.iter().find(|(_, action)| !matches!(action, Action::Notify(_)));
    assert_eq!(warned, Some(&(3000, Action::WarnWaiting(Duration::from_secs(4)))));
    assert_eq!(all.last(), Some(&(7000, Action::KillSurvivors)), "the period does not start again");
}

/// SIGCHLD tells when a child has ended; no timer ticks for it. Nothing tells of the others.
#[test]
fn wait_all_looks_only_where_no_signal_tells() {
    for (left, looks) in [(Left::Children, &[][..]), (Left::Outsiders, &[10, 20, 40])] {
        let mut run = Run::new(patient());
        assert_eq!(run.main_ends(left), [Action::CountSurvivors, Action::Drain]);
        for at in looks {
            assert_eq!(run.after(Event::Drained(left)), []);
            assert_eq!(run.wait(), (*at, vec![Action::Drain]), "{left:?}");
        }
        if looks.is_empty() {
            assert_eq!(run.after(Event::Drained(left)), []);
            assert_eq!(run.wait(), (1000, vec![Action::WarnWaitingForAll]));
            assert_eq!(run.after(Event::Drained(left)), []);
            assert_eq!(run.state.next_deadline(), None);
        }
    }
}

/// With `--wait-all`, a signal to end that came while the main child ran counts.
#[test]
fn wait_all_remembers_the_signal_to_end() {
    let mut delayed = patient();
    delayed.delays.set(TERM, Duration::from_secs(60));
    for rules in [patient(), delayed] {
        let mut run = Run::new(rules);
        run.signal(Signal::INT);
        run.signal(TERM);
        run.now.set(3000 * MS);
        let expected = [&[Action::CountSurvivors][..], &ask_all(TERM, Source::Init)].concat();
        assert_eq!(run.main_ends(Left::Children), expected);
        let all = history(&mut run, Left::Children, 8000);
        assert_eq!(all.last(), Some(&(8000, Action::KillSurvivors)), "{rules:?}");
    }
    let mut run = Run::new(patient());
    run.signal(HUP);
    assert_eq!(run.main_ends(Left::Children), [Action::CountSurvivors, Action::Drain]);
}

/// One line, when survivors take longer than a second.
#[test]
fn who_is_waited_for_is_said_once() {
    for (period, warned) in [(5000, true), (1001, true), (1000, false)] {
        let mut run = Run::new(grace(period));
        run.main_ends(Left::Children);
        let all = history(&mut run, Left::Children, period);
        let lines: Vec<_> =
            all.iter().filter(|(_, a)| matches!(a, Action::WarnWaiting(_))).collect();
        let line = (1000, Action::WarnWaiting(Duration::from_millis(period.saturating_sub(1000))));
        assert_eq!(lines, if warned { vec![&line] } else { vec![] }, "{period}");
    }
}
