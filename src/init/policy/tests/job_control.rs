//! The main child stops and goes on.

use super::*;

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
        (S::TSTP, Other, vec![], go_on(), stop(S::TSTP, StopTarget::Init)),
        (S::TSTP, Nobody, stop(S::TSTP, StopTarget::Init), go_on(), vec![]),
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

/// Only a stop signal says anything about stops.
#[test]
fn other_signals_stop_and_continue_nobody() {
    let mut run = Run::new(rules());
    assert_eq!(run.signal(HUP), forward(HUP));
    assert_eq!(run.after(Event::Stopped(Signal::TSTP, Holder::Other, true)), []);
    // init stops together with the main child.
    run.after(Event::Stopped(Signal::TSTP, Holder::Main, true));
    assert_eq!(run.signal(HUP), forward(HUP));
    // And once the main child is gone, a stop signal is the survivors'.
    run.main_ends(Left::Children);
    assert_eq!(run.signal(Signal::TSTP), [to_survivors(Signal::TSTP, Source::Taken)]);
    // init has the terminal of a main child that SIGSTOP has stopped.
    let mut run = Run::new(rules());
    run.after(Event::Stopped(Signal::STOP, Holder::Main, true));
    assert_eq!(run.signal(HUP), forward(HUP));
    run.main_ends(Left::Children);
    assert_eq!(run.signal(Signal::TSTP), [to_survivors(Signal::TSTP, Source::Taken)]);
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
