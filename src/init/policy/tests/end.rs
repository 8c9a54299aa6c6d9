//! The end, and what leads to it.

use super::*;

#[test]
fn a_parting_signal_is_for_no_grace_period() {
    let end_signal = Action::Send(Signal::TERM, Recipients::EndSignal, Source::Init);
    let rules = Rules { end_signal: Some(Signal::TERM), ..rules() };
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

/// A state and the time that it thinks it is.

#[test]
fn the_drain_is_finished_before_the_end() {
    let mut run = Run::new(rules());
    let ended = Ended::Exited(0);
    assert_eq!(run.after(MAIN_EXITS), [Action::TakeTerminal]);
    let orphan = Event::Child(OTHER, Change::Ended(ended));
    assert_eq!(run.after(orphan), []);
    assert_eq!(run.after(Event::Drained(Left::Nobody)), [Action::Exit(7)]);
    assert_eq!(run.after(Event::Drained(Left::Nobody)), [], "exit happens once");
}

#[test]
fn survivors_are_told_then_killed() {
    let mut run = Run::new(rules());
    assert_eq!(run.main_ends(Left::Children), END);
    assert_eq!(run.signal(HUP), [to_survivors(HUP, Source::Taken)]);
    assert_eq!(run.wait(), (5000, vec![Action::KillSurvivors]));
    assert_eq!(run.signal(HUP), [], "nobody is there to act on it");
    assert_eq!(run.wait(), (5050, vec![Action::KillSurvivors, Action::Drain]));
    assert_eq!(run.after(Event::Drained(Left::Nobody)), [Action::Exit(7)]);
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
fn what_cannot_die_is_given_up() {
    let mut run = Run::new(rules());
    run.main_ends(Left::Children);
    assert_eq!(run.wait().0, 5000);
    loop {
        let (at, actions) = run.wait();
        if actions.contains(&Action::GiveUp) {
            assert_eq!((at, actions.last()), (6000, Some(&Action::Exit(7))));
            break;
        }
        run.after(Event::Drained(Left::Children));
    }
}

#[test]
fn deadlines_wait_for_the_end_of_a_drain() {
    let mut run = Run::new(Rules { kill_after: kill_after(2000), ..rules() });
    run.signal(Signal::TERM);
    run.now.set(2000 * MS);
    assert_eq!(run.signal(Signal::CHLD), [Action::Drain], "perhaps it is not there any more");
    assert_eq!(run.main_ends(Left::Children), END);
    assert_eq!(run.wait().1, [Action::KillSurvivors]);
    run.now.set(run.now.get() + 60 * MS);
    let other = Event::Child(OTHER, Change::Ended(Ended::Exited(0)));
    assert_eq!(run.after(other), []);
    let actions = [Action::KillSurvivors, Action::Drain];
    assert_eq!(run.after(Event::Drained(Left::Children)), actions);
    assert_eq!(run.after(Event::Drained(Left::Nobody)), [Action::Exit(7)]);
}

/// Newborn ones die as well: that is no progress.
#[test]

fn who_dies_for_ever_is_given_up() {
    let mut run = Run::new(rules());
    run.main_ends(Left::Children);
    assert_eq!(run.wait().0, 5000);
    loop {
        run.after(Event::Child(OTHER, Change::Ended(Ended::Signaled(Signal::KILL, false))));
        run.after(Event::Drained(Left::Children));
        let (at, actions) = run.wait();
        if actions.contains(&Action::GiveUp) {
            assert_eq!((at, actions.last()), (15_000, Some(&Action::Exit(7))));
            break;
        }
    }
}

#[test]
fn strangers_are_looked_at_less_and_less() {
    let mut run = Run::new(rules());
    assert_eq!(run.main_ends(Left::Outsiders), END);
    for at in [10, 30, 70, 150, 310, 510, 710] {
        assert_eq!(run.wait(), (at, vec![Action::NotifyNewcomers, Action::Drain]));
        assert_eq!(run.after(Event::Drained(Left::Outsiders)), []);
    }
    run.wait();
    assert_eq!(run.after(Event::Drained(Left::Nobody)), [Action::Exit(7)]);
}

#[test]
fn whoever_ends_may_have_left_newcomers() {
    let other = Event::Child(OTHER, Change::Ended(Ended::Exited(0)));
    let patient = Rules { wait_all: true, ..rules() };
    for (rules, told) in [(rules(), true), (patient, false), (patient, true)] {
        let mut run = Run::new(rules);
        run.main_ends(Left::Children);
        if rules.wait_all && told {
            run.signal(Signal::TERM);
        }
        for at in [10, 30, 70] {
            assert_eq!(run.after(other), []);
            assert_eq!(run.after(Event::Drained(Left::Children)), []);
            if !told {
                assert_eq!(run.state.next_deadline(), None, "nobody was told anything");
                break;
            }
            assert_eq!(run.wait(), (at, vec![Action::NotifyNewcomers, Action::Drain]));
            assert_eq!(run.after(Event::Drained(Left::Children)), []);
            let next = run.state.next_deadline().unwrap();
            assert_eq!(next, Time(5000 * MS), "one look for one end");
        }
    }
}

#[test]
fn no_grace_period_is_no_second_phase() {
    let mut run = Run::new(Rules { grace_period: Duration::ZERO, ..rules() });
    assert_eq!(run.main_ends(Left::Children), [Action::CountSurvivors, Action::Exit(7)]);
}

#[test]
fn wait_all_waits_until_told() {
    let mut run = Run::new(Rules { wait_all: true, ..rules() });
    assert_eq!(run.main_ends(Left::Children), [Action::CountSurvivors]);
    assert_eq!(run.state.next_deadline(), None, "for as long as it takes");
    assert_eq!(run.signal(HUP), [to_survivors(HUP, Source::Taken)]);
    run.now.set(1000 * MS);
    let told =
        |signal| [to_survivors(signal, Source::Taken), to_survivors(Signal::CONT, Source::Init)];
    assert_eq!(run.signal(Signal::INT), told(Signal::INT));
    run.now.set(2000 * MS);
    assert_eq!(run.signal(Signal::TERM), told(Signal::TERM), "the period does not start again");
    assert_eq!(run.wait(), (6000, vec![Action::KillSurvivors]));
}
