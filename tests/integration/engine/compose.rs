//! docker-compose of Debian: the engine's init, and our pause under a service's processes.

use crate::support::engine::*;
use crate::support::*;

/// A compose file with these services, and the project that it belongs to.
struct Project {
    dir: Scratch,
    name: String,
    engine: &'static Engine,
}

impl Project {
    fn new(engine: &'static Engine, services: &str) -> Project {
        let (dir, name) = (Scratch::new(), marker());
        let services = services.replace("IMAGE", engine.image());
        std::fs::write(
            dir.path("compose.yaml"),
            format!("version: \"3.7\"\nservices:\n{services}"),
        )
        .unwrap();
        let project = Project { dir, name, engine };
        project.run(&["up", "--detach"]);
        project
    }

    #[track_caller]
    fn run(&self, words: &[&str]) -> String {
        let file = self.dir.path("compose.yaml");
        let before = ["-p", &self.name, "-f", file.to_str().unwrap()];
        let output = self.engine.docker_compose().args(before).args(words).output().unwrap();
        assert!(output.status.success(), "docker-compose {words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn container(&self, service: &str) -> Container<'static> {
        self.engine.container(self.run(&["ps", "--quiet", service]))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let file = self.dir.path("compose.yaml");
        let words = ["-p", &self.name, "-f", file.to_str().unwrap(), "down", "--timeout", "1"];
        let _ = self.engine.docker_compose().args(words).output();
    }
}

fn project(test: &str, services: &str) -> Option<Project> {
    if !installed("docker-compose") {
        skip(test, "needs docker-compose");
        return None;
    }
    Some(Project::new(engine(test)?, services))
}

#[test]
fn the_engines_init_ends_survivors_in_order() {
    let services = r#"
  app:
    image: IMAGE
    network_mode: none
    init: true
    entrypoint: ["sh", "-c"]
    command:
    - |
      setsid sh -c 'trap "sleep 0.3; echo daemon: bye; exit" TERM; echo daemon
        while :; do sleep 0.05; done' &
      trap 'exit 3' TERM; while :; do sleep 0.05; done
"#;
    let Some(project) = project("the_engines_init_ends_survivors_in_order", services) else {
        return;
    };
    let app = project.container("app");
    app.wait_for("daemon");
    project.run(&["stop"]);
    assert_eq!(app.wait(), 3);
    assert!(app.logs().contains("daemon: bye"), "{}", app.logs());
}

#[test]
fn pause_under_a_services_processes() {
    let services = r#"
  pause:
    image: IMAGE
    network_mode: none
    entrypoint: ["/pause"]
  one: &app
    image: IMAGE
    network_mode: none
    pid: "service:pause"
    entrypoint: ["sh", "-c"]
    command: ["trap 'sleep 0.3; echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done"]
  two:
    <<: *app
"#;
    let Some(project) = project("pause_under_a_services_processes", services) else { return };
    let [pause, one, two] = ["pause", "one", "two"].map(|service| project.container(service));
    for app in [&one, &two] {
        app.wait_for("ready");
        reaps(app);
    }
    // All three at once, as podman stops a pod; docker-compose would stop pause last.
    project.engine.run(&["stop", &pause.id, &one.id, &two.id]);
    for app in [&one, &two] {
        assert_eq!((app.wait(), app.logs().as_str()), (3, "ready\nbye\n"));
    }
    assert_eq!(pause.wait(), 0);
}
