//! Terminal cases with our init, with other programs and without an init: a table.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::{foreground, jobs, session};
use crate::support::stages::*;
use crate::support::*;

/// Long enough for a program that passes, short enough for a program that hangs.
const OTHERS_PATIENCE: Duration = Duration::from_secs(4);

fn cases() -> impl Iterator<Item = &'static (&'static str, Case)> {
    let all = [foreground::CASES, jobs::CASES, session::CASES];
    all.into_iter().flatten()
}

/// Does the subject pass in every shell?
fn passes(case: Case, subject: &Subject) -> bool {
    SHELLS.into_iter().all(|shell| {
        let stage = Stage { subject: subject.clone(), shell, place: Place::Here };
        // A panic of the test support is a failed case.
        catch_unwind(AssertUnwindSafe(|| case(&stage))).is_ok()
    })
}

fn column(subject: &Subject) -> Vec<bool> {
    if subject.name != "init" {
        PATIENCE.set(OTHERS_PATIENCE);
    }
    cases().map(|(_, case)| passes(*case, subject)).collect()
}

#[test]
fn terminals_with_the_peers() {
    let peers = [("tini", "-s "), ("dumb-init", ""), ("catatonit", "")];
    if let Some((missing, _)) = peers.iter().find(|(name, _)| !installed(name)) {
        return skip("terminals_with_the_peers", &format!("needs {missing}"));
    }
    let others = peers.map(|(name, options)| theirs(name, options));
    let all: Vec<Subject> = [ours()].into_iter().chain(others).chain([nobody()]).collect();
    // In parallel, because a failed case waits for the whole patience.
    let results: Vec<Vec<bool>> = std::thread::scope(|scope| {
        let threads: Vec<_> = all.iter().map(|subject| scope.spawn(|| column(subject))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    show(&table(&all, &results));
    let failed: Vec<_> = cases().zip(&results[0]).filter(|(_, passed)| !**passed).collect();
    assert!(failed.is_empty(), "ours fails {failed:?}");
}

fn table(subjects: &[Subject], results: &[Vec<bool>]) -> String {
    let name = |subject: &Subject| match subject.name.as_str() {
        "" => "no init".to_owned(),
        name => name.to_owned(),
    };
    let names: Vec<String> = subjects.iter().map(name).collect();
    let mut text = format!("\n| | {} |\n|-|{}\n", names.join(" | "), "-|".repeat(names.len()));
    for (n, (case, _)) in cases().enumerate() {
        let word = |passed: &Vec<bool>| if passed[n] { "yes" } else { "no" };
        let words: Vec<&str> = results.iter().map(word).collect();
        text += &format!("| {case} | {} |\n", words.join(" | "));
    }
    text
}
