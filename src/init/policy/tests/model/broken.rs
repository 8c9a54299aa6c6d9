//! Broken policies: the model has to say which law each of them breaks.

use super::*;
use crate::exit::TIMED_OUT;

/// What `action` is replaced by.
type Change = fn(&State, Event, Action) -> Option<Action>;

/// The policy, with a change to each action.
fn changed(state: &mut State, event: Event, clock: Clock<'_>, change: Change) -> Actions {
    let before = *state;
    let mut actions = Actions::NONE;
    for action in state.after(event, clock).iter() {
        change(&before, event, action).into_iter().for_each(|action| actions.push(action));
    }
    actions
}

/// The policy, which then forgets a deadline.
fn without(state: &mut State, event: Event, clock: Clock<'_>, due: Due) -> Actions {
    let actions = state.after(event, clock);
    state.deadlines.clear(due);
    actions
}

fn is_exit(action: &Action) -> bool {
    matches!(action, Action::Exit(_))
}

/// What is wrong, with the law that it breaks.
const BROKEN: [(Law, Policy); 14] = [
    ("a held signal is released in time", |state, event, clock| {
        without(state, event, clock, Due::Release(0))
    }),
    ("the main child is killed in time", |state, event, clock| {
        without(state, event, clock, Due::KillMain)
    }),
    ("survivors are killed in time", |state, event, clock| {
        without(state, event, clock, Due::Grace)
    }),
    ("init looks at those of whom no signal tells", |state, event, clock| {
        without(state, event, clock, Due::Look)
    }),
    // A TERM that is held when the main child ends.
    ("a held signal to end is for the main child alone", |state, event, clock| {
        let held = state.deadlines.get(Due::Release(0));
        let actions = state.after(event, clock);
        if let (MAIN_EXITS, Some(at)) = (event, held) {
            state.deadlines.set(Due::Release(0), at);
        }
        actions
    }),
    // Two queued signals become one while the main child is stopped.
    ("a signal has exactly one delivery", |state, event, clock| match event {
        Event::Signal(RT, Sender::Queued) if state.main_stopped => Actions::NONE,
        _ => state.after(event, clock),
    }),
    ("CONT follows a signal to end", |state, event, clock| {
        changed(state, event, clock, |_, _, action| {
            let woken = Action::Send(Signal::CONT, Recipients::Forwarded, Source::Init);
            Some(action).filter(|action| *action != woken)
        })
    }),
    ("only the main child's end, with its status", |state, event, clock| {
        changed(state, event, clock, |_, _, action| {
            Some(if is_exit(&action) { Action::Exit(TIMED_OUT) } else { action })
        })
    }),
    ("nothing follows the exit", |state, event, clock| {
        let mut actions = state.after(event, clock);
        if actions.iter().any(|action| is_exit(&action)) {
            actions.push(Action::TakeTerminal);
        }
        actions
    }),
    ("survivors are counted once", |state, event, clock| {
        changed(state, event, clock, |_, _, action| match action {
            Action::Notify(_) => Some(Action::CountSurvivors),
            action => Some(action),
        })
    }),
    ("survivors are killed after the grace period", |state, event, clock| {
        changed(state, event, clock, |_, _, action| match action {
            Action::Notify(_) => Some(Action::KillSurvivors),
            action => Some(action),
        })
    }),
    // Deaths that init has not seen yet do not count.
    ("nobody is given up before the kill had time", |state, event, clock| {
        state.doubts |= matches!(state.phase, Phase::Killing(_));
        state.after(event, clock)
    }),
    // The number of the main child may be somebody else's by then.
    ("nothing goes to a main child that is gone", |state, event, clock| {
        changed(state, event, clock, |_, _, action| match action {
            Action::Send(signal, Recipients::Survivors, source) => {
                Some(Action::Send(signal, Recipients::Forwarded, source))
            }
            action => Some(action),
        })
    }),
    ("it drains without end", |state, event, clock| {
        let mut actions = state.after(event, clock);
        if state.phase != Phase::Over {
            actions.push(Action::Drain);
        }
        actions
    }),
];

#[test]
fn broken_policies_are_seen() {
    for (law, policy) in BROKEN {
        let broken =
            |rules| explore(policy, rules, &LETTERS).is_err_and(|(broken, _)| broken == law);
        assert!(every_end().into_iter().any(broken), "{law}");
    }
}
