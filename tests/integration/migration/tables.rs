//! The manual's tables of migration: each row is a row here too, and both programs run with what
//! the row says. No option of another program is missing there.

use std::path::Path;

use super::inits::TABLES;
use super::rows::{Row, Table};
use crate::support::engine::repository;
use crate::support::*;

/// The manual's section.
fn manual() -> String {
    std::fs::read_to_string(repository("src/manual/migration.md")).unwrap()
}

/// The text below a heading, up to the next one.
fn part<'a>(manual: &'a str, heading: &str) -> &'a str {
    let after = manual.split(&format!("\n## {heading}\n")).nth(1);
    let after = after.unwrap_or_else(|| panic!("no heading {heading:?}"));
    after.split("\n## ").next().unwrap()
}

/// The cells of a table with two columns.
fn cells(part: &str) -> Vec<(String, String)> {
    let lines = part.lines().filter(|line| line.starts_with('|')).skip(2);
    let row = |line: &str| {
        let mut all = line.split('|').skip(1).map(|cell| cell.trim().to_owned());
        (all.next().unwrap(), all.next().unwrap())
    };
    lines.map(row).collect()
}

#[test]
fn the_manual_has_each_row_and_no_other() {
    let manual = manual();
    for table in TABLES {
        let found = cells(part(&manual, table.heading));
        let rows = table.rows.iter().map(|row| (row.theirs.to_owned(), row.ours.to_owned()));
        assert_eq!(found, rows.collect::<Vec<_>>(), "{}", table.heading);
        // What is here too is run.
        let run = |row: &Row| row.ours.starts_with("no option") == row.runs.is_empty();
        assert!(table.rows.iter().all(run), "{}", table.heading);
    }
}

/// The long options and the letters that a program's own help names at the start of a line or
/// behind a comma.
fn options_of(help: &str) -> Vec<String> {
    let mut all = Vec::new();
    for line in help.lines().map(str::trim).filter(|line| line.starts_with('-')) {
        for word in line.split([' ', ',', '=', '[', ':']).filter(|word| !word.is_empty()) {
            if !word.starts_with('-') {
                break;
            }
            all.push(word.to_owned());
        }
    }
    all
}

#[test]
fn no_option_of_theirs_is_missing() {
    let manual = manual();
    for Table { heading, program, .. } in TABLES {
        if !installed(program) {
            skip("no_option_of_theirs_is_missing", &format!("needs {program}"));
            continue;
        }
        let help = if *program == "bwrap" || *program == "unshare" { "--help" } else { "-h" };
        let said = Start::new(*program, [help]).run();
        // An example below the table, or our column, may have an option of the same name.
        let theirs: Vec<String> =
            cells(part(&manual, heading)).into_iter().map(|(theirs, _)| theirs).collect();
        let letters = |c: char| !c.is_ascii_alphanumeric() && c != '-';
        let named: Vec<&str> = theirs.iter().flat_map(|cell| cell.split(letters)).collect();
        let options = options_of(&(said.stdout + &said.stderr));
        assert!(options.len() >= 5, "{program}: {options:?}");
        let missing = options.iter().filter(|option| !named.contains(&option.as_str()));
        assert!(missing.clone().count() == 0, "{heading}: {:?}", missing.collect::<Vec<_>>());
    }
}

/// Runs a script of a row with the words of one side as its arguments.
fn run(place: &Path, words: &str, script: &str) -> (i32, String) {
    let program = words.split(' ').map(|word| match word {
        "init" => init_path().to_str().unwrap().to_owned(),
        other => other.replace('@', place.to_str().unwrap().trim_end_matches('/')),
    });
    let program: Vec<String> = program.collect();
    let before = ["-c", script, "sh"].map(str::to_owned);
    let start = Start::new("sh", before.iter().chain(&program)).current_dir(place);
    // A job in the background may be started with these ignored, and then no shell can trap them.
    let start = start.before_exec(|| {
        for signal in [libc::SIGINT, libc::SIGQUIT] {
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    });
    let done = start.run();
    (done.code(), done.stdout.trim_end().to_owned())
}

fn rows_do_what_they_say(table: &Table) {
    let test = "rows_do_what_they_say";
    if !root() || !installed(table.program) {
        return skip(test, &format!("needs root and {}", table.program));
    }
    let mut wrong = Vec::new();
    for Row { theirs, runs, .. } in table.rows {
        for each in *runs {
            for (words, (status, out)) in [(each.theirs, each.they), (each.ours, each.we)] {
                let scratch = Scratch::new();
                let found = run(&scratch.path(""), words, each.script);
                if found != (status, out.to_owned()) {
                    wrong.push(format!("{theirs}: {words}: {found:?}, not {:?}", (status, out)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {}", table.heading, wrong.join("\n"));
}

#[test]
fn from_tini() {
    rows_do_what_they_say(&TABLES[0]);
}

#[test]
fn from_dumb_init() {
    rows_do_what_they_say(&TABLES[1]);
}

#[test]
fn from_catatonit() {
    rows_do_what_they_say(&TABLES[2]);
}

#[test]
fn from_unshare() {
    rows_do_what_they_say(&TABLES[3]);
}

#[test]
fn from_bwrap() {
    rows_do_what_they_say(&TABLES[4]);
}
