//! Who is tried on a terminal, and where: ours under several names, in every shell, also
//! in a PID namespace; and the others, to compare.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::*;

/// Who is tested, and what for: the words before the command, and what its process is
/// called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub words: String,
    pub name: String,
    /// The option that makes it say what it does.
    pub verbose: &'static str,
}

impl Subject {
    /// The command with the subject's words and options before it.
    pub fn before(&self, options: &str, command: &str) -> String {
        // Some look for options behind the command as well.
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
    /// As the test does.
    Here,
    /// As PID 1 of a PID namespace.
    Namespace,
    /// In a container that init is PID 1 of: `docker run -it`.
    Run,
    /// In a container that is there: `docker exec -it`.
    Exec,
}

/// Something that a user does on a terminal, and what has to come of it; panics if not.
pub type Case = fn(&Stage);

/// Both names of a shell, so that each case is tried in both.
pub const SHELLS: [&str; 2] = ["bash", "dash"];

/// The command alone, without any init: how it has to feel.
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

/// init as the main child of another.
pub fn nested() -> Subject {
    let init = init_path();
    Subject { words: format!("{0} {0} ", init.display()), name: "init".to_owned(), verbose: "-v " }
}

/// init outside and init inside a sandbox.
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

/// Tries ours in every shell, as a child of PID 1, under itself, in a sandbox and as tini;
/// and nobody, to see that it is ours that is tried.
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
