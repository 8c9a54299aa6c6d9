//! `--check`: what this system allows init and a sandbox to do, and why not more.
//!
//! In: the kernel's answers. Out: a text. `table` and `json` write, and are pure; the others ask
//! the kernel, and leave nothing behind.

mod cgroups;
mod existing;
mod findings;
mod json;
mod possible;
mod ranges;
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
