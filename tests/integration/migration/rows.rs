//! The rows of the manual's tables of migration, and the runs that show each.

/// A table of the manual.
pub struct Table {
    /// The heading above it.
    pub heading: &'static str,
    /// Who is left.
    pub program: &'static str,
    pub rows: &'static [Row],
}

/// A row, as the manual has it.
pub struct Row {
    pub theirs: &'static str,
    pub ours: &'static str,
    /// None where nothing takes the place of an option.
    pub runs: &'static [Run],
}

/// A script that gets the words of each side as its arguments, and with which status and output
/// it ends.
pub struct Run {
    pub theirs: &'static str,
    pub ours: &'static str,
    pub script: &'static str,
    pub they: (i32, &'static str),
    pub we: (i32, &'static str),
}

pub const fn row(theirs: &'static str, ours: &'static str, runs: &'static [Run]) -> Row {
    Row { theirs, ours, runs }
}

/// Both sides end in the same way.
pub const fn same(
    theirs: &'static str,
    ours: &'static str,
    script: &'static str,
    both: (i32, &'static str),
) -> Run {
    Run { theirs, ours, script, they: both, we: both }
}

/// The sides end in different ways.
pub const fn other(
    theirs: &'static str,
    ours: &'static str,
    script: &'static str,
    they: (i32, &'static str),
    we: (i32, &'static str),
) -> Run {
    Run { theirs, ours, script, they, we }
}

/// The words as an ordinary user's.
macro_rules! user {
    ($words:literal) => {
        concat!("setpriv --reuid=54321 --regid=54321 --clear-groups ", $words)
    };
}

/// Prints which of these namespaces are new.
macro_rules! new {
    ($types:literal) => {
        concat!(
            "for t in ",
            $types,
            "; do export own_$t=\"$(readlink /proc/self/ns/$t)\"; done\n",
            "exec \"$@\" sh -c 'for t in ",
            $types,
            "; do eval own=\\$own_$t\n",
            "case \"$(readlink /proc/self/ns/$t)\" in \"\") printf \"no $t \" ;; \"$own\") ;; ",
            "*) printf \"$t \" ;; esac; done'"
        )
    };
}

pub(super) use {new, user};

pub const SEVEN: &str = r#"exec "$@" sh -c 'exit 7'"#;
pub const TEXT: &str = r#""$@" 2>&1 | grep -q . && echo text"#;
pub const LEADS: &str = r#"exec "$@" sh -c 'read -r _ _ _ _ _ session _ </proc/$$/stat; [ $session = $$ ] && echo leads'"#;
pub const SET_IDS: &str = r#"exec "$@" sh -c 'echo $(id -u) $(id -g)'"#;
pub const DIES: &str = r#""$@" sh -c 'echo $$ >new; mv new up; exec sleep 1000' & until [ -s up ]; do sleep 0.01; done
    kill -KILL $!; n=0; while kill -0 $(cat up) 2>&- && [ $n != 500 ]; do n=$((n+1)); sleep 0.01; done
    kill -KILL $(cat up) 2>&- || echo gone"#;
