//! The life of init as tables, then under random events with a clock of the test's own.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;

const MAIN: Pid = Pid::from_raw(100);
const OTHER: Pid = Pid::from_raw(101);
const MS: u64 = 1_000_000;
const HUP: Signal = Signal::new(1).unwrap();
const MAIN_EXITS: Event = Event::Child(MAIN, Change::Ended(Ended::Exited(7)));
const RT: Signal = Signal::new(40).unwrap();

fn rules() -> Rules {
    Rules {
        delays: Delays::NONE,
        rewrites: Rewrites::NONE,
        remap_exit: exit::ExitCodes::default(),
        kill_after: None,
        grace_period: Duration::from_secs(5),
        end_signal: None,
        wait_all: false,
        stops_along: false,
    }
}

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
struct Run {
    state: State,
    now: Cell<u64>,
}

impl Run {
    fn new(rules: Rules) -> Run {
        Run { state: State::new(rules, MAIN), now: Cell::new(0) }
    }

    fn after(&mut self, event: Event) -> Vec<Action> {
        let Run { state, now } = self;
        state.after(event, &|| Time(now.get())).iter().collect()
    }

    fn signal(&mut self, signal: Signal) -> Vec<Action> {
        self.after(Event::Signal(signal, Sender::Program))
    }

    /// The main child exits with 7, and `left` are left.
    fn main_ends(&mut self, left: Left) -> Vec<Action> {
        assert_eq!(self.after(MAIN_EXITS), [Action::TakeTerminal]);
        self.after(Event::Drained(left))
    }

    /// The next deadline passes; returns when that is, in milliseconds, and what is done.
    fn wait(&mut self) -> (u64, Vec<Action>) {
        let at = self.state.next_deadline().expect("a deadline");
        self.now.set(at.0);
        (at.0 / MS, self.after(Event::Woken))
    }
}

fn forward(signal: Signal) -> Vec<Action> {
    let send = Action::Send(signal, Recipients::Forwarded, Source::Taken);
    if signal == Signal::CONT { vec![Action::GiveTerminal, send] } else { vec![send] }
}

fn to_survivors(signal: Signal, source: Source) -> Action {
    Action::Send(signal, Recipients::Survivors, source)
}

const END: [Action; 3] = [
    Action::CountSurvivors,
    Action::Send(Signal::TERM, Recipients::Survivors, Source::Init),
    Action::Send(Signal::CONT, Recipients::Survivors, Source::Init),
];

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
    let mut run = Run::new(Rules { kill_after: Some(Duration::from_secs(2)), ..rules() });
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
        assert_eq!(run.wait(), (at, vec![Action::TellNewcomers, Action::Drain]));
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
            assert_eq!(run.wait(), (at, vec![Action::TellNewcomers, Action::Drain]));
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

#[test]
fn kill_after_starts_with_the_first_signal_to_end() {
    let mut run = Run::new(Rules { kill_after: Some(Duration::from_secs(2)), ..rules() });
    assert_eq!(run.signal(HUP), forward(HUP));
    assert_eq!(run.state.next_deadline(), None);
    assert_eq!(run.signal(Signal::QUIT), forward(Signal::QUIT));
    run.now.set(1500 * MS);
    assert_eq!(run.signal(Signal::TERM), forward(Signal::TERM));
    let kill = Action::Send(Signal::KILL, Recipients::Main, Source::Init);
    assert_eq!(run.wait(), (2000, vec![kill]));
    assert_eq!(run.state.next_deadline(), None);

    let mut dropped = Rules { kill_after: Some(Duration::from_secs(2)), ..rules() };
    dropped.rewrites.set(Signal::TERM, None);
    let mut run = Run::new(dropped);
    assert_eq!(run.signal(Signal::TERM), []);
    assert_eq!(run.state.next_deadline(), None, "what is not forwarded starts nothing");
}

#[test]
fn timeout_ends_with_124_either_way() {
    let kill = Action::Send(Signal::KILL, Recipients::Main, Source::Init);
    let term = Action::Send(Signal::TERM, Recipients::Forwarded, Source::Init);
    for obeys in [true, false] {
        let mut run = Run::new(rules());
        run.state = run.state.with_timeout(Time(3000 * MS));
        assert_eq!(run.wait(), (3000, vec![term]));
        if !obeys {
            assert_eq!(run.wait(), (8000, vec![kill]));
        }
        assert_eq!(run.main_ends(Left::Nobody), [Action::Exit(124)]);
    }
    let mut run = Run::new(rules());
    run.state = run.state.with_timeout(Time(3000 * MS));
    assert_eq!(run.main_ends(Left::Nobody), [Action::Exit(7)], "it was in time");
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

#[test]
fn timeout_waits_for_the_delay_like_any_term() {
    let mut delayed = rules();
    delayed.delays.set(Signal::TERM, Duration::from_secs(3));
    let mut run = Run::new(delayed);
    run.state = run.state.with_timeout(Time(1000 * MS));
    assert_eq!(run.wait(), (1000, vec![Action::Hold(0, Source::Init)]));
    let term = Action::Send(Signal::TERM, Recipients::Forwarded, Source::Held(0));
    assert_eq!(run.wait(), (4000, vec![term]));
    assert_eq!(run.wait().0, 9000, "and the grace period starts with it");
}

#[test]
fn remapping_is_for_the_main_childs_status_only() {
    let mut remapped = rules();
    remapped.remap_exit.insert(7);
    remapped.remap_exit.insert(124);
    assert_eq!(Run::new(remapped).main_ends(Left::Nobody), [Action::Exit(0)]);
    let mut run = Run::new(remapped);
    run.state = run.state.with_timeout(Time(1));
    run.wait();
    assert_eq!(run.main_ends(Left::Nobody), [Action::Exit(124)]);
}

fn event() -> impl Strategy<Value = (Event, u64)> {
    let signal = (1..=64).prop_map(|n| Signal::new(n).unwrap());
    let sender =
        prop::sample::select(vec![Sender::Program, Sender::Queued, Sender::Kernel, Sender::Init]);
    let pid = prop_oneof![1 => Just(MAIN), 4 => Just(OTHER)];
    let change = prop_oneof![
        Just(Change::Ended(Ended::Exited(3))),
        Just(Change::Ended(Ended::Signaled(Signal::TERM, false))),
        Just(Change::Stopped(Signal::STOP)),
        Just(Change::Continued),
    ];
    let stop = prop::sample::select(vec![Signal::TSTP, Signal::TTIN, Signal::TTOU]);
    let holders = vec![Holder::Ours, Holder::Main, Holder::Other, Holder::Nobody];
    let holder = prop::sample::select(holders);
    let stopped = (stop.clone(), holder.clone(), any::<bool>());
    let left = prop::sample::select(vec![Left::Nobody, Left::Children, Left::Outsiders]);
    let event = prop_oneof![
        6 => (signal, sender).prop_map(|(signal, sender)| Event::Signal(signal, sender)),
        4 => (pid, change).prop_map(|(pid, change)| Event::Child(pid, change)),
        3 => left.prop_map(Event::Drained),
        1 => Just(Event::Woken),
        2 => stopped.prop_map(|(signal, holder, shell)| Event::Stopped(signal, holder, shell)),
        1 => (stop, holder).prop_map(|(signal, holder)| Event::NotSuspended(signal, holder)),
    ];
    (event, 0_u64..2000)
}

prop_compose! {
    fn any_rules()(
        delay in prop::option::of(0_u64..3000),
        kill_after in prop::option::of(1_u64..3000),
        grace in prop_oneof![Just(0), 1_u64..3000],
        wait_all in any::<bool>(),
        rewrite in any::<bool>(),
    ) -> Rules {
        let ms = Duration::from_millis;
        let mut rules = Rules {
            kill_after: kill_after.map(ms),
            grace_period: ms(grace),
            wait_all,
            ..rules()
        };
        if let Some(delay) = delay {
            rules.delays.set(Signal::TERM, ms(delay));
        }
        if rewrite {
            rules.rewrites.set(HUP, Some(RT));
        }
        rules
    }
}

const GO_ON: [Action; 2] =
    [Action::GiveTerminal, Action::Send(Signal::CONT, Recipients::Job, Source::Init)];

fn stop(signal: Signal, whom: StopTarget) -> Vec<Action> {
    vec![Action::TakeTerminal, Action::Suspend(signal, whom)]
}

#[test]
fn what_a_stop_of_the_main_child_means() {
    use Holder::{Main, Nobody, Other, Ours};
    use Signal as S;
    let go_on = || GO_ON.to_vec();
    // By the terminal: on a shell, and without one. Then by a program, through init.
    for (signal, holder, shell, alone, told) in [
        (
            S::TSTP,
            Main,
            stop(S::TSTP, StopTarget::Group),
            go_on(),
            stop(S::TSTP, StopTarget::Group),
        ),
        (S::TSTP, Ours, stop(S::TSTP, StopTarget::Group), go_on(), stop(S::TSTP, StopTarget::Init)),
        (S::TSTP, Other, vec![], vec![], stop(S::TSTP, StopTarget::Init)),
        (S::TSTP, Nobody, vec![], vec![], vec![]),
        (S::TTIN, Main, go_on(), go_on(), stop(S::TTIN, StopTarget::Group)),
        (S::TTIN, Ours, go_on(), go_on(), stop(S::TTIN, StopTarget::Init)),
        (S::TTIN, Other, stop(S::TTIN, StopTarget::Group), vec![], stop(S::TTIN, StopTarget::Init)),
        (S::TTIN, Nobody, vec![], vec![], vec![]),
        (S::TTOU, Ours, go_on(), go_on(), stop(S::TTOU, StopTarget::Init)),
        (S::TTOU, Other, stop(S::TTOU, StopTarget::Group), vec![], stop(S::TTOU, StopTarget::Init)),
    ] {
        let after = |told: bool, has_shell: bool| {
            let mut run = Run::new(rules());
            if told {
                assert_eq!(run.signal(signal), forward(signal));
            }
            run.after(Event::Stopped(signal, holder, has_shell))
        };
        assert_eq!(after(false, true), shell, "{signal} {holder:?}");
        assert_eq!(after(false, false), alone, "{signal} {holder:?} without a shell");
        assert_eq!(after(true, true), told, "{signal} {holder:?} from a program");
        assert_eq!(after(true, false), [], "{signal} {holder:?} from a program, no shell");
    }
}

#[test]
fn the_shell_continues_both() {
    let mut run = Run::new(rules());
    let stopped = Event::Stopped(Signal::TSTP, Holder::Main, true);
    assert_eq!(run.after(stopped), stop(Signal::TSTP, StopTarget::Group));
    let go_on = [Action::GiveTerminal, Action::Send(Signal::CONT, Recipients::Job, Source::Taken)];
    assert_eq!(run.signal(Signal::CONT), go_on);
    assert_eq!(run.signal(Signal::CONT), forward(Signal::CONT), "once");
    // Who drops CONT means the app's, not the shell's.
    run.state.rules.rewrites.set(Signal::CONT, None);
    run.after(stopped);
    assert_eq!(run.signal(Signal::CONT), go_on);
    assert_eq!(run.signal(Signal::CONT), [Action::GiveTerminal]);
}

#[test]
fn a_stop_stands_for_the_cont_that_it_has_thrown_away() {
    let mut run = Run::new(rules());
    run.after(Event::Stopped(Signal::TTIN, Holder::Other, true));
    let ctrl_z = Event::Signal(Signal::TSTP, Sender::Kernel);
    let stop = Action::Send(Signal::TSTP, Recipients::Job, Source::Taken);
    assert_eq!(run.after(ctrl_z), [&GO_ON[..], &[stop]].concat());
    assert_eq!(run.after(ctrl_z), [stop]);
}

#[test]
fn somebody_elses_stop_is_left_alone() {
    let continued = Event::Child(MAIN, Change::Continued);
    for (holder, shell) in [(Holder::Main, false), (Holder::Ours, true), (Holder::Nobody, true)] {
        let mut run = Run::new(rules());
        assert_eq!(run.after(Event::Stopped(Signal::STOP, holder, shell)), []);
        assert_eq!(run.after(continued), []);
        assert_eq!(run.signal(Signal::TSTP), forward(Signal::TSTP));
    }
}

#[test]
fn a_stop_in_the_foreground_leaves_the_keys_to_init() {
    let halt = Event::Stopped(Signal::STOP, Holder::Main, true);
    let continued = Event::Child(MAIN, Change::Continued);
    let mut run = Run::new(rules());
    assert_eq!(run.after(halt), [Action::TakeTerminal]);
    assert_eq!(run.after(continued), [Action::GiveTerminal]);
    assert_eq!(run.after(continued), []);

    run.after(halt);
    let ctrl_z = [
        Action::Send(Signal::TSTP, Recipients::Job, Source::Taken),
        Action::Suspend(Signal::TSTP, StopTarget::Init),
    ];
    assert_eq!(run.after(Event::Signal(Signal::TSTP, Sender::Kernel)), ctrl_z);
    let go_on = [Action::GiveTerminal, Action::Send(Signal::CONT, Recipients::Job, Source::Taken)];
    assert_eq!(run.signal(Signal::CONT), go_on);
    run.after(continued);
    assert_eq!(run.signal(Signal::TSTP), forward(Signal::TSTP));
}

#[test]
fn who_cannot_be_continued_is_not_stopped() {
    let mut run = Run::new(rules());
    run.after(Event::Stopped(Signal::TSTP, Holder::Main, true));
    assert_eq!(run.after(Event::NotSuspended(Signal::TSTP, Holder::Other)), GO_ON);
    // Or was it stopped, and by now `fg` and another stop have come?
    run.after(Event::Stopped(Signal::TTIN, Holder::Other, true));
    assert_eq!(run.after(Event::NotSuspended(Signal::TTIN, Holder::Ours)), GO_ON);
    run.after(Event::Stopped(Signal::TTIN, Holder::Other, true));
    assert_eq!(
        run.after(Event::NotSuspended(Signal::TTIN, Holder::Other)),
        [],
        "it would stop again"
    );
    assert_eq!(run.signal(Signal::CONT), forward(Signal::CONT), "init has not stopped");
}

#[test]
fn others_of_the_job_get_the_terminal() {
    let mut run = Run::new(rules());
    for holder in [Holder::Main, Holder::Ours] {
        let actions = [Action::TakeTerminal, Action::WakeJob];
        assert_eq!(run.after(Event::Refused(Signal::TTOU, holder)), actions);
    }
    for holder in [Holder::Other, Holder::Nobody] {
        assert_eq!(run.after(Event::Refused(Signal::TTIN, holder)), forward(Signal::TTIN));
    }
}

#[test]
fn dumb_init_stops_along() {
    let mut run = Run::new(Rules { stops_along: true, ..rules() });
    run.state.rules.rewrites.set(Signal::TSTP, Some(Signal::STOP));
    let actions = [
        Action::Send(Signal::STOP, Recipients::Forwarded, Source::Taken),
        Action::Suspend(Signal::STOP, StopTarget::Init),
    ];
    assert_eq!(run.signal(Signal::TSTP), actions);
    assert_eq!(run.after(Event::NotSuspended(Signal::STOP, Holder::Ours)), []);
    assert_eq!(run.signal(Signal::CONT), forward(Signal::CONT));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: the main status is kept, exit comes once and
    /// last, and each forwardable signal leads to exactly one thing while somebody is there.
    #[test]
    fn nothing_is_lost(
        rules in any_rules(),
        timeout in prop::option::of(0_u64..5000),
        events in prop::collection::vec(event(), 0..60),
    ) {
        let mut run = Run::new(rules);
        if let Some(timeout) = timeout {
            run.state = run.state.with_timeout(Time(timeout * MS));
        }
        let (mut status, mut exits, mut gone) = (None, Vec::new(), false);
        let (mut held, mut sent) = (0, 0);
        let mut wanted = 0;
        for (event, pause) in events {
            run.now.set(run.now.get() + pause * MS);
            let over = run.state.phase() == Phase::Over;
            let deaf = over || matches!(run.state.phase(), Phase::Killing(_));
            if let Event::Child(MAIN, Change::Ended(ended)) = event {
                if gone { continue; }
                gone = true;
                status = Some(ended.status());
            }
            if let Event::Signal(signal, sender) = event
                && signal != Signal::CHLD && forwardable(signal, sender) && !deaf
            {
                wanted += 1;
            }
            for action in run.after(event) {
                prop_assert!(!over || matches!(action, Action::Drain));
                match action {
                    Action::Exit(status) => exits.push(status),
                    Action::Hold(_, Source::Taken) => held += 1,
                    Action::Send(_, _, Source::Taken) => sent += 1,
                    Action::Send(_, audience, _) => {
                        let to_main = matches!(audience, Recipients::Main | Recipients::Job);
                        prop_assert!(!to_main || !gone, "to a reaped pid");
                    }
                    _ => {}
                }
            }
        }
        prop_assert_eq!(sent + held, wanted);
        prop_assert!(exits.len() <= 1);
        if let Some(exit) = exits.first() {
            let timed_out = run.state.timed_out();
            prop_assert_eq!(Some(*exit), if timed_out { Some(124) } else { status });
        }
    }

    /// Once the main child is gone, time alone leads to the end, unless all are waited for.
    #[test]
    fn the_end_comes(rules in any_rules(), events in prop::collection::vec(event(), 0..20)) {
        let mut run = Run::new(Rules { wait_all: false, ..rules });
        for (event, pause) in events {
            run.now.set(run.now.get() + pause * MS);
            if !matches!(event, Event::Child(MAIN, Change::Ended(_))) {
                run.after(event);
            }
        }
        run.after(Event::Child(MAIN, Change::Ended(Ended::Exited(7))));
        run.after(Event::Drained(Left::Children));
        for _ in 0..200 {
            if run.state.phase() == Phase::Over { break; }
            run.wait();
            run.after(Event::Drained(Left::Children));
        }
        prop_assert_eq!(run.state.phase(), Phase::Over);
    }
}
