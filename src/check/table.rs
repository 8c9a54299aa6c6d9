//! The findings for people: a table. Pure.

use std::fmt::{self, Display, Write};

use super::findings::Findings;
use super::possible::Possible;
use crate::capabilities::{Capability, CapabilitySet};
use crate::sys;
use crate::text::Printable;

/// A line for each finding.
pub fn table(findings: &Findings) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = lines(&mut out, findings);
    out
}

fn lines(out: &mut String, findings: &Findings) -> fmt::Result {
    let mut line = |name: &str, value: &dyn Display| writeln!(out, "{name:<13} {value}");
    line("init", &env!("CARGO_PKG_VERSION"))?;
    line("kernel", &Printable(&findings.kernel))?;
    line(
        "pid",
        &format_args!("{}{}", findings.pid, if findings.pid == 1 { "" } else { ", not PID 1" }),
    )?;
    line("subreaper", &subreaper(findings))?;
    line("user", &ids(findings.uids))?;
    line("group", &ids(findings.gids))?;
    line("capabilities", &capabilities(findings.effective))?;
    line("bounding set", &capabilities(findings.bounding))?;
    line("no_new_privs", &if findings.no_new_privs { "set" } else { "not set" })?;
    line("seccomp", &seccomp(findings.seccomp))?;
    match findings.cgroup {
        Some(version) => line("cgroup", &format_args!("version {version}"))?,
        None => line("cgroup", &"not to be seen")?,
    }
    let namespaces = findings.namespaces.iter();
    let mut rows: Vec<_> =
        namespaces.map(|(namespace, possible)| (format!("--{namespace}"), possible)).collect();
    let options = findings.options.iter();
    rows.extend(options.map(|(option, possible)| (format!("--{option}"), possible)));
    for (name, possible) in &rows {
        // A cause that several rows share is written once, in the first of them.
        match rows.iter().find(|(_, other)| other == possible) {
            Some((first, Possible::No { .. })) if first != name => {
                line(name, &format_args!("no, as {first}"))?;
            }
            _ => line(name, possible)?,
        }
    }
    Ok(())
}

fn subreaper(findings: &Findings) -> &'static str {
    match (findings.subreaper, findings.may_be_subreaper) {
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

/// The names in the set, or the names missing from it where those are fewer.
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
            Possible::WithOwner => f.write_str("yes, with the user namespace that owns it"),
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

    use super::super::findings::sample;
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
--root        yes
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
