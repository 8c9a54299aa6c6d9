//! `--check`: what this place allows, for whoever wonders why a sandbox cannot be made.
//!
//! In: the kernel's answers to questions that leave nothing behind. Out: a text. The
//! asking is `facts`', the writing `table`'s and `json`'s, and those are pure.

mod attempt;
mod facts;
mod json;
mod table;

use crate::config::Form;
use facts::Facts;

/// Looks around and writes down what was found, as whole lines.
pub fn check(form: Form) -> String {
    let facts = Facts::find();
    match form {
        Form::Table => table::table(&facts),
        Form::Json => json::object(&facts),
    }
}
