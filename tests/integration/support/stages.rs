//! Who is tested on a terminal, and where: our binary under several names and other programs,
//! each in bash and dash, here, in a PID namespace or in a container.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::*;

/// Who is tested: the words that stand before the command, and the name of its process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub words: String,
    pub name: String,
    /// Its option for verbose messages.
    pub verbose: &'static str,
}

impl Subject {
    /// The command with the subject's words and options before it.
    pub fn before(&self, options: &str, command: &str) -> String {
        // tini looks for options behind the command too.
        let end = if self.words.is_empty() { "" } else { "-- " };
        format!("{}{options}{end}{command}", self.words)
    }
}

/// Where it is tested.
#[derive(Clone, Debug)]
pub struct Stage {
    pub subject: Subject,
    /// `bash` or `dash`.
    pub shell: &'static str,
    pub place: Place,
}

/// Where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the test's own namespaces.
    Here,
    /// As PID 1 of a PID namespace.
    Namespace,
    /// As PID 1 of a container: `docker run -it`.
    Run,
    /// In a container that runs already: `docker exec -it`.
    Exec,
}

/// Does what a user does on a terminal, and panics when the result is wrong.
pub type Case = fn(&Stage);

/// The shells in which each case is tried.
pub const SHELLS: [&str; 2] = ["bash", "dash"];

/// The command alone, without an init: the behaviour that users expect.
pub fn nobody() -> Subject {
    Subject { words: String::new(), name: String::new(), verbose: "" }
}

/// init as it is.
pub fn ours() -> Subject {
    Subject {
        words: format!("{} ", init_path().display()),
        name: "init".to_owned(),
        verbose: "-v ",
    }
}

/// init as the main child of another init.
pub fn nested() -> Subject {
    let init = init_path();
    Subject { words: format!("{0} {0} ", init.display()), name: "init".to_owned(), verbose: "-v " }
}

/// init with a sandbox: outer, inner and the command.
pub fn sandboxed() -> Subject {
    let words = format!("{} --pid --mount-proc ", init_path().display());
    Subject { words, ..ours() }
}

/// init under the name of another program, with these options of that program.
pub fn ours_as(scratch: &Scratch, name: &str, options: &str) -> Subject {
    let link = scratch.path(name);
    if !link.exists() {
        symlink(init_path(), &link).unwrap();
    }
    named(&link, name, options)
}

/// Somebody else's program.
pub fn theirs(name: &str, options: &str) -> Subject {
    named(&which(name), name, options)
}

fn named(path: &Path, name: &str, options: &str) -> Subject {
    let words = format!("{} {options}", path.display());
    // catatonit has no such option.
    let verbose = if name == "catatonit" { "" } else { "-v " };
    Subject { words, name: name.to_owned(), verbose }
}

/// Tries a case with init in every shell: here, as PID 1, nested, in a sandbox and as tini.
/// The command without an init has to pass as well: this checks the case itself.
#[track_caller]
pub fn everywhere(case: Case) {
    let scratch = Scratch::new();
    let all = SHELLS.into_iter().flat_map(|shell| {
        [Place::Here, Place::Namespace].map(|place| Stage { subject: ours(), shell, place })
    });
    let more = [
        (nobody(), "bash"),
        (nobody(), "dash"),
        (nested(), "bash"),
        (nested(), "dash"),
        (sandboxed(), "bash"),
        (sandboxed(), "dash"),
        (ours_as(&scratch, "tini", "-s "), "bash"),
    ];
    let more = more.map(|(subject, shell)| Stage { subject, shell, place: Place::Here });
    for stage in all.chain(more) {
        println!("{stage:?}");
        case(&stage);
    }
}
