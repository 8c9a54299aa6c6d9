//! The manifests in docker/kubernetes, and what their words become in the container.

use serde_json::json;

use crate::support::engine::repository;
use crate::support::node::{Node, node};
use crate::support::pods::*;
use crate::support::*;

/// The pod of a manifest: of the template, if it has one.
fn pod<'a>(node: &'a Node, file: &str) -> Pod<'a> {
    let text = std::fs::read_to_string(repository(&format!("docker/kubernetes/{file}"))).unwrap();
    let name = format!("manifest-{}", file.trim_end_matches(".yaml"));
    let spec: String = match text.split_once("\n  template:\n") {
        Some((_, template)) => {
            let (_, spec) = template.split_once("    spec:\n").unwrap();
            spec.lines().map(|line| format!("{}\n", line.get(4..).unwrap_or_default())).collect()
        }
        None => text.split_once("\nspec:\n").unwrap().1.to_owned(),
    };
    let head = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n");
    node.apply(&name, &(head + &spec))
}

#[test]
fn the_time_line_is_that_of_the_manifest() {
    let drawn = Start::new(repository("scripts/timeline"), ["--print"]).run().expect(0).stdout;
    let picture = std::fs::read_to_string(repository("src/manual/timeline.svg")).unwrap();
    assert!(drawn == picture, "scripts/timeline draws another");
}

#[test]
fn a_server_ends_in_order() {
    let Some(node) = node("a_server_ends_in_order") else { return };
    let pod = pod(node, "deployment.yaml");
    pod.prints("my-server", "ready");
    assert_eq!(pod.exec("my-server", &["cat", "/proc/1/comm"]), "init");
    let [ended]: [Ended; 1] = pod.delete(&["my-server"]).try_into().unwrap();
    assert_eq!(ended.code, 3, "{ended:?}");
}

#[test]
fn a_job_leaves_its_report() {
    let Some(node) = node("a_job_leaves_its_report") else { return };
    let ended = pod(node, "job.yaml").terminated("my-job");
    let message = ended["message"].as_str().unwrap_or_default();
    assert_eq!(ended["exitCode"], 7, "{ended:#}");
    assert!(message.contains("\"exit_code\":7,"), "{ended:#}");
    assert!(message.contains("\"signal\":15,\"signal_name\":\"SIGTERM\"}]"), "{ended:#}");
}

#[test]
fn containers_see_each_others_processes() {
    let Some(node) = node("containers_see_each_others_processes") else { return };
    let pod = pod(node, "shared-pid.yaml");
    pod.prints("my-server", "ready");
    let names = pod.exec("debug", &["sh", "-c", "cat /proc/[0-9]*/comm 2>/dev/null; true"]);
    for name in ["pause", "init", "my-server"] {
        assert!(names.lines().any(|found| found == name), "{name} is not in {names}");
    }
}

/// `args:` replaces CMD alone, `command:` the ENTRYPOINT as well.
#[test]
fn a_command_replaces_the_entry_point() {
    let Some(node) = node("a_command_replaces_the_entry_point") else { return };
    let first = |member: &str| {
        let container = json!({"name": "server", "image": "registry.example.org/my-server:1.0.0",
            member: ["/usr/bin/my-server"]});
        let pod = node.pod("words", &[container], &json!({}));
        pod.prints("server", "ready").exec("server", &["cat", "/proc/1/comm"])
    };
    assert_eq!(first("args"), "init");
    assert_eq!(first("command"), "my-server");
}

/// The kubelet makes `$` of `$$`, and values of `$(NAME)`; `--expand-env` comes after that.
#[test]
fn dollars() {
    let Some(node) = node("dollars") else { return };
    let words = [
        "/usr/bin/init",
        "--expand-env",
        "--",
        "echo",
        "$(NAME)",
        "$NAME",
        "$$NAME",
        "$$$$NAME",
        "$$(NAME)",
    ];
    let mut container = container("dollars", &words);
    container["env"] = json!([{"name": "NAME", "value": "value"}]);
    let pod = node.pod("dollars", &[container], &json!({}));
    assert_eq!(pod.terminated("dollars")["exitCode"], 0);
    pod.prints("dollars", "value value value $NAME $(NAME)\n");
}
