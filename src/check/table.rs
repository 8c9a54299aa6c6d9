//! The findings for people. Pure.

use std::fmt::{self, Display, Write};

use super::attempt::Possible;
use super::facts::Facts;
use crate::capabilities::{Capability, CapabilitySet};
use crate::sys;
use crate::text::Printable;

/// A line for each finding.
pub fn table(facts: &Facts) -> String {
    let mut out = String::new();
    // A string takes everything.
    let _ = lines(&mut out, facts);
    out
}

fn lines(out: &mut String, facts: &Facts) -> fmt::Result {
    let mut line = |name: &str, value: &dyn Display| writeln!(out, "{name:<14}{value}");
    line("init", &env!("CARGO_PKG_VERSION"))?;
    line("kernel", &Printable(&facts.kernel))?;
    line("pid", &format_args!("{}{}", facts.pid, if facts.pid == 1 { "" } else { ", not PID 1" }))?;
    line("subreaper", &subreaper(facts))?;
    line("user", &ids(facts.uids))?;
    line("group", &ids(facts.gids))?;
    line("capabilities", &capabilities(facts.effective))?;
    line("bounding set", &capabilities(facts.bounding))?;
    line("no_new_privs", &if facts.no_new_privs { "set" } else { "not set" })?;
    line("seccomp", &seccomp(facts.seccomp))?;
    match facts.cgroup {
        Some(version) => line("cgroup", &format_args!("version {version}"))?,
        None => line("cgroup", &"not to be seen")?,
    }
    let namespaces = facts.namespaces.iter();
    let mut rows: Vec<_> =
        namespaces.map(|(namespace, possible)| (format!("--{namespace}"), possible)).collect();
    rows.push(("--mount-proc".to_owned(), &facts.mount_proc));
    for (name, possible) in &rows {
        // The first row with an answer; a long reason is told once.
        match rows.iter().find(|(_, other)| other == possible) {
            Some((first, Possible::No { .. })) if first != name => {
                line(name, &format_args!("no, as {first}"))?;
            }
            _ => line(name, possible)?,
        }
    }
    Ok(())
}

fn subreaper(facts: &Facts) -> &'static str {
    match (facts.subreaper, facts.may_be_subreaper) {
        (true, _) => "is one",
        (false, true) => "can be one",
        (false, false) => "cannot be one",
    }
}

fn ids([real, effective]: [u32; 2]) -> String {
    if real == effective { real.to_string() } else { format!("{real}, effective {effective}") }
}

/// The word for a mode of seccomp(2).
pub fn seccomp(mode: Option<i32>) -> &'static str {
    match mode {
        None => "not in this kernel",
        Some(0) => "none",
        Some(1) => "strict",
        Some(_) => "filter",
    }
}

/// The names, or those that are missing where they are fewer.
fn capabilities(set: CapabilitySet) -> String {
    let names =
        |set: CapabilitySet| set.iter().filter_map(Capability::name).collect::<Vec<_>>().join(" ");
    let lacking = CapabilitySet::named().without(set);
    match (set.iter().count(), lacking.iter().count()) {
        (0, _) => "none".to_owned(),
        (_, 0) => "all".to_owned(),
        (some, few) if few < some => format!("all but {}", names(lacking)),
        _ => names(set),
    }
}

impl Display for Possible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Possible::Yes => f.write_str("yes"),
            Possible::WithUser => f.write_str("yes, with --user"),
            Possible::No { errno, hint: None } => write!(f, "no: {}", sys::describe(*errno)),
            Possible::No { errno, hint: Some(hint) } => {
                write!(f, "no: {} ({hint})", sys::describe(*errno))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use nix::errno::Errno;

    use super::super::facts::sample;
    use super::*;

    #[test]
    fn every_line() {
        let expected = "\
init          0.1.0
kernel        6.18.1
pid           7, not PID 1
subreaper     can be one
user          1000, effective 0
group         1000
capabilities  KILL SYS_ADMIN
bounding set  all but SYS_RESOURCE
no_new_privs  not set
seccomp       filter
cgroup        version 2
--user        no: Operation not permitted (a cause; a remedy)
--pid         no, as --user
--mount       yes
--net         yes, with --user
--mount-proc  no: Invalid argument
";
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(table(&sample()), expected.replace("0.1.0", version));
    }

    #[test]
    fn sets_and_modes() {
        assert_eq!(capabilities(CapabilitySet::default()), "none");
        assert_eq!(capabilities(CapabilitySet::named()), "all");
        assert_eq!(seccomp(None), "not in this kernel");
        assert_eq!(
            Possible::No { errno: Errno::EPERM, hint: None }.to_string(),
            "no: Operation not permitted"
        );
    }
}
