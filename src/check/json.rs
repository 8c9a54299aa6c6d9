//! The findings for programs: one JSON object. Pure.

use std::fmt::{self, Write};

use nix::errno::Errno;

use super::findings::Findings;
use super::possible::Possible;
use super::table::seccomp;
use crate::capabilities::CapabilitySet;
use crate::json::string;
use crate::sys;

/// One object, on one line.
pub fn object(findings: &Findings) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = fields(&mut out, findings);
    out
}

fn fields(out: &mut String, findings: &Findings) -> fmt::Result {
    let Findings { pid, subreaper, may_be_subreaper, no_new_privs, .. } = findings;
    let ([uid, euid], [gid, egid]) = (findings.uids, findings.gids);
    write!(out, "{{\"version\":\"{}\",\"kernel\":", env!("CARGO_PKG_VERSION"))?;
    string(out, &findings.kernel)?;
    write!(out, ",\"pid\":{pid},\"pid_1\":{}", *pid == 1)?;
    write!(out, ",\"subreaper\":{subreaper},\"can_be_subreaper\":{may_be_subreaper}")?;
    write!(out, ",\"uid\":{uid},\"euid\":{euid},\"gid\":{gid},\"egid\":{egid}")?;
    out.push_str(",\"capabilities\":{\"effective\":");
    names(out, findings.effective)?;
    out.push_str(",\"permitted\":");
    names(out, findings.permitted)?;
    out.push_str(",\"bounding\":");
    names(out, findings.bounding)?;
    write!(out, "}},\"no_new_privs\":{no_new_privs}")?;
    match findings.seccomp {
        Some(_) => write!(out, ",\"seccomp\":\"{}\"", seccomp(findings.seccomp))?,
        None => out.push_str(",\"seccomp\":null"),
    }
    match findings.cgroup {
        Some(version) => write!(out, ",\"cgroup_version\":{version}")?,
        None => out.push_str(",\"cgroup_version\":null"),
    }
    out.push_str(",\"namespaces\":{");
    for (n, (namespace, possible)) in findings.namespaces.iter().enumerate() {
        write!(out, "{}\"{namespace}\":", if n == 0 { "" } else { "," })?;
        answer(out, possible)?;
    }
    out.push('}');
    for (option, possible) in &findings.options {
        // The mode of seccomp has that name.
        let name = if *option == "seccomp" { "seccomp_filter" } else { option };
        write!(out, ",\"{}\":", name.replace('-', "_"))?;
        answer(out, possible)?;
    }
    out.push_str("}\n");
    Ok(())
}

fn names(out: &mut String, set: CapabilitySet) -> fmt::Result {
    let mut comma = "";
    out.push('[');
    for name in set.iter().filter_map(|capability| capability.name()) {
        write!(out, "{comma}\"CAP_{name}\"")?;
        comma = ",";
    }
    out.push(']');
    Ok(())
}

fn answer(out: &mut String, possible: &Possible) -> fmt::Result {
    let (answer, with_user) = match possible {
        Possible::Yes => (true, false),
        Possible::WithUser | Possible::WithOwner => (true, true),
        Possible::No { .. } => (false, false),
    };
    write!(out, "{{\"possible\":{answer}")?;
    if answer {
        write!(out, ",\"needs_user\":{with_user}")?;
    }
    if let Possible::No { errno, hint } = possible {
        reason(out, *errno)?;
        if let Some(hint) = hint {
            out.push_str(",\"cause\":");
            string(out, hint.cause.as_bytes())?;
            out.push_str(",\"remedy\":");
            string(out, hint.remedy.as_bytes())?;
        }
    }
    out.push('}');
    Ok(())
}

fn reason(out: &mut String, errno: Errno) -> fmt::Result {
    write!(out, ",\"errno\":{},\"error\":", errno as i32)?;
    string(out, sys::describe(errno).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::findings::sample;
    use super::*;

    #[test]
    fn one_object() {
        let text = object(&sample());
        for part in [
            "\"kernel\":\"6.18.1\",\"pid\":7,\"pid_1\":false,\"subreaper\":false,",
            "\"can_be_subreaper\":true,\"uid\":1000,\"euid\":0,\"gid\":1000,\"egid\":1000,",
            "\"effective\":[\"CAP_KILL\",\"CAP_SYS_ADMIN\"],\"permitted\":[",
            "]},\"no_new_privs\":false,\"seccomp\":\"filter\",\"cgroup_version\":2,",
            "\"namespaces\":{\"user\":{\"possible\":false,\"errno\":1,\"error\":\"Operation not \
             permitted\",\"cause\":\"a cause\",\"remedy\":\"a remedy\"},\"pid\":",
            "\"mount\":{\"possible\":true,\"needs_user\":false},\"net\":{\"possible\":true,\
             \"needs_user\":true}},",
            "\"root\":{\"possible\":true,\"needs_user\":false},\"mount_proc\":{\"possible\":false,\"errno\":22,\"error\":\"Invalid argument\"}}\n",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let mut findings = sample();
        (findings.seccomp, findings.cgroup) = (None, None);
        assert!(object(&findings).contains("\"seccomp\":null,\"cgroup_version\":null,"));
        assert_eq!(object(&findings).lines().count(), 1);
    }
}
