//! What holds whatever happens in whatever order.

use proptest::prelude::*;

use super::super::signals::forwardable;
use super::*;

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
            kill_after: kill_after.map_or(KillAfter::NEVER, super::kill_after),
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
        let timeout = timeout.map(Duration::from_millis);
        let mut run = Run::new(Rules { timeout, ..rules });
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
                    Action::Send(_, recipients, _) => {
                        prop_assert!(recipients != Recipients::Job || !gone, "to a reaped pid");
                    }
                    Action::KillMain(_) => prop_assert!(!gone, "to a reaped pid"),
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
