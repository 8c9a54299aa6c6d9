//! A Docker engine for the tests: one of their own, started when the first test asks for
//! it and gone, with all that it made, when the test program ends.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};

use crate::harness::*;

/// The engine, for as long as its standard input is open.
struct Guard {
    script: Child,
    stdin: Option<ChildStdin>,
}

static GUARD: Mutex<Option<Guard>> = Mutex::new(None);

extern "C" fn stop_engine() {
    let Ok(mut guard) = GUARD.lock() else { return };
    if let Some(mut guard) = guard.take() {
        drop(guard.stdin.take());
        let _ = guard.script.wait();
    }
}

/// A Docker engine whose `docker-init` is ours.
pub struct Engine {
    socket: String,
    image: OnceLock<()>,
}

/// The engine of this test program; `None`, loudly, where none can run.
pub fn engine(test: &str) -> Option<&'static Engine> {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    if !root() || !installed("dockerd") {
        skip(test, "needs root and dockerd");
        return None;
    }
    Some(ENGINE.get_or_init(Engine::start))
}

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl Engine {
    fn start() -> Engine {
        let mut script = Command::new(repository("scripts/engine"))
            .arg("--init-path")
            .arg(init_path())
            .args(["--", "sh", "-c", "echo \"$DOCKER_HOST\"; exec cat >/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = script.stdin.take();
        let mut socket = String::new();
        BufReader::new(script.stdout.take().unwrap()).read_line(&mut socket).unwrap();
        *GUARD.lock().unwrap() = Some(Guard { script, stdin });
        assert_eq!(unsafe { libc::atexit(stop_engine) }, 0);
        assert!(socket.starts_with("unix://"), "the engine did not start");
        Engine { socket: socket.trim().to_owned(), image: OnceLock::new() }
    }

    /// The client's command, to be given arguments.
    pub fn docker(&self) -> Command {
        let mut command = Command::new("docker");
        command.env("DOCKER_HOST", &self.socket).stdin(Stdio::null());
        command
    }

    /// Runs the client without a look at its status.
    pub fn output(&self, words: &[&str]) -> Output {
        self.docker().args(words).output().unwrap()
    }

    /// Runs the client, which has to succeed, and returns what it printed.
    #[track_caller]
    pub fn run(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert!(output.status.success(), "docker {words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// The image with busybox, the probe (`/probe`) and our binary, which is its entry point.
    pub fn image(&self) -> &'static str {
        const TAG: &str = "init-test";
        self.image.get_or_init(|| {
            let context = Scratch::new();
            let copy = |from: &Path, to: &str| std::fs::copy(from, context.path(to)).unwrap();
            copy(&init_path(), "init");
            copy(&repository("docker/app.sh"), "app.sh");
            copy(&probe_path(), "probe");
            copy(&which("busybox"), "busybox");
            let demo = std::fs::read_to_string(repository("docker/demo.Dockerfile")).unwrap();
            let file = context.path("Dockerfile");
            std::fs::write(&file, demo + "COPY probe /probe\n").unwrap();
            let context = context.path("");
            self.run(&["build", "-q", "--network=none", "-t", TAG, context.to_str().unwrap()]);
        });
        TAG
    }

    /// Starts a container from the image; it goes when the value does. `options` stand
    /// before the image, `words` behind it.
    #[track_caller]
    pub fn start_container(&self, options: &[&str], words: &[&str]) -> Container<'_> {
        let image = self.image();
        let before = ["run", "--detach", "--network=none"];
        let words = [&before[..], options, &[image], words].concat();
        Container { engine: self, id: self.run(&words) }
    }
}

/// A container, which is removed at the end of its test.
pub struct Container<'a> {
    engine: &'a Engine,
    /// Its identifier.
    pub id: String,
}

impl Container<'_> {
    /// All that it has printed so far, on both streams.
    pub fn logs(&self) -> String {
        let output = self.engine.output(&["logs", &self.id]);
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    /// Waits until it has printed `text`.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        until(&format!("{text:?} is printed"), || self.logs().contains(text));
    }

    /// Runs a command inside, which has to succeed, and returns what it printed.
    #[track_caller]
    pub fn exec(&self, words: &[&str]) -> String {
        self.engine.run(&[&["exec", &self.id][..], words].concat())
    }

    /// Waits for its end and returns its status.
    #[track_caller]
    pub fn wait(&self) -> i32 {
        self.engine.run(&["wait", &self.id]).parse().unwrap()
    }

    /// `docker stop`; returns the status.
    #[track_caller]
    pub fn stop(&self) -> i32 {
        self.engine.run(&["stop", &self.id]);
        self.wait()
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        self.engine.output(&["rm", "--force", &self.id]);
    }
}
