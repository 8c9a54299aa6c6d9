//! Containers for terminal tests: they hold this machine's programs, and init is PID 1.

use std::path::Path;
use std::sync::OnceLock;

use crate::support::engine::*;
use crate::support::*;

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Mounts this machine's programs into the container, under the same paths.
fn volumes() -> Vec<String> {
    let (init, probe) = (init_path(), probe_path());
    let same = |path: &Path| format!("{0}:{0}:ro", path.parent().unwrap().display());
    let mut all = owned(&["/usr:/usr:ro", "/usr/lib:/lib:ro", "/usr/lib64:/lib64:ro", "/tmp:/tmp"]);
    all.extend([same(&init), same(&probe)]);
    all.into_iter().flat_map(|volume| ["--volume".to_owned(), volume]).collect()
}

fn environment(env: &[(&str, &str)], mark: &str) -> Vec<String> {
    let marker = format!("INIT_TEST_MARKER={mark}");
    let all = env.iter().map(|(key, value)| format!("{key}={value}")).chain([marker]);
    all.flat_map(|entry| ["--env".to_owned(), entry]).collect()
}

/// `docker run -it` of these words under `entry`.
pub fn run(entry: &Path, words: &[&str], env: &[(&str, &str)], mark: &str) -> Start {
    let engine = engine("a container with a terminal").expect("an engine");
    let entry = entry.to_str().unwrap();
    let all = [
        owned(&["run", "-it", "--rm", "--network=none"]),
        volumes(),
        environment(env, mark),
        owned(&["--entrypoint", entry, engine.image()]),
        owned(words),
    ];
    engine.client(&all.concat())
}

/// `docker exec -it` of these words, in one container that all tests share.
pub fn exec(words: &[&str], env: &[(&str, &str)], mark: &str) -> Start {
    static SHARED: OnceLock<Container<'static>> = OnceLock::new();
    let engine = engine("a container with a terminal").expect("an engine");
    let container = SHARED.get_or_init(|| {
        let volumes = volumes();
        let mut options: Vec<&str> = volumes.iter().map(String::as_str).collect();
        let init = init_path();
        options.extend(["--entrypoint", init.to_str().unwrap()]);
        engine.start_container(&options, &["sleep", "1000000"])
    });
    let all =
        [owned(&["exec", "-it"]), environment(env, mark), owned(&[&container.id]), owned(words)];
    engine.client(&all.concat())
}
