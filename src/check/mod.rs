//! `--check`: what this system allows init and a sandbox to do, and why not more.
//!
//! In: the kernel's answers. Out: a text. `findings` and `possible` ask the kernel and leave
//! nothing behind; `table` and `json` write, and are pure.

mod possible;
mod ranges;
mod findings;
mod json;
mod table;

use crate::config::Form;
use findings::Findings;

/// Collects the findings and writes them, as whole lines.
pub fn check(form: Form) -> String {
    let findings = Findings::collect();
    match form {
        Form::Table => table::table(&findings),
        Form::Json => json::object(&findings),
    }
}
