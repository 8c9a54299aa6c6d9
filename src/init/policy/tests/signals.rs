//! Signals that arrive while the main child runs, and its deadlines.

use super::*;

#[test]
fn what_is_forwarded() {
    let mut run = Run::new(rules());
    for signal in Signal::all() {
        for sender in [Sender::Program, Sender::Queued, Sender::Kernel, Sender::Init] {
            let expected = match (signal, sender) {
                (Signal::CHLD, _) => vec![Action::Drain],
                (_, Sender::Init) => vec![],
                (signal, Sender::Kernel) if signal.fault() => vec![],
                // As the terminal would have: to the whole group.
                (signal, Sender::Kernel) if signal.typed() => {
                    vec![Action::Send(signal, Recipients::Job, Source::Taken)]
                }
                (signal, _) => forward(signal),
            };
            assert_eq!(run.after(Event::Signal(signal, sender)), expected, "{signal} {sender:?}");
        }
    }
    assert_eq!(run.state.next_deadline(), None, "nothing is due");
}

#[test]
fn stopped_is_not_dead() {
    let mut run = Run::new(rules());
    for change in [Change::Stopped(Signal::STOP), Change::Continued] {
        assert_eq!(run.after(Event::Child(MAIN, change)), []);
        assert_eq!(run.after(Event::Drained(Left::Children)), []);
    }
    assert_eq!(run.state.phase(), Phase::Running);
}

/// The first signal that counts sets the time; QUIT asks a JVM for a dump.
#[test]
fn kill_after_starts_with_the_first_signal_to_end() {
    let two = Duration::from_secs(2);
    let rules = Rules { kill_after: kill_after(2000), ..rules() };
    for first in [Signal::TERM, Signal::INT] {
        let mut run = Run::new(rules);
        for signal in [HUP, Signal::QUIT] {
            assert_eq!(run.signal(signal), forward(signal));
            assert_eq!(run.state.next_deadline(), None);
        }
        assert_eq!(run.signal(first), forward(first));
        run.now.set(1500 * MS);
        assert_eq!(run.signal(Signal::TERM), forward(Signal::TERM));
        let kill = Action::KillMain(KillCause::KillAfter(first, two));
        assert_eq!(run.wait(), (2000, vec![kill]));
        assert_eq!(run.state.next_deadline(), None);
    }

    let mut named = rules;
    let second = Duration::from_secs(1);
    named.kill_after.set(Some(HUP), second).unwrap();
    let mut run = Run::new(named);
    assert_eq!(run.signal(Signal::TERM), forward(Signal::TERM));
    run.now.set(500 * MS);
    assert_eq!(run.signal(HUP), forward(HUP));
    let kill = Action::KillMain(KillCause::KillAfter(HUP, second));
    assert_eq!(run.wait(), (1500, vec![kill]), "the earlier of the two");

    let mut dropped = rules;
    dropped.rewrites.set(Signal::TERM, None);
    let mut run = Run::new(dropped);
    assert_eq!(run.signal(Signal::TERM), []);
    assert_eq!(run.state.next_deadline(), None, "what is not forwarded starts nothing");
}

#[test]
fn timeout_ends_with_124_either_way() {
    let (three, five) = (Duration::from_secs(3), Duration::from_secs(5));
    let kill = Action::KillMain(KillCause::Timeout(three, five));
    let term = Action::Send(Signal::TERM, Recipients::Forwarded, Source::Init);
    for obeys in [true, false] {
        let mut run = Run::timed(rules(), 3000 * MS);
        assert_eq!(run.wait(), (3000, vec![term]));
        if !obeys {
            assert_eq!(run.wait(), (8000, vec![kill]));
        }
        assert_eq!(run.main_ends(Left::Nobody), [Action::Exit(124)]);
    }
    let mut run = Run::timed(rules(), 3000 * MS);
    assert_eq!(run.main_ends(Left::Nobody), [Action::Exit(7)], "it was in time");
}

/// The shorter time kills, and is named.
#[test]
fn timeout_with_kill_after() {
    let second = Duration::from_secs(1);
    let mut run = Run::timed(Rules { kill_after: kill_after(1000), ..rules() }, 3000 * MS);
    run.wait();
    let kill = Action::KillMain(KillCause::KillAfter(Signal::TERM, second));
    assert_eq!(run.wait(), (4000, vec![kill]));
}

#[test]
fn a_stopped_main_child_is_continued_to_end() {
    let stop = Event::Child(MAIN, Change::Stopped(Signal::STOP));
    let cont = |to| Action::Send(Signal::CONT, to, Source::Init);
    for signal in Signal::all().filter(|s| *s != Signal::CHLD && !s.stops()) {
        let mut run = Run::new(rules());
        run.after(stop);
        let mut expected = forward(signal);
        if signal.ends() {
            expected.push(cont(Recipients::Forwarded));
        }
        assert_eq!(run.signal(signal), expected, "{signal}");
        run.after(Event::Child(MAIN, Change::Continued));
        assert_eq!(run.signal(signal), forward(signal), "{signal}");
    }
    let mut run = Run::timed(rules(), 3000 * MS);
    run.after(stop);
    let typed = Action::Send(Signal::INT, Recipients::Job, Source::Taken);
    let actions = [typed, cont(Recipients::Job)];
    assert_eq!(run.after(Event::Signal(Signal::INT, Sender::Kernel)), actions);
    let term = Action::Send(Signal::TERM, Recipients::Forwarded, Source::Init);
    assert_eq!(run.wait(), (3000, vec![term, cont(Recipients::Forwarded)]));
    run.state.rules.rewrites.set(Signal::TERM, None);
    assert_eq!(run.signal(Signal::TERM), [], "what is dropped continues nobody");
    // Somebody else's stop.
    let mut run = Run::new(rules());
    run.after(Event::Child(OTHER, Change::Stopped(Signal::STOP)));
    assert_eq!(run.signal(Signal::TERM), forward(Signal::TERM));
}

#[test]
fn delayed_signals_go_out_once() {
    let mut delayed = rules();
    delayed.delays.set(Signal::TERM, Duration::from_secs(3));
    delayed.rewrites.set(Signal::TERM, Some(Signal::QUIT));
    let held = |signal| vec![Action::Send(signal, Recipients::Forwarded, Source::Held(0))];

    let mut run = Run::new(delayed);
    assert_eq!(run.signal(Signal::TERM), [Action::Hold(0, Source::Taken)]);
    assert_eq!(run.signal(HUP), forward(HUP), "others pass it by");
    assert_eq!(run.wait(), (3000, held(Signal::QUIT)));

    let mut run = Run::new(delayed);
    assert_eq!(run.signal(Signal::TERM), [Action::Hold(0, Source::Taken)]);
    assert_eq!(run.signal(Signal::TERM), forward(Signal::QUIT), "the second releases it");
    assert_eq!(run.state.next_deadline(), None, "one delivery in all");
    assert_eq!(run.signal(Signal::TERM), [Action::Hold(0, Source::Taken)], "and then anew");
}

/// The end asks survivors in its own order; a signal that does not ask to end is still theirs.
#[test]
fn what_is_held_when_the_main_child_ends() {
    let three = Duration::from_secs(3);
    for signal in [Signal::TERM, HUP] {
        let mut delayed = rules();
        delayed.delays.set(signal, three);
        let mut run = Run::new(delayed);
        assert_eq!(run.signal(signal), [Action::Hold(0, Source::Taken)]);
        run.main_ends(Left::Children);
        run.now.set(3000 * MS);
        let sent: Vec<Action> =
            run.after(Event::Woken).into_iter().filter(|a| matches!(a, Action::Send(..))).collect();
        let held = to_survivors(HUP, Source::Held(0));
        assert_eq!(sent, if signal == HUP { vec![held] } else { vec![] }, "{signal}");
    }
}

#[test]
fn timeout_waits_for_the_delay_like_any_term() {
    let mut delayed = rules();
    delayed.delays.set(Signal::TERM, Duration::from_secs(3));
    let mut run = Run::timed(delayed, 1000 * MS);
    assert_eq!(run.wait(), (1000, vec![Action::Hold(0, Source::Init)]));
    let term = Action::Send(Signal::TERM, Recipients::Forwarded, Source::Held(0));
    assert_eq!(run.wait(), (4000, vec![term]));
    assert_eq!(run.wait().0, 9000, "and the grace period starts with it");
    let mut run = Run::timed(delayed, 1000 * MS);
    assert_eq!(run.signal(Signal::TERM), [Action::Hold(0, Source::Taken)]);
    assert_eq!(run.wait(), (1000, vec![term]), "it releases what somebody has sent");
}

#[test]
fn remapping_is_for_the_main_childs_status_only() {
    let mut remapped = rules();
    remapped.remap_exit.insert(7);
    remapped.remap_exit.insert(124);
    assert_eq!(Run::new(remapped).main_ends(Left::Nobody), [Action::Exit(0)]);
    let mut run = Run::timed(remapped, 1);
    run.wait();
    assert_eq!(run.main_ends(Left::Nobody), [Action::Exit(124)]);
}
